"""One strategy against another on the same questions: what is gained and lost, right and seconds.

Pure. Not responsible for judging (engine.bench.answers_judge).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from engine.bench.answers_judge import Verdict
from engine.bench.intervals import bootstrap, means, sign_test


@dataclass(frozen=True, slots=True)
class Difference:
    """A minus B, paired by question, with 95 % bootstrap intervals."""

    n: int
    right_first: int
    right_second: int
    gained: int
    """Questions that only A answers rightly."""
    lost: int
    """Questions that only B answers rightly."""
    right: float
    right_interval: tuple[float, float]
    p: float
    """Of the sign test on gained against lost."""
    seconds: float
    seconds_interval: tuple[float, float]


def difference(a: Sequence[Verdict], b: Sequence[Verdict]) -> Difference | None:
    """A against B on the questions that both were asked; None where there are none."""
    others = {v.question.key: v for v in b}
    pairs = [(v, others[v.question.key]) for v in a if v.question.key in others]
    pairs = [pair for pair in pairs if not pair[0].question.flaw]
    if not pairs:
        return None
    right = [float(one.right) - float(other.right) for one, other in pairs]
    seconds = [one.asked.seconds - other.asked.seconds for one, other in pairs]
    gained, lost = right.count(1.0), right.count(-1.0)
    return Difference(
        n=len(pairs),
        right_first=sum(one.right for one, _ in pairs),
        right_second=sum(other.right for _, other in pairs),
        gained=gained,
        lost=lost,
        right=fmean(right),
        right_interval=bootstrap(right, means),
        p=sign_test(gained, lost),
        seconds=fmean(seconds),
        seconds_interval=bootstrap(seconds, means),
    )
