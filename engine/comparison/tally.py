"""The running table over many questions, in the form of the report: seconds with their interval,
speed-up, distance to the target, hours for 100, 1,000 and 13,000 questions, votes.

Pure and seeded. Not responsible for how it is written (engine.comparison.report).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

import numpy as np

from engine.bench.intervals import Numbers, bootstrap, means
from engine.comparison.figures import RunFigures
from engine.events import Status

QUESTIONS: Final = (100, 1_000, 13_000)
"""For which the hours are told."""
COUNTED: Final = (Status.ANSWERED, Status.NOT_FOUND)
"""Runs that count: the others broke off, and their time says nothing."""


@dataclass(frozen=True, slots=True)
class Round:
    """One question, asked of every column."""

    question: str
    columns: tuple[tuple[str, RunFigures | None], ...]
    """Label and figures; None where there is no record of the run."""
    vote: int | None
    """The column that the audience chose."""


@dataclass(frozen=True, slots=True)
class TallyRow:
    """One configuration over all its questions. All zeros where n is 0."""

    label: str
    n: int
    """Runs that came to their end."""
    seconds: float
    """Mean."""
    low: float
    high: float
    """95 % bootstrap interval of the mean; both the mean itself where n is 1."""
    speed_up: float | None
    """Mean time of the first row over this one's, on the questions that both ended; None for the
    first row and for fewer than two such questions."""
    speed_up_low: float | None
    speed_up_high: float | None
    distance_s: float
    """Mean minus the target: positive is too slow."""
    hours: tuple[float, float, float]
    """For 100, 1,000 and 13,000 questions at this pace, one at a time."""
    votes: int


def tally(rounds: Sequence[Round], budget_s: float, seed: int) -> tuple[TallyRow, ...]:
    """A row a label, in the order in which they first appear. `budget_s` is the target."""
    labels = list(dict.fromkeys(label for each in rounds for label, _ in each.columns))
    times = {label: _times(rounds, label) for label in labels}
    return tuple(_row(label, times, labels[0], rounds, budget_s, seed) for label in labels)


def _row(
    label: str,
    times: dict[str, dict[int, float]],
    first: str,
    rounds: Sequence[Round],
    budget_s: float,
    seed: int,
) -> TallyRow:
    own = list(times[label].values())
    mean = fmean(own) if own else 0.0
    low, high = bootstrap(own, means, seed) if own else (0.0, 0.0)
    speed = (None, None, None) if label == first else _speed_up(times[first], times[label], seed)
    small, medium, large = (mean * count / 3600 for count in QUESTIONS)
    return TallyRow(
        label=label,
        n=len(own),
        seconds=mean,
        low=low,
        high=high,
        speed_up=speed[0],
        speed_up_low=speed[1],
        speed_up_high=speed[2],
        distance_s=mean - budget_s if own else 0.0,
        hours=(small, medium, large),
        votes=sum(_voted(each) == label for each in rounds),
    )


def _times(rounds: Sequence[Round], label: str) -> dict[int, float]:
    """Seconds of every counted run of a label, by round."""
    return {
        number: found.seconds
        for number, each in enumerate(rounds)
        for name, found in each.columns
        if name == label and found is not None and found.status in COUNTED
    }


def _speed_up(
    first: dict[int, float], own: dict[int, float], seed: int
) -> tuple[float | None, float | None, float | None]:
    """Ratio of the means on the same questions, with its interval."""
    both = sorted(first.keys() & own.keys())
    base = np.asarray([first[number] for number in both])
    other = np.asarray([own[number] for number in both])
    if len(both) < 2 or not (base > 0).all() or not (other > 0).all():
        return None, None, None

    def ratio(drawn: Numbers) -> Numbers:
        # Questions are drawn, so that both times of a question stay together.
        places = drawn.astype(np.intp)
        return means(base[places]) / means(other[places])

    low, high = bootstrap(range(len(both)), ratio, seed)
    return float(base.mean() / other.mean()), low, high


def _voted(each: Round) -> str | None:
    if each.vote is None or not 0 <= each.vote < len(each.columns):
        return None
    return each.columns[each.vote][0]
