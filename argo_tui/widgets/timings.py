"""Where the time of a run went: one stacked bar a step, and a legend with seconds.

Not responsible for measuring (engine.timing).
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.widgets import Static

from argo_tui.numbers import seconds
from argo_tui.run_view import RunView
from argo_tui.widgets.ink import Ink
from engine.events import Part, StepTimed

STYLE: dict[Part, str] = {
    Part.DECIDE: "$text-disabled",
    Part.DECOMPOSE: "$accent 35%",
    Part.EMBED: "$success 55%",
    Part.SEARCH: "$success",
    Part.PREFILL: "$accent 60%",
    Part.DECODE: "$accent",
    Part.CHECK: "$text-muted",
}
"""Three families: grey for the policy, green for retrieval, the accent for the model."""
MOST_ROWS = 6
LABEL = 11
TIME = 7


def timed_steps(view: RunView) -> list[tuple[str, StepTimed]]:
    """Every timed step with its label, the synthesis last."""
    result = [
        (f"{step.number} {step.timed.action}", step.timed)
        for step in view.steps.values()
        if step.timed
    ]
    if view.synthesis_timed:
        result.append(("answer", view.synthesis_timed))
    return result


def bars(view: RunView, cells: int) -> list[Content]:
    """Lines of the strip, at most `MOST_ROWS` steps (the last ones) and the legend."""
    steps = timed_steps(view)[-MOST_ROWS:]
    if not steps:
        return []
    longest = max(timed.ns for _, timed in steps) or 1
    room = max(cells - LABEL - TIME - 1, 4)
    lines = [_bar(label, timed, longest, room) for label, timed in steps]
    return [*lines, *_legend([timed for _, timed in steps], cells)]


def totals(steps: Iterable[StepTimed]) -> dict[Part, int]:
    """Nanoseconds by part, in the order of the parts; only what occurred."""
    sums = dict.fromkeys(Part, 0)
    for step in steps:
        for span in step.spans:
            sums[span.part] += span.ns
    return {part: ns for part, ns in sums.items() if ns}


def cells_of(parts: dict[Part, int], whole_ns: int, room: int) -> dict[Part, int]:
    """How many cells each part gets: rounded on the running sum, so that none is lost."""
    result: dict[Part, int] = {}
    at = 0
    done = 0
    for part, ns in parts.items():
        at += ns
        until = round(at / whole_ns * room)
        result[part] = until - done
        done = until
    return result


def _bar(label: str, timed: StepTimed, longest: int, room: int) -> Content:
    parts = cells_of(totals([timed]), longest, room)
    used = sum(parts.values())
    pieces: list[tuple[str, str]] = [(f"{label:<{LABEL}}", str(Ink.MUTED))]
    pieces += [("━" * count, STYLE[part]) for part, count in parts.items() if count]
    pieces.append((" " * max(room - used, 0), ""))
    pieces.append((f"{seconds(timed.ns / 1e9) + ' s':>{TIME + 1}}", str(Ink.MUTED)))
    return Content.assemble(*((text, style) if style else text for text, style in pieces))


def _legend(steps: list[StepTimed], cells: int) -> list[Content]:
    lines: list[list[tuple[str, str]]] = [[]]
    used = 0
    for part, ns in totals(steps).items():
        text = f" {part} {seconds(ns / 1e9)}"
        need = 1 + cell_len(text) + (2 if used else 0)
        if used and used + need > cells:
            lines.append([])
            used, need = 0, need - 2
        if used:
            lines[-1].append(("  ", ""))
        lines[-1] += [("━", STYLE[part]), (text, str(Ink.MUTED))]
        used += need
    return [Content.assemble(*(p if p[1] else p[0] for p in line)) for line in lines]


class Timings(Static):
    """The strip under the tree; empty until a step is timed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(Content(""), id=id, classes="-empty")
        self._view: RunView | None = None
        self._drawn: tuple[object, ...] = ()

    def show(self, view: RunView | None) -> None:
        """Bring the strip up to date."""
        self._view = view
        self._draw()

    def on_resize(self, _: events.Resize) -> None:
        """Bars follow the width."""
        self._draw()

    def _draw(self) -> None:
        steps = timed_steps(self._view) if self._view else []
        state = (self._view.run if self._view else "", len(steps), self.content_size.width)
        if state == self._drawn:
            return
        self._drawn = state
        lines = bars(self._view, self.content_size.width) if self._view else []
        self.set_class(not steps, "-empty")
        self.update(Content("\n").join(lines))
