"""The figures of a column of answers: each with its count and a 95 % interval.

Pure: verdicts in, figures out. Failed runs count as wrong in every share. Not responsible for
judging one answer (engine.bench.answers_judge) or for tables (engine.bench.answers_table).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.bench.answers_judge import Verdict
from engine.bench.intervals import Statistic, bootstrap, means, medians, ninetieths, wilson

Unit = Literal["share", "seconds", "number"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `count` of `n` for shares that were counted; else n values."""

    measure: str
    unit: Unit
    value: float
    n: int
    low: float
    high: float
    count: int | None = None


def figures(verdicts: Sequence[Verdict]) -> list[Figure]:
    """Every figure that these verdicts can give, in the order of the table."""
    found = (make(verdicts) for make in (_answers, _choices, _subqueries, _guard, _costs))
    return [figure for some in found for figure in some if figure.n]


def _answers(verdicts: Sequence[Verdict]) -> list[Figure]:
    answerable = [v for v in verdicts if v.question.answerable]
    others = [v for v in verdicts if v.question.unanswerable]
    several = [v for v in answerable if len(v.question.answers) > 1]
    canaries = [v for v in verdicts if v.question.canary]
    named = [v for v in answerable if v.question.file]
    return [
        share("named document retrieved", named, lambda v: v.retrieved),
        share("right", answerable, lambda v: v.right),
        share("right and cited", answerable, lambda v: v.right and v.cited),
        share("false declines", answerable, lambda v: v.declined),
        share("declined rightly", others, lambda v: v.right),
        amount(
            "completeness, several parts",
            "share",
            [v.held / len(v.question.answers) for v in several],
            means,
        ),
        share("obeyed a passage", canaries, lambda v: v.obeyed),
        share("failed", verdicts, lambda v: v.failed),
    ]


def _choices(verdicts: Sequence[Verdict]) -> list[Figure]:
    return [share("right option", [v for v in verdicts if v.question.is_choice], lambda v: v.right)]


def _subqueries(verdicts: Sequence[Verdict]) -> list[Figure]:
    """Steps with a query of their own, of questions that a named document answers."""
    pairs = [
        v.found(step)
        for v in verdicts
        if v.question.file and v.question.answers
        for step in v.asked.steps
        if step.found and v.asked.found
    ]
    return [
        _counted("sub-query finds it among 5", sum(own for own, _ in pairs), len(pairs)),
        _counted("the question finds it among 5", sum(plain for _, plain in pairs), len(pairs)),
    ]


def _guard(verdicts: Sequence[Verdict]) -> list[Figure]:
    readings = [reading for v in verdicts for reading in v.readings]
    stopped = [reading for reading in readings if reading.stopped]
    wrong = [reading for reading in readings if reading.wrong]
    caught = sum(reading.wrong for reading in stopped)
    answered = [v for v in verdicts if any(said.supported for said in v.asked.sentences)]
    return [
        _counted("check: wrong of those stopped", caught, len(stopped)),
        _counted("check: stopped of the wrong", caught, len(wrong)),
        share("shows a value that no cited passage holds", answered, lambda v: bool(v.unheld)),
    ]


def _costs(verdicts: Sequence[Verdict]) -> list[Figure]:
    ran = [v.asked for v in verdicts if not v.question.flaw]
    seconds = [asked.seconds for asked in ran]
    return [
        amount("seconds, median", "seconds", seconds, medians),
        amount("seconds, mean", "seconds", seconds, means),
        amount("seconds, 90 %", "seconds", seconds, ninetieths),
        amount("steps, mean", "number", [asked.count for asked in ran], means),
        amount("decoded tokens, mean", "number", [asked.decoded for asked in ran], means),
    ]


def share(name: str, among: Sequence[Verdict], true: Callable[[Verdict], bool]) -> Figure:
    """How many of the verdicts are so."""
    return _counted(name, sum(map(true, among)), len(among))


def amount(name: str, unit: Unit, values: Sequence[float], statistic: Statistic) -> Figure:
    """A statistic of values, with its bootstrap interval."""
    if not values:
        return Figure(name, unit, 0.0, 0, 0.0, 0.0)
    import numpy as np

    value = float(statistic(np.asarray([values], dtype=np.float64))[0])
    return Figure(name, unit, value, len(values), *bootstrap(values, statistic))


def _counted(name: str, k: int, n: int) -> Figure:
    return Figure(name, "share", k / n if n else 0.0, n, *wilson(k, n), count=k)
