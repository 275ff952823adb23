"""`argo-tui runs`: list, show and export what was recorded.

Not responsible for the run store (engine.runs) or the formats (engine.export).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import App, Parameter

from argo_tui.commands.export_file import write_export
from argo_tui.guard import OK, UsageError, complain
from engine import export
from engine.events import Event
from engine.paths import Home
from engine.runs import RunStore, RunSummary

app = App(name="runs", help="List, show and export recorded runs.")

Format = Literal["md", "jsonl", "csv"]
Limit = Annotated[int, Parameter(help="At most so many.")]
Named = Annotated[str, Parameter(help="A run, the beginning of its name, or last.")]


@app.default
def list_runs(
    *,
    search: Annotated[str, Parameter(help="Words of the question or the answer.")] = "",
    profile: Annotated[str, Parameter(help="Runs of this profile alone.")] = "",
    limit: Limit = 20,
    json: Annotated[bool, Parameter(help="One JSON object a line.")] = False,
) -> int:
    """List recorded runs, the newest first."""
    with opened() as store:
        runs = store.runs(search=search, profile=profile, limit=max(0, limit))
    if json:
        for run in runs:
            sys.stdout.write(msgspec.json.encode(run).decode() + "\n")
    elif runs:
        _table(runs)
    else:
        narrowed = search or profile
        complain("no recorded run is like that" if narrowed else "no run is recorded yet")
    return OK


@app.command
def show(run: Named = "last") -> int:
    """Show a run as it looked."""
    with opened() as store:
        events = store.events(store.find(run))
    transcribe(events)
    return OK


@app.command(name="export")
def export_run(
    run: Named = "last",
    *,
    format: Annotated[Format | None, Parameter(help="Markdown (md), jsonl or csv.")] = None,
    events: Annotated[bool, Parameter(help="As a file to replay: the same as jsonl.")] = False,
    out: Annotated[Path | None, Parameter(help="A file; else standard output.")] = None,
) -> int:
    """Write a run as a document, or as a file that `argo-tui replay` plays."""
    if events and format not in (None, "jsonl"):
        raise UsageError(f"--events is a format of its own; leave out --format {format}")
    wanted: Format = "jsonl" if events else format or "md"
    with opened() as store:
        name = store.find(run)
        if wanted == "jsonl":
            # As recorded, so that events of a newer version are not lost.
            text = "".join(f"{line}\n" for line in store.lines(name))
        else:
            text = {"md": export.markdown, "csv": export.csv}[wanted](store.events(name))
    if out is None:
        sys.stdout.write(text)
    else:
        write_export(out, text, "Give another --out, or none for standard output.")
    return OK


@app.command
def path() -> int:
    """Print where the run store lies."""
    sys.stdout.write(f"{Home.find().runs}\n")
    return OK


def transcribe(events: Sequence[Event]) -> None:
    """Print a whole run, the answer and how it came about."""
    from rich.text import Text

    from argo_tui.transcript import Transcript, console

    out = console()
    transcript = Transcript(out, out, live=False)
    out.print(Text(getattr(events[0], "question", ""), style="bold"), soft_wrap=True)
    for event in events:
        transcript.show(event)


@contextmanager
def opened() -> Iterator[RunStore]:
    """The run store, closed afterwards. Raises StoreError."""
    store = RunStore.open(Home.find().runs)
    try:
        yield store
    finally:
        store.close()


def _table(runs: list[RunSummary]) -> None:
    from rich.cells import cell_len, set_cell_size
    from rich.text import Text

    from argo_tui.transcript import console

    rows = [("run", "started", "profile", "status", "steps", "seconds", "tokens")]
    rows += [
        (
            *(run.run[:8], run.started[:16].replace("T", " "), run.profile, run.status),
            *(str(run.steps), f"{run.seconds:.1f}", str(run.tokens)),
        )
        for run in runs
    ]
    widths = [max(cell_len(cell) for cell in column) for column in zip(*rows, strict=True)]
    out = console()
    # A pipe has no width: whole questions, never cut.
    room = max(10, out.width - sum(widths) - 2 * len(widths)) if out.is_terminal else 0
    questions = ["question", *(" ".join(run.question.split()) for run in runs)]
    for number, (cells, question) in enumerate(zip(rows, questions, strict=True)):
        left = [set_cell_size(cell, width) for cell, width in zip(cells, widths, strict=True)]
        left[4:] = [cell.rjust(width) for cell, width in zip(cells[4:], widths[4:], strict=True)]
        if room and cell_len(question) > room:
            question = set_cell_size(question, room - 1) + "…"
        line = Text("  ".join([*left, question]), style="" if number else "dim")
        out.print(line, soft_wrap=True)
