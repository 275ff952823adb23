"""The running table of a session in the form of the report, with the chart of its seconds.

Columns that do not fit are left out. Not responsible for the figures (engine.comparison.tally),
their wording (tally_text) or the chart (argo_tui.widgets.compare_chart).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from argo_tui.compare.state import Comparing
from argo_tui.widgets.ink import Ink, Piece, content, crop
from argo_tui.widgets.ink import width as cells
from engine.comparison import tally_text
from engine.comparison.tally import TallyRow, tally

if TYPE_CHECKING:
    from argo_tui.widgets.compare_chart import SecondsChart

NAME = 18
GAP = 2
ORDER = (1, 2, 4, 6, 10, 3, 5, 7, 8, 9)
"""Columns of engine.comparison.tally_text, the most important first, after the name."""
COLOURS = ("accent", "success", "warning", "secondary")
"""Of the theme, by column, here and in the chart."""
HIDDEN = "The running table is shown again when the names are: after the vote."
NOTHING_YET = "The running table begins with the first answer."


def session_lines(rows: Sequence[TallyRow], width: int) -> list[Content]:
    """The table, at most `width` cells wide, in the columns of the exports."""
    texts = [tally_text.HEAD, *(tally_text.cells(row) for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*texts, strict=True)]
    shown = _fitting(widths, width)
    lines = []
    for number, row in enumerate(texts):
        ink = Ink.FAINT if number == 0 else Ink.PLAIN
        pieces: list[Piece] = []
        for column in shown:
            room = widths[column]
            if column == 0:
                name = crop([(row[0], _colour(number - 1) if number else ink)], NAME)
                room = min(room, NAME)
                pieces += [*name, (" " * (room - cells(name)), Ink.PLAIN)]
            else:
                pieces.append((f"{row[column]:>{room + GAP}}", ink))
        lines.append(content(pieces))
    return lines


def _fitting(widths: Sequence[int], width: int) -> list[int]:
    """Columns from the left that fit, chosen by what matters most."""
    left = width - min(widths[0], NAME)
    shown = [0]
    for column in ORDER:
        if widths[column] + GAP > left:
            break
        shown.append(column)
        left -= widths[column] + GAP
    return sorted(shown)


def _colour(number: int) -> str:
    return f"${COLOURS[number % len(COLOURS)]}"


class CompareSession(Vertical):
    """Closed at first; then the table, then (beside it where there is room) the chart."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._table = Static(Content(""), id="compare-table")
        self._chart: SecondsChart | None = None
        self._drawn: object = None
        self._view = 0

    @property
    def open(self) -> bool:
        """Whether it is shown."""
        return self._view > 0

    def compose(self) -> ComposeResult:
        """The table; the chart is made when it is first wanted."""
        yield self._table

    def turn(self, *, wide: bool) -> None:
        """The next view: nothing, table, chart; both at once where it is wide."""
        self._view = (self._view + 1) % (2 if wide else 3)
        self.set_class(self._view == 2, "-chart")
        if self._chart is None and self._view:
            from argo_tui.widgets.compare_chart import SecondsChart

            self._chart = SecondsChart(id="compare-chart")
            self.mount(self._chart)

    def show(self, state: Comparing, target_s: float, seed: int) -> None:
        """Bring it up to date; while names are hidden it says only that."""
        if not self.open or self._chart is None or not self.content_size.width:
            return
        wanted = (len(state.rounds), state.vote, state.hidden, self.content_size.width, self._view)
        if wanted == self._drawn:
            return
        self._drawn = wanted
        secret = state.hidden or not state.rounds
        self.set_class(secret, "-secret")
        if secret:
            text = HIDDEN if state.hidden else NOTHING_YET
            self._table.update(Content.styled(text, str(Ink.MUTED)))
            return
        rows = tally(state.rounds, target_s, seed)
        self._table.update(Content("\n").join(session_lines(rows, self.content_size.width)))
        self._chart.show(state.rounds, target_s)
