"""Q of each action over U: three lines, the regions below them, and the path of a run.

Not responsible for solving (engine.policy) or for what a picture holds (policy_picture).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from textual import events
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from argo_tui.numbers import share
from argo_tui.policy.picture import Picture
from argo_tui.widgets.braille import ACROSS, Canvas
from argo_tui.widgets.ink import OF_ACTION, Ink, Piece, content, crop, width
from engine.events import Action, Region

MARGIN = 5
"""Columns of the figures left of the drawing."""
BENEATH = 3
"""Rows below it: regions, their borders, the path."""
LEAST = 5
"""Rows of a drawing that still shows something."""


class PolicyPlot(Widget, can_focus=True):
    """Focused, left and right walk through the decisions of the run."""

    ALLOW_SELECT = False
    BINDING_GROUP_TITLE = "The drawing"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "walk(-1)", "Decision before", id="drawing.before", show=False),
        Binding("right", "walk(1)", "Walk through the run", id="drawing.after", key_display="←→"),
    ]

    @dataclass
    class Walked(Message):
        """To the decision before (-1) or after (1)."""

        by: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._picture: Picture | None = None

    def show(self, picture: Picture) -> None:
        """Draw another picture."""
        self._picture = picture
        self.refresh()

    def render(self) -> RenderResult:
        """All of the widget."""
        if self._picture is None or not self.size.width:
            return Content("")
        lines = drawing(self._picture, self.size.width, self.size.height, focused=self.has_focus)
        return Content("\n").join(content(line) for line in lines)

    def on_focus(self) -> None:
        """The path shows it."""
        self.refresh()

    def on_blur(self) -> None:
        """The path no longer shows it."""
        self.refresh()

    def action_walk(self, by: int) -> None:
        """Ask for another decision."""
        self.post_message(self.Walked(by))

    def on_click(self, event: events.Click) -> None:
        """To the focus, for the keys."""
        self.focus()


def drawing(
    picture: Picture, columns: int, rows: int, *, focused: bool = False
) -> list[list[Piece]]:
    """The lines from the top; without the curves where there are few rows."""
    cells = max(columns - MARGIN - 1, 8)
    lines: list[list[Piece]] = []
    if rows >= LEAST + BENEATH + 1:
        lines = [_shifted("Q", legend(picture)), *curves(picture, cells, rows - BENEATH - 1)]
    lines.append(_shifted("", region_bar(picture, cells)))
    lines.append(_shifted("", borders(picture, cells)))
    lines.append(_shifted("path" if picture.marks else "", path(picture, cells, focused)))
    return [crop(line, columns) for line in lines]


def legend(picture: Picture) -> list[Piece]:
    """What each action is worth at the present U; its name in the colour of its line."""
    values = picture.solution.values(picture.u)
    pieces: list[Piece] = []
    for action in Action:
        if pieces:
            pieces.append(("  ", Ink.PLAIN))
        q = share(getattr(values, action.value))
        pieces += [(f"{action} ", OF_ACTION[action]), (q, Ink.STRONG)]
    return pieces


def curves(picture: Picture, cells: int, rows: int) -> list[list[Piece]]:
    """The three lines, the winner of each place strong, with the decisions on them."""
    import numpy as np

    solution = picture.solution
    canvas = Canvas(cells, rows)
    at = np.linspace(0.0, picture.u_max, cells * ACROSS)
    table = {
        Action.STOP: solution.stop,
        Action.REASON: solution.reason,
        Action.RETRIEVE: solution.retrieve,
    }
    heights = {a: np.interp(at, solution.u, q) for a, q in table.items()}
    low, high = _range(float(solution.v.min()))
    scaled = {a: ((q - low) / (high - low)).tolist() for a, q in heights.items()}
    winners = [_winner(picture.regions, u) for u in at.tolist()]
    for action, line in scaled.items():
        seen = [y if y >= 0.0 else None for y in line]
        canvas.curve(seen, f"{OF_ACTION[action]} 55%", every=2)
    for action, line in scaled.items():
        if action not in picture.forbidden:
            own = [y if winners[x] is action else None for x, y in enumerate(line)]
            canvas.curve(own, OF_ACTION[action], thick=True)
    for index, mark in enumerate(picture.marks):
        values = solution.values(mark.u)
        q = (getattr(values, mark.action.value) - low) / (high - low)
        text = str(mark.number) if mark.number < 10 else "+"
        across = mark.u / picture.u_max
        canvas.mark(across, q, text, _mark_ink(mark.action, index, picture.at))
    canvas.upright(picture.u / picture.u_max, Ink.FAINT)
    ticks = {0: high, (rows - 1) // 2: (high + low) / 2, rows - 1: low}
    if rows % 2 == 0:
        del ticks[(rows - 1) // 2]  # no row lies in the middle
    return [
        _shifted(share(ticks[row]) if row in ticks else "", line)
        for row, line in enumerate(canvas.lines())
    ]


def region_bar(picture: Picture, cells: int) -> list[Piece]:
    """`━━ retrieve ━━┃ reason ┃━ stop ━`; thin where the action cannot be taken now."""
    pieces: list[Piece] = []
    for region, size in zip(picture.regions, _sizes(picture, cells), strict=True):
        name = f" {region.action} "
        line = "╌" if region.action in picture.forbidden else "━"
        room = size - len(name)
        text = line * (room // 2) + name + line * (room - room // 2) if room >= 2 else line * size
        pieces.append((text, OF_ACTION[region.action]))
    return pieces


def borders(picture: Picture, cells: int) -> list[Piece]:
    """U at the ends and where the winner changes; figures that would touch are left out."""
    line = [" "] * cells
    end = share(picture.u_max)
    spots = [(0, "0"), (cells - len(end), end)]
    at = 0
    for region, size in zip(picture.regions, _sizes(picture, cells), strict=True):
        if region.low > 0:
            text = share(region.low)
            spots += [(start, text) for start in (at - 1, at - len(text))]
        at += size
    taken: list[tuple[int, int]] = []
    written: set[str] = set()
    for start, text in spots:
        stop = start + len(text)
        free = all(stop < left or start > right for left, right in taken)
        if free and start >= 0 and stop <= cells and text not in written:
            taken.append((start, stop))
            written.add(text)
            line[start:stop] = text
    return [("".join(line), Ink.MUTED)]


def path(picture: Picture, cells: int, focused: bool = False) -> list[Piece]:
    """`1────▸2──▸3` below the scale, each way in the colour of the action that was taken."""
    if not picture.marks:
        return []
    places: list[int] = []
    for mark in picture.marks:
        place = min(int(mark.u / picture.u_max * cells), cells - 1)
        places.append(max(place, places[-1] + len(str(mark.number)) if places else 0))
    pieces: list[Piece] = [(" " * places[0], Ink.PLAIN)]
    for index, mark in enumerate(picture.marks):
        text = str(mark.number)
        pieces.append((text, _mark_ink(mark.action, index, picture.at)))
        if index + 1 < len(places):
            gap = places[index + 1] - places[index] - len(text)
            way = "─" * (gap - 1) + "▸" if gap > 0 else ""
            pieces.append((way, f"{OF_ACTION[mark.action]} 70%"))
    last = picture.marks[-1]
    if last.action is Action.STOP and width(pieces) + 2 <= cells:
        pieces.append((" ■", OF_ACTION[Action.STOP]))
    return pieces


def _shifted(label: str, line: list[Piece]) -> list[Piece]:
    return [(f"{label:>{MARGIN - 1}} ", Ink.MUTED), *line]


def _mark_ink(action: Action, index: int, at: int) -> str:
    colour = OF_ACTION[action]
    return f"bold $background on {colour}" if index == at else f"bold {colour}"


def _sizes(picture: Picture, cells: int) -> list[int]:
    """Cells of each region, rounded on the running sum; a region is never without a cell."""
    regions = picture.regions
    ends = [round(region.high / picture.u_max * cells) for region in regions]
    for index in range(len(ends)):
        ends[index] = max(ends[index], (ends[index - 1] if index else 0) + 1)
    over = ends[-1] - cells
    if over > 0 and len(regions) <= cells:
        for index in range(len(ends)):
            ends[index] = min(ends[index], cells - (len(ends) - 1 - index))
    return [high - low for low, high in pairwise([0, *ends])]


def _winner(regions: tuple[Region, ...], u: float) -> Action:
    return next((r.action for r in regions if u <= r.high), regions[-1].action)


def _range(lowest: float) -> tuple[float, float]:
    """From a quarter below the least that the best action is worth, to 1, which none exceeds.

    Quarters, so that the scale stays where it is while a slider moves.
    """
    return max(min(math.floor((lowest - 0.05) * 4) / 4, 0.75), -1.0), 1.0
