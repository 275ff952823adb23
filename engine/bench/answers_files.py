"""The files of the answers benchmark: records in; tables, figures and misses out.

Not responsible for their content (engine.bench.answers_table, engine.bench.answers_misses).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.bench import answers_table
from engine.bench.answers_csv import csv
from engine.bench.answers_misses import misses
from engine.bench.answers_questions import QuestionSet
from engine.bench.answers_report import boards
from engine.bench.answers_variant import Column, record_path
from engine.layers import write_atomically


def write_tables(
    directory: Path, sets: Sequence[QuestionSet], columns: Sequence[Column]
) -> str | None:
    """Write answers.md, answers.csv and misses-*.md. Returns the tables as text; None for none.

    All answers to these sets that lie in the directory are in the tables. Raises ArgoError.
    """
    found = boards(directory, sets, columns)
    if not found:
        return None
    write_atomically(directory / "answers.md", answers_table.text(found, markdown=True))
    write_atomically(directory / "answers.csv", csv(found))
    for board in found:
        for one in board.columns:
            path = record_path(directory, board.questions.name, one.column)
            name = path.name.replace("answers-", "misses-", 1)
            write_atomically((directory / name).with_suffix(".md"), misses(board, one))
    return answers_table.text(found)
