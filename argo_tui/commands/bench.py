"""`argo-tui bench`: how long the start takes, and one question part by part.

The larger benchmarks are files of their own, imported when called. Not responsible for measuring
(engine.bench).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from argo_tui.commands.options import Overrides
from argo_tui.guard import ERROR, OK
from engine.bench import tables
from engine.errors import ModelError
from engine.layers import load
from engine.paths import Home

app = App(name="bench", help="Measure the start, a question, every way to generate, answers.")
app.command(
    "argo_tui.commands.bench_speed:speed",
    name="speed",
    help="The published table and ours, row by row: tokens, seconds by part, share of the floor.",
)
app.command(
    "argo_tui.commands.bench_server:server",
    name="server",
    help="Throughput of an OpenAI-compatible server under concurrent questions.",
)
app.command(
    "argo_tui.commands.bench_answers:answers",
    name="answers",
    help="How many questions are answered rightly, cited and declined, and every miss to read.",
)

QUESTION = "What is the near-RT RIC and which control loops does it run?"

Runs = Annotated[int, Parameter(name=["--runs", "-n"], help="How often; the median counts.")]
Json = Annotated[bool, Parameter(help="One JSON object.")]
Markdown = Annotated[bool, Parameter(help="A Markdown table.")]
Shared = Annotated[Overrides | None, Parameter(name="*")]


@app.command
def start(
    *, runs: Runs = 5, overrides: Shared = None, json: Json = False, markdown: Markdown = False
) -> int:
    """Time the app from exec to its first frame and to a loaded model, in a pseudo-terminal."""
    from engine.bench.start import measure_start, middle

    arguments = overrides or Overrides()
    home = Home.find()
    weights = _can_run(arguments, home)
    command = [sys.executable, "-m", "argo_tui", *_app_flags(arguments)]
    measured = []
    for number in range(max(1, runs)):
        _tell(f"start {number + 1} of {max(1, runs)}")
        # Without weights the app would go and fetch some; only the frame is measured then.
        rest_s = 1.0 if weights else 0.0
        measured.append(measure_start(command, os.environ, wait_ready=weights, rest_s=rest_s))
    _tell("")
    if json:
        _print_json({"starts": measured, "median": middle(measured)})
    else:
        sys.stdout.write(tables.starts(measured, markdown=markdown))
    return OK if middle(measured).first_frame_s is not None else ERROR


@app.command
def ask(
    *question: str,
    runs: Runs = 3,
    overrides: Shared = None,
    in_app: Annotated[bool, Parameter(name="--app", help="Ask in the app too, and compare.")] = (
        False
    ),
    json: Json = False,
    markdown: Markdown = False,
) -> int:
    """Time one question end to end, split by step and part. The first run warms up."""
    from argo_tui.commands.request import admit
    from engine.bench.question import measure_question, typical
    from engine.events import Status

    asked = admit(" ".join(question) or QUESTION)
    arguments = overrides or Overrides()
    count = max(1, runs)
    with _engine(arguments) as argo:
        measured = []
        _tell("warming up")
        for run in measure_question(lambda: argo.answer(asked), count):
            measured.append(run)
            _tell(f"run {len(measured)} of {count}: {run.seconds:.2f} s")
    _tell("")
    compared = _in_app(arguments, asked, count) if in_app else []
    if json:
        found = {"question": asked, "runs": measured, "typical": typical(measured)}
        _print_json(found | ({"in_app": compared} if in_app else {}))
    else:
        _print_tables(measured, compared, markdown=markdown)
    return ERROR if any(run.status == Status.FAILED for run in measured) else OK


def _print_tables(measured: Sequence[Any], compared: Sequence[Any], *, markdown: bool) -> None:
    from engine.bench.question import typical

    run = typical(measured)
    sys.stdout.write(f"{run.profile} · {run.model} · {run.device} · {len(measured)} runs\n\n")
    sys.stdout.write(tables.question(measured, markdown=markdown))
    totals = ", ".join(f"{item.seconds:.3f}" for item in measured)
    sys.stdout.write(f"\nseconds of each run: {totals}\n")
    if compared:
        sys.stdout.write("\n" + tables.comparison(measured, compared, markdown=markdown))


@contextmanager
def _engine(overrides: Overrides) -> Iterator[Any]:
    from argo_tui.commands.ask import open_argo

    home = Home.find()
    argo = open_argo(load(home, flags=overrides.flags()), home, False)
    try:
        yield argo
    finally:
        argo.close()


def _in_app(overrides: Overrides, question: str, runs: int) -> list[Any]:
    from engine.bench.screen import measure_in_app
    from engine.runs import RunStore

    _tell("asking in the app")
    store = RunStore.open(Home.find().runs)
    command = [sys.executable, "-m", "argo_tui", *_app_flags(overrides)]
    try:
        return measure_in_app(command, os.environ, store, question, runs)
    finally:
        store.close()
        _tell("")


def _can_run(overrides: Overrides, home: Home) -> bool:
    from engine.models.registry import select

    settings = load(home, flags=overrides.flags()).settings
    try:
        select(settings, home, settings.profile)
    except ModelError:
        _tell("no weights: only the first frame is measured\n")
        return False
    return True


def _app_flags(overrides: Overrides) -> list[str]:
    """The same overrides as arguments of the app."""
    flags: list[str] = []
    for name, value in asdict(overrides).items():
        for item in value if isinstance(value, tuple) else [value]:
            if item is not None:
                flags += [f"--{name}", str(item)]
    return flags


def _print_json(found: dict[str, Any]) -> None:
    sys.stdout.write(msgspec.json.encode(found).decode() + "\n")


def _tell(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[2K{text}", end="", file=sys.stderr, flush=True)  # noqa: T201
