"""How long runs took, the newest at the right: one line of bars with the figures beside it.

Pure: text in, text out. Not responsible for which runs count (argo_tui.screens.runs).
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from argo_tui.numbers import plural, seconds
from argo_tui.widgets.ink import Ink, Piece, crop, width

_BARS = "▁▂▃▄▅▆▇█"
_MOST = 60


def trend(values: Sequence[float], cells: int) -> list[Piece]:
    """Seconds of each run, oldest first, in a line of at most `cells`; empty below two runs."""
    if len(values) < 2:
        return []
    head: Piece = ("Seconds  ", Ink.MUTED)
    last = f"  median {seconds(median(values))} · newest {seconds(values[-1])}"
    tail: list[Piece] = [(last, Ink.MUTED), (f" · {plural(len(values), 'run')}", Ink.FAINT)]
    room = cells - width([head, *tail])
    if room < 2:
        tail, room = tail[:1], cells - width([head, *tail[:1]])
    bars = bars_of(values[-max(min(room, _MOST), 2) :])
    return crop([head, (bars, Ink.ACCENT), *tail], cells)


def bars_of(values: Sequence[float]) -> str:
    """A bar each, from zero to the longest."""
    longest = max(values)
    if longest <= 0:
        return _BARS[0] * len(values)
    top = len(_BARS) - 1
    return "".join(_BARS[round(max(value, 0.0) / longest * top)] for value in values)
