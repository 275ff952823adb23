"""The line a replay is steered by: whether it plays, how fast, and where it stands.

Told apart without colours: what was played is heavy, what is to come is light, a step begins at
each cross. Not responsible for playing (argo_tui.replay) or for keys (argo_tui.screens.replay).
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from textual.app import RenderResult
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from argo_tui.widgets.ink import Ink, Piece, content

_WORDS_FROM = 72
_LEAST_BAR = 8


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything the line shows."""

    position: int = 0
    """Nanoseconds of the run."""
    total: int = 0
    marks: tuple[int, ...] = ()
    speed: int = 1
    paused: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """The three parts of the line, ready to draw."""

    left: tuple[Piece, ...]
    bar: tuple[Piece, ...]
    right: tuple[Piece, ...]

    @property
    def start(self) -> int:
        """Cell where the bar begins."""
        return sum(cell_len(text) for text, _ in self.left)

    @property
    def cells(self) -> int:
        """Of the bar."""
        return len(self.bar)


def line(standing: Standing, cells: int) -> Line:
    """The line, as wide as `cells` where there is room for a bar at all."""
    left = _left(standing, words=cells >= _WORDS_FROM)
    right = ((f"  {times(standing.position, standing.total)}", Ink.MUTED),)
    used = sum(cell_len(text) for text, _ in (*left, *right))
    return Line(left, _bar(standing, max(cells - used, _LEAST_BAR)), right)


def cell_of(ns: int, total: int, cells: int) -> int:
    """Which cell of the bar a time falls into."""
    return min(ns * (cells - 1) // total, cells - 1) if total else 0


def time_at(cell: int, total: int, cells: int) -> int:
    """The first time of the run that falls into a cell; `cell_of` takes it back."""
    inside = max(0, min(cell, cells - 1))
    return -(-inside * total // (cells - 1)) if cells > 1 else 0


def times(position: int, total: int) -> str:
    """`1.4 / 4.6 s`, or minutes where it is long. As wide whatever the position."""
    if total >= 100 * 10**9:
        whole = _minutes(total)
        return f"{_minutes(position):>{len(whole)}} / {whole}"
    whole = f"{total / 1e9:.1f}"
    return f"{position / 1e9:>{len(whole)}.1f} / {whole} s"


def _minutes(ns: int) -> str:
    minutes, seconds = divmod(ns // 10**9, 60)
    return f"{minutes}:{seconds:02}"


def _left(standing: Standing, *, words: bool) -> tuple[Piece, ...]:
    sign, word = ("▶", "playing")
    if standing.ended:
        sign, word = ("■", "ended")
    elif standing.paused:
        sign, word = ("‖", "paused")
    state = f" {word:<7}" if words else ""
    return (sign, Ink.ACCENT), (state, Ink.PLAIN), (f" {standing.speed:>2}x  ", Ink.MUTED)


def _bar(standing: Standing, cells: int) -> tuple[Piece, ...]:
    head = cell_of(standing.position, standing.total, cells)
    marks = {cell_of(mark, standing.total, cells) for mark in standing.marks}
    pieces: list[Piece] = []
    for cell in range(cells):
        if cell == head:
            pieces.append(("●", Ink.STRONG))
        elif cell < head:
            pieces.append(("╋" if cell in marks else "━", Ink.ACCENT))
        else:
            pieces.append(("┼", Ink.MUTED) if cell in marks else ("─", Ink.FAINT))
    return tuple(pieces)


class Transport(Widget, can_focus=True):
    """One line; a click on the bar seeks."""

    BINDING_GROUP_TITLE = "Replay bar"
    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Transport { height: 1; width: 1fr; padding: 0 2; }
    """

    standing: reactive[Standing] = reactive(Standing())

    @dataclass
    class Sought(Message):
        """A time of the run was pointed at, in nanoseconds."""

        ns: int

    def render(self) -> RenderResult:
        """The line for the width there is."""
        drawn = line(self.standing, self.content_size.width)
        return content([*drawn.left, *drawn.bar, *drawn.right])

    def on_click(self, event: Click) -> None:
        """Seek to where it was clicked; beside the bar nothing happens."""
        event.stop()
        offset = event.get_content_offset(self)
        drawn = line(self.standing, self.content_size.width)
        cell = offset.x - drawn.start if offset else -1
        if 0 <= cell < drawn.cells:
            self.post_message(self.Sought(time_at(cell, self.standing.total, drawn.cells)))
