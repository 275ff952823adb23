"""The running table as short texts: the same cells on the screen, in Markdown and in a picture.

Pure. Not responsible for the figures (engine.comparison.tally).
"""

from __future__ import annotations

from typing import Final

from engine.comparison.tally import QUESTIONS, TallyRow

HEAD: Final = (
    *("configuration", "n", "latency s", "95 %", "speed-up", "95 %", "to target s"),
    *(f"{count:,} h" for count in QUESTIONS),
    "votes",
)
LEGEND: Final = (
    "Latency: mean over the n questions that came to their end, with its 95 % bootstrap interval.",
    "Speed-up: mean latency of the first row over this one's, on the questions that both ended.",
    "To target: latency minus the target. Hours: for so many questions at that pace, one at a "
    "time.",
)
NOTHING: Final = "-"


def cells(row: TallyRow) -> tuple[str, ...]:
    """One line under HEAD."""
    if row.n == 0:
        return (row.label, "0", *[NOTHING] * (len(HEAD) - 3), str(row.votes))
    return (
        row.label,
        str(row.n),
        f"{row.seconds:,.2f}",
        # One measurement has no spread to tell of.
        _interval(row.low, row.high) if row.n > 1 else NOTHING,
        NOTHING if row.speed_up is None else f"{row.speed_up:.2f}x",
        _interval(row.speed_up_low, row.speed_up_high),
        f"{row.distance_s:+,.2f}",
        *map(_hours, row.hours),
        str(row.votes),
    )


def _interval(low: float | None, high: float | None) -> str:
    return NOTHING if low is None or high is None else f"{low:,.2f} to {high:,.2f}"


def _hours(value: float) -> str:
    return f"{value:,.2f}" if value < 10 else f"{value:,.0f}"
