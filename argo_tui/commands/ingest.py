"""`argo-tui ingest`: add documents to the collection, or bring them up to date.

Exit codes: 0 done, 1 some files failed, 2 usage, 130 cancelled (what was finished is kept).
Not responsible for reading or cutting documents (engine.retrieval).
"""

from __future__ import annotations

import json as _json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from argo_tui.commands.collection import bar, embedder, opened
from argo_tui.guard import CANCELLED, ERROR, OK, UsageError
from argo_tui.interrupt import stoppable
from argo_tui.numbers import plural
from engine.layers import load
from engine.llm.backend import Cancel
from engine.paths import Home
from engine.retrieval.ingest import ingest as bring_in
from engine.retrieval.report import Failure, IngestProgress, IngestReport

app = App(name="ingest", help="Add documents to the collection.")

_LISTED = 20
"""Failures and notes printed one by one; the rest is counted."""


@app.default
def ingest(
    *paths: Annotated[Path, Parameter(help="Files, or directories to go through.")],
    prune: Annotated[
        bool, Parameter(help="Forget documents that are gone from these directories.")
    ] = False,
    json: Annotated[bool, Parameter(help="Progress and report, one JSON object a line.")] = False,
) -> int:
    """Add Markdown, reStructuredText, text, YANG and PDF files; unchanged ones are left alone."""
    if not paths:
        raise UsageError("Nothing to ingest", remedy="Name files or directories.")
    started = time.monotonic()
    with stoppable() as stop:
        if json:
            report = _run(paths, prune, _line, stop)
        else:
            with bar("ingesting") as show:
                report = _run(paths, prune, show, stop)
    if json:
        _write({"event": "report", **asdict(report)})
    else:
        sys.stdout.write(summary(report, time.monotonic() - started))
    if report.cancelled:
        return CANCELLED
    return ERROR if report.failed else OK


def _run(
    paths: tuple[Path, ...], prune: bool, progress: Callable[[IngestProgress], None], stop: Cancel
) -> IngestReport:
    settings = load(Home.find()).settings.retrieval
    with opened() as store:
        return bring_in(
            paths, store, embedder(), settings, prune=prune, progress=progress, cancel=stop
        )


def _line(progress: IngestProgress) -> None:
    _write({"event": "progress", **asdict(progress)})


def _write(value: dict[str, object]) -> None:
    sys.stdout.write(_json.dumps(value) + "\n")
    sys.stdout.flush()


def summary(report: IngestReport, seconds: float) -> str:
    """What happened, for people: one line of counts, then what went wrong or was guessed."""
    counts = {
        "added": report.added,
        "replaced": report.replaced,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "without text": report.empty,
        "failed": report.failed,
    }
    said = [f"{len(items)} {name}" for name, items in counts.items() if items]
    text = (", ".join(said) or "nothing to do") + "; "
    text += f"{plural(report.passages, 'passage')} in {seconds:.1f} s\n"
    if report.skipped:
        text += f"{plural(len(report.skipped), 'file')} of other formats skipped\n"
    text += _listed("failed", report.failed) + _listed("note", report.notes)
    if report.cancelled:
        text += "cancelled: finished documents are kept, run it again to go on\n"
    return text


def _listed(word: str, items: tuple[Failure, ...]) -> str:
    lines = [f"  {word}: {item.source}: {item.reason}\n" for item in items[:_LISTED]]
    if len(items) > _LISTED:
        lines.append(f"  {word}: {len(items) - _LISTED} more (--json lists all)\n")
    return "".join(lines)
