"""The status line: what is loaded, what it does, how fast, how much is known, how long it took.

Segments give way in a fixed order where the line is narrow. Not responsible for the figures.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.widgets import Static

from argo_tui.numbers import seconds, size
from argo_tui.widgets.gauge import gauge, reading
from argo_tui.widgets.ink import Ink, Piece, content, crop, width
from engine.events import Region

GAP = 3
LEAST_MESSAGE = 24


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything the line can show."""

    profile: str = ""
    device: str = ""
    dtype: str = ""
    memory_bytes: int = 0
    tokens_per_second: float = 0.0
    u: float = 0.0
    u_max: float = 0.0
    regions: tuple[Region, ...] = ()
    elapsed_s: float | None = None
    budget_s: float = 0.0
    doing: str = ""
    """What is going on: loading, writing. Empty when idle."""
    message: str = ""
    """Said once, for a while; stronger than `doing`."""
    tone: Ink = Ink.MUTED


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the line. The lowest rank gives way first."""

    rank: int
    pieces: tuple[Piece, ...]


def segments(figures: Figures) -> list[Segment]:
    """From left to right, without the message."""
    result: list[Segment] = []
    if figures.profile:
        result.append(Segment(9, ((figures.profile, Ink.ACCENT),)))
    if figures.device:
        text = f"{figures.device} · {figures.dtype}" if figures.dtype else figures.device
        result.append(Segment(4, ((text, Ink.MUTED),)))
    if figures.memory_bytes:
        result.append(Segment(2, ((size(figures.memory_bytes), Ink.MUTED),)))
    if figures.tokens_per_second:
        speed = f"{figures.tokens_per_second:.0f} tok/s"
        result.append(Segment(6, ((speed, Ink.MUTED),)))
    if figures.u_max:
        result.append(Segment(5, tuple(reading(figures.u, figures.u_max))))
        bar = gauge(figures.u, figures.u_max, figures.regions)
        result.append(Segment(3, tuple(bar)))
    if figures.elapsed_s is not None:
        result.append(Segment(8, _budget(figures.elapsed_s, figures.budget_s)))
    return result


def _budget(elapsed: float, budget: float) -> tuple[Piece, ...]:
    ink = Ink.BAD if elapsed > budget else Ink.WARN if elapsed > 0.8 * budget else Ink.PLAIN
    return ((f"{elapsed:.1f}", ink), (f"/{seconds_of(budget)} s", Ink.MUTED))


def seconds_of(value: float) -> str:
    """A budget, which is a round number more often than not."""
    return f"{value:.0f}" if value == int(value) else seconds(value)


def line(figures: Figures, cells: int) -> list[Piece]:
    """The whole line, exactly `cells` wide or shorter."""
    said = figures.message or figures.doing
    ink = figures.tone if figures.message else Ink.MUTED
    # What is said once may push more away than what goes on.
    most = max(cells // (2 if figures.message else 3), LEAST_MESSAGE)
    room = min(width([(said, ink)]), most) + GAP if said else 0
    kept = _fit(segments(figures), cells - room)
    parts: list[Piece] = []
    for index, segment in enumerate(kept):
        parts += [(" " * GAP, Ink.PLAIN)] if index else []
        parts += segment.pieces
    left = cells - width(parts) - (GAP if parts else 0)
    message = crop([(said, ink)], max(left, 0)) if said else []
    gap = cells - width(message) - width(parts)
    return [*message, (" " * max(gap, 0), Ink.PLAIN), *parts]


def _fit(parts: list[Segment], cells: int) -> list[Segment]:
    kept = list(parts)
    while kept and sum(width(each.pieces) + GAP for each in kept) - GAP > cells:
        kept.remove(min(kept, key=lambda each: each.rank))
    return kept


class StatusLine(Static):
    """One line at the bottom."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(Content(""), id=id)
        self._figures = Figures()

    @property
    def figures(self) -> Figures:
        """What is shown."""
        return self._figures

    def show(self, figures: Figures) -> None:
        """Draw again where something changed."""
        if figures != self._figures:
            self._figures = figures
            self._draw()

    def on_resize(self, _: events.Resize) -> None:
        """Segments follow the width."""
        self._draw()

    def _draw(self) -> None:
        self.update(content(line(self._figures, self.content_size.width)))
