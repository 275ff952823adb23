"""The columns of one question, step by step and in total, as rows of short texts.

Pure. Not responsible for colours, widths or alignment (the screen, argo_tui.compare.tables).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from engine.comparison.figures import RunFigures, StepFigures

NOTHING: Final = "-"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a column, and how it relates to the first: `1.84x`; empty where it does
    not."""

    text: str
    ratio: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a label and a cell for each column."""

    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class _Measure(Generic[T]):
    label: str
    text: Callable[[T], str]
    value: Callable[[T], float | None] | None = None
    """What the ratio is taken of; None for measures without one."""


def step_rows(runs: Sequence[RunFigures | None]) -> tuple[Row, ...]:
    """Each step (a row of actions, then indented rows), then the totals. None: not begun.

    Ratios are against the first column, and only between what has come to its end.
    """
    return tuple(_rows(runs))


def _rows(runs: Sequence[RunFigures | None]) -> Iterator[Row]:
    numbers = {step.number for run in runs if run for step in run.steps}
    for number in (*sorted(numbers - {0}), *sorted(numbers & {0})):
        steps = [_step(run, number) for run in runs]
        yield Row(f"step {number}" if number else "synthesis", tuple(map(_action, steps)))
        for measure in _STEP if number else _SYNTHESIS:
            yield Row(f"  {measure.label}", _cells(measure, steps))
    for total in _TOTAL:
        yield Row(total.label, _cells(total, runs))


def _cells(measure: _Measure[T], columns: Sequence[T | None]) -> tuple[Cell, ...]:
    first = _value(measure, columns[0]) if columns else None
    return tuple(
        Cell(measure.text(column), "" if place == 0 else _ratio(_value(measure, column), first))
        if column is not None
        else Cell(NOTHING)
        for place, column in enumerate(columns)
    )


def _value(measure: _Measure[T], column: T | None) -> float | None:
    return measure.value(column) if measure.value and column is not None else None


def _ratio(value: float | None, first: float | None) -> str:
    return f"{value / first:.2f}x" if value and first else ""


def _step(run: RunFigures | None, number: int) -> StepFigures | None:
    return next((s for s in run.steps if s.number == number), None) if run else None


def _action(step: StepFigures | None) -> Cell:
    if step is None:
        return Cell(NOTHING)
    if step.number == 0:
        return Cell("answer")
    return Cell(f"{step.action}, nothing found" if step.answered is False else str(step.action))


def seconds_text(value: float | None) -> str:
    """`0.04 s`, `24.0 s`, `128 s`."""
    if value is None:
        return NOTHING
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:,.{digits}f} s"


def _count(value: int) -> str:
    return f"{value:,}"


def _rate(value: float) -> str:
    return f"{value:.1f}" if value else NOTHING


def _ended(run: RunFigures) -> bool:
    return run.status is not None


_SYNTHESIS: Final[tuple[_Measure[StepFigures], ...]] = (
    _Measure("time", lambda s: seconds_text(s.seconds), lambda s: s.seconds if s.tokens else None),
    _Measure("tokens", lambda s: _count(s.tokens), lambda s: s.tokens),
    _Measure("tokens/s", lambda s: _rate(s.tokens_per_second), lambda s: s.tokens_per_second),
)
_STEP: Final[tuple[_Measure[StepFigures], ...]] = (
    *_SYNTHESIS,
    _Measure("passages", lambda s: _count(s.passages)),
    _Measure("U", lambda s: f"{s.u:.2f}"),
)
_TOTAL: Final[tuple[_Measure[RunFigures], ...]] = (
    _Measure("time", lambda r: seconds_text(r.seconds), lambda r: r.seconds if _ended(r) else None),
    _Measure("first token", lambda r: seconds_text(r.first_token_s), lambda r: r.first_token_s),
    _Measure("tokens", lambda r: _count(r.tokens), lambda r: r.tokens if _ended(r) else None),
    _Measure(
        "tokens/s",
        lambda r: _rate(r.tokens_per_second),
        lambda r: r.tokens_per_second if _ended(r) else None,
    ),
    _Measure("passages", lambda r: _count(r.passages)),
    _Measure("steps", lambda r: _count(sum(step.number > 0 for step in r.steps))),
    _Measure("U", lambda r: f"{r.u:.2f} of {r.u_max:.2f}"),
)
