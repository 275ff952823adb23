"""Everything that was measured in a directory, judged: a board of columns for each set.

Not responsible for figures (engine.bench.answers_figures) or for how a board looks
(engine.bench.answers_table, engine.bench.answers_misses).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.bench.answers_judge import Verdict, not_asked
from engine.bench.answers_questions import QuestionSet
from engine.bench.answers_record import Asked, Setup, read
from engine.bench.answers_variant import Column


@dataclass(frozen=True, slots=True)
class Measured:
    """One column's answers to one set."""

    column: Column
    setup: Setup
    verdicts: tuple[Verdict, ...]
    """In the order of the questions; those that were not asked yet are missing."""


@dataclass(frozen=True, slots=True)
class Board:
    """A set of questions and everything that answered it."""

    questions: QuestionSet
    columns: tuple[Measured, ...]


def boards(
    directory: Path, sets: Sequence[QuestionSet], first: Sequence[Column]
) -> tuple[Board, ...]:
    """A board for each set that has answers; the columns of `first` come first.

    Raises ArgoError for a file that is no record.
    """
    files = [read(path) for path in sorted(directory.glob("answers-*.jsonl"))]
    order = {column: place for place, column in enumerate(first)}
    made = []
    for questions in sets:
        found = [one for records in files if (one := _measured(records, questions))]
        found.sort(key=lambda one: order.get(one.column, len(order)))
        if found:
            made.append(Board(questions, tuple(found)))
    return tuple(made)


def _measured(records: Iterable[Setup | Asked], questions: QuestionSet) -> Measured | None:
    records = list(records)
    setup = next((record for record in records if isinstance(record, Setup)), None)
    if setup is None or setup.set != questions.name:
        return None
    by_key = {record.key: record for record in records if isinstance(record, Asked)}
    verdicts = tuple(
        Verdict(question, not_asked(question) if question.flaw else by_key[question.key])
        for question in questions.questions
        if question.flaw or question.key in by_key
    )
    if not verdicts:
        return None
    return Measured(Column(setup.profile, setup.variant, setup.strategy), setup, verdicts)
