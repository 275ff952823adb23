"""`argo-tui models`: which models there are, and `fetch`, which gets one.

`fetch --json` prints one FetchProgress object a line; the screen starts it as a child process.
Ends with 0 (done), 1 (failed), 2 (wrong usage) or 130 (cancelled by SIGINT or SIGTERM; what has
arrived is kept). Not responsible for how models are found or fetched (engine.models).
"""

from __future__ import annotations

import dataclasses
import sys
from typing import Annotated

import cyclopts
import msgspec
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table
from rich.text import Text

from argo_tui.interrupt import signals_interrupt
from engine.errors import ArgoError
from engine.layers import load
from engine.models.child import FetchCancelledError
from engine.models.fetch import FetchProgress, fetch
from engine.models.memory import gigabytes
from engine.models.registry import ModelStatus, statuses
from engine.paths import Home

app = cyclopts.App(name="models", help="List the models, and fetch one.")

Json = Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")]

CANCELLED = 130


@app.default
def list_models(*, as_json: Json = False) -> int:
    """List the models: size, licence, where they are, and whether they can run now."""
    try:
        home = Home.find()
        found = statuses(load(home).settings, home)
    except ArgoError as error:
        return _fail(error)
    if as_json:
        sys.stdout.write(msgspec.json.encode([_plain(s) for s in found]).decode() + "\n")
    else:
        console = Console()
        console.print(listing(found))
        console.print(reasons(found), soft_wrap=True)
    return 0


@app.command(name="fetch")
def fetch_model(name: str, /, *, as_json: Json = False) -> int:
    """Fetch a model: download, verify, convert. Continues where an earlier fetch was ended.

    Parameters
    ----------
    name
        A profile or a model.
    """
    try:
        with signals_interrupt():
            home = Home.find()
            settings = load(home).settings
            if as_json:
                fetch(name, settings, home, progress=_print_json)
            else:
                _fetch_with_bar(name, home)
    except (KeyboardInterrupt, FetchCancelledError):
        sys.stderr.write(f"Cancelled. Continue with: argo-tui models fetch {name}\n")
        return CANCELLED
    except ArgoError as error:
        return _fail(error)
    return 0


def listing(found: list[ModelStatus]) -> Table:
    """The list as people read it; fits 80 columns, the reasons below each profile."""
    result = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Profile", "Model", "Parameters", "Download", "Licence", "Runs now"):
        right = heading in ("Parameters", "Download")
        result.add_column(heading, justify="right" if right else "left", no_wrap=True)
    for status in found:
        result.add_row(
            Text(status.profile, "bold"),
            Text(status.title),
            Text(f"{status.parameters / 1e9:.2f} B" if status.parameters else ""),
            Text(gigabytes(status.bytes) if status.bytes else ""),
            Text(status.licence),
            _runs(status),
        )
    return result


def _runs(status: ModelStatus) -> Text:
    if status.can_run:
        return Text("yes" if status.url is None else "server", "green")
    return Text("no", "yellow")


def reasons(found: list[ModelStatus]) -> Text:
    """Why each profile can or cannot run, and where its weights are."""
    lines = Text()
    for status in found:
        lines.append(f"\n{status.profile}: ", "bold").append(status.why)
        if status.directory:
            lines.append(f"\n    {status.directory}", "dim")
    return lines


def _fetch_with_bar(name: str, home: Home) -> None:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task(f"looking for {name}", total=None)

        def show(progress: FetchProgress) -> None:
            bars.update(
                task,
                description=progress.text,
                completed=progress.done,
                total=progress.total or None,
            )

        directory = fetch(name, load(home).settings, home, progress=show)
    Console(soft_wrap=True).print(Text(str(directory)))


def _print_json(progress: FetchProgress) -> None:
    sys.stdout.write(msgspec.json.encode(progress).decode() + "\n")
    sys.stdout.flush()


def _plain(status: ModelStatus) -> dict[str, object]:
    directory = str(status.directory) if status.directory else None
    return {**dataclasses.asdict(status), "directory": directory}


def _fail(error: ArgoError) -> int:
    sys.stderr.write(f"argo-tui: {error}\n")
    return 1
