"""The figures of the answers benchmark as CSV: one a line, with its count and interval.

Pure. Not responsible for the figures (engine.bench.answers_figures).
"""

from __future__ import annotations

import csv as table
import io
from collections.abc import Sequence

from engine.bench.answers_figures import figures
from engine.bench.answers_report import Board


def csv(boards: Sequence[Board]) -> str:
    """Every figure of every column, over all questions and for each kind."""
    out = io.StringIO()
    writer = table.writer(out, lineterminator="\n")
    head = ("set", "profile", "variant", "strategy", "kind", "measure", "unit")
    writer.writerow((*head, "value", "n", "low", "high", "count"))
    for board in boards:
        for one in board.columns:
            column = (one.column.profile, one.column.variant, one.column.strategy)
            for kind in ("", *sorted({v.question.kind for v in one.verdicts} - {""})):
                chosen = [v for v in one.verdicts if not kind or v.question.kind == kind]
                for f in figures(chosen):
                    numbers = (f"{value:.6g}" for value in (f.value, f.n, f.low, f.high))
                    count = "" if f.count is None else f.count
                    what = (kind, f.measure, f.unit)
                    writer.writerow((board.questions.name, *column, *what, *numbers, count))
    return out.getvalue()
