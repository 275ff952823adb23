"""U on its scale: the regions in which each action wins, and a marker at how much is known.

Pure: text in, text out. Not responsible for solving the policy (engine.policy).
"""

from __future__ import annotations

from collections.abc import Sequence

from argo_tui.numbers import share
from argo_tui.widgets.ink import OF_ACTION, Ink, Piece
from engine.events import Region


def gauge(u: float, u_max: float, regions: Sequence[Region], cells: int = 12) -> list[Piece]:
    """`━━━━◆━━━` coloured by region; empty without a scale."""
    if u_max <= 0:
        return []
    inks = [_ink((index + 0.5) / cells * u_max, regions) for index in range(cells)]
    pieces: list[Piece] = [("━", ink) for ink in inks]
    pieces[min(int(u / u_max * cells), cells - 1)] = ("◆", Ink.STRONG)
    return pieces


def reading(u: float, u_max: float) -> list[Piece]:
    """`U .25/.80`."""
    return [("U ", Ink.MUTED), (share(u), Ink.PLAIN), (f"/{share(u_max)}", Ink.MUTED)]


def _ink(at: float, regions: Sequence[Region]) -> Ink:
    for region in regions:
        if region.low <= at <= region.high:
            return OF_ACTION[region.action]
    return Ink.FAINT
