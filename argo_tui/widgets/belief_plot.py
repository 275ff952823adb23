"""The belief that a retrieval succeeds: its density before and after each retrieval of a run.

Not responsible for the belief itself (engine.belief).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from argo_tui.numbers import share
from argo_tui.widgets.braille import ACROSS, Canvas
from argo_tui.widgets.ink import Ink, Piece, content, crop, width
from engine.events import Belief

LEAST = 3
"""Rows of a drawing that still shows something."""
_AROUND = 2
"""Rows beside it: the words above, the scale below."""


class BeliefPlot(Widget):
    """Density over p_s from 0 to 1; the words alone where there are few rows."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._beliefs: tuple[Belief, ...] = ()
        self._now = 0

    def show(self, beliefs: Sequence[Belief], now: int) -> None:
        """The prior and what followed; `now` is the index of the present one."""
        self._beliefs, self._now = tuple(beliefs), now
        self.refresh()

    def render(self) -> RenderResult:
        """Words, densities, scale."""
        columns, rows = self.size
        if not self._beliefs or not columns:
            return Content("")
        lines = [words(self._beliefs, self._now, columns)]
        if rows >= LEAST + _AROUND:
            lines += densities(self._beliefs, self._now, columns, rows - _AROUND)
            lines.append(scale(columns))
        return Content("\n").join(content(line) for line in lines)


def words(beliefs: Sequence[Belief], now: int, columns: int) -> list[Piece]:
    """`p_s  prior .80 → .83 → .86`; the present one strong, those still to come faint."""
    pieces: list[Piece] = [("p_s  ", Ink.MUTED), ("prior ", Ink.MUTED)]
    for index, belief in enumerate(beliefs):
        if index:
            pieces.append((" → ", Ink.FAINT))
        ink = f"bold {Ink.ACCENT}" if index == now else Ink.FAINT if index > now else Ink.MUTED
        pieces.append((share(belief.mean), ink))
    present = beliefs[now]
    exact = (f"   Beta({present.alpha:.3g}, {present.beta:.3g})", str(Ink.MUTED))
    whole = [*pieces, exact]
    return whole if width(whole) <= columns else crop(pieces, columns)


def densities(beliefs: Sequence[Belief], now: int, columns: int, rows: int) -> list[list[Piece]]:
    """Up to the present one: the earlier ones thin, the present one strong, its mean upright."""
    canvas = Canvas(columns, rows)
    dots = columns * ACROSS
    grid = [(x + 0.5) / dots for x in range(dots)]
    shown = [[density(belief, p) for p in grid] for belief in beliefs[: now + 1]]
    # A prior that is weaker than one retrieval has no highest point; its ends are cut.
    top = max(max(values[dots // 50 : -max(dots // 50, 1)]) for values in shown) or 1.0
    for index, values in enumerate(shown):
        heights: list[float | None] = [value / top for value in values]
        present = index == now
        ink = Ink.ACCENT if present else f"{Ink.ACCENT} {35 + 30 * index // max(now, 1)}%"
        canvas.curve(heights, ink, thick=present, every=1 if present else 2)
    canvas.upright(beliefs[now].mean, Ink.FAINT)
    return canvas.lines()


def scale(columns: int) -> list[Piece]:
    """`0         .50         1`."""
    middle = ".50".center(columns - 2)
    return [(f"0{middle}1", Ink.FAINT)]


def density(belief: Belief, p: float) -> float:
    """Of the Beta distribution at p in (0, 1)."""
    a, b = belief.alpha, belief.beta
    log_norm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(log_norm + (a - 1.0) * math.log(p) + (b - 1.0) * math.log1p(-p))
