"""What `argo-tui compare` leaves behind: tables, one JSON object, a file.

Not responsible for running (argo_tui.commands.compare_run).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.text import Text

from argo_tui.commands.export_file import write_export
from argo_tui.compare.picture import picture
from argo_tui.compare.tables import marked, step_table, tally_table
from argo_tui.guard import UsageError
from argo_tui.transcript import console
from engine.comparison import report
from engine.comparison.difference import Span, differences
from engine.comparison.figures import RunFigures
from engine.comparison.plan import Plan
from engine.comparison.table import step_rows
from engine.comparison.tally import Round, TallyRow

FORMS: Final = (".md", ".csv", ".svg")
_PIPE: Final = 200
"""Columns of a pipe, which has none of its own."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A comparison that is over, or was stopped."""

    comparison: str
    plan: Plan
    round: Round
    rows: tuple[TallyRow, ...]
    target_s: float

    @property
    def figures(self) -> list[RunFigures | None]:
        """Of every column."""
        return [found for _, found in self.round.columns]

    def spans(self) -> tuple[tuple[Span, ...], ...]:
        """Where each answer differs."""
        return differences([found.answer if found else "" for found in self.figures])


def show(outcome: Outcome) -> None:
    """Answers and tables on standard output; plain where that is a pipe."""
    out = console()
    if not out.is_terminal:
        out.width = _PIPE
    for (label, found), spans in zip(outcome.round.columns, outcome.spans(), strict=True):
        _answer(out, label, found, spans)
    out.print(step_table([label for label, _ in outcome.round.columns], step_rows(outcome.figures)))
    out.print(tally_table(outcome.rows, out.width))
    out.print(Text(outcome.plan.why, "dim"), soft_wrap=True)


def json(outcome: Outcome) -> None:
    """One JSON object on standard output."""
    columns: list[dict[str, Any]] = []
    for (label, found), spans in zip(outcome.round.columns, outcome.spans(), strict=True):
        values = msgspec.to_builtins(found) if found else {}
        columns.append({"label": label, **values, "differs": msgspec.to_builtins(spans)})
    whole = {
        "comparison": outcome.comparison,
        "question": outcome.round.question,
        "mode": outcome.plan.mode.value,
        "why": outcome.plan.why,
        "target_s": outcome.target_s,
        "columns": columns,
        "tally": msgspec.to_builtins(outcome.rows),
    }
    sys.stdout.buffer.write(msgspec.json.encode(whole) + b"\n")
    sys.stdout.buffer.flush()


def form_of(path: Path) -> str:
    """The suffix that says the form. Raises UsageError for any other."""
    if (form := path.suffix.lower()) not in FORMS:
        raise UsageError(f"--export takes a file that ends in {', '.join(FORMS)}, not «{path}»")
    return form


def export(outcome: Outcome, path: Path) -> None:
    """Write the file in the form of its suffix. Raises ArgoError where that cannot be done."""
    make = {".md": report.markdown, ".csv": report.csv, ".svg": picture}[form_of(path)]
    text = make([outcome.round], outcome.rows)
    remedy = "Give another --export. The runs are recorded: argo-tui runs shows them."
    write_export(path, text, remedy)


def _answer(out: Console, label: str, found: RunFigures | None, spans: Sequence[Span]) -> None:
    out.print(Text(label, "bold"))
    if found is None:
        out.print(Text("not asked", "dim"))
    else:
        if found.answer:
            out.print(marked(found.answer, spans), soft_wrap=not out.is_terminal)
        if found.failed:
            out.print(Text(found.failed), soft_wrap=not out.is_terminal)
        for source in found.sources:
            out.print(Text(f"  {source}", "dim"), soft_wrap=True)
    out.print()
