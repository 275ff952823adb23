"""`argo-tui ask`: one question without the app, or a file of them.

Exit codes: 0 answered, 3 not found, 1 error, 2 usage, 130 cancelled. Not responsible for how an
answer looks (argo_tui.transcript) or for files of questions (argo_tui.commands.batch).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from argo_tui.commands.options import Overrides
from argo_tui.commands.request import Answerer, Opener, Request, admit, given
from argo_tui.commands.weights import ensure_weights
from argo_tui.guard import CANCELLED, ERROR, NOT_FOUND, OK, UsageError, complain
from argo_tui.interrupt import Stop, stoppable
from argo_tui.recording import Recorder
from engine.errors import ArgoError, StoreError
from engine.events import Event, RunFinished, Status, encode
from engine.layers import Configuration, load
from engine.paths import Home
from engine.runs import RunStore
from engine.text import clean

EXIT = {
    Status.ANSWERED: OK,
    Status.NOT_FOUND: NOT_FOUND,
    Status.FAILED: ERROR,
    Status.CANCELLED: CANCELLED,
}


def ask(
    *question: Annotated[str, Parameter(help="The question; - reads it from standard input.")],
    overrides: Overrides | None = None,
    option: Annotated[
        tuple[str, ...],
        Parameter(n_tokens=1, help="An option of a multiple-choice question; repeatable."),
    ] = (),
    after: Annotated[
        str | None,
        Parameter(help="The question before, which this one may lean on («and its latency?»)."),
    ] = None,
    json: Annotated[bool, Parameter(help="Print the events, one JSON object a line.")] = False,
    quiet: Annotated[bool, Parameter(help="Print no steps on stderr.")] = False,
    no_input: Annotated[bool, Parameter(help="Never ask whether to fetch weights.")] = False,
    record: Annotated[
        bool, Parameter(negative="--no-record", help="Keep the run in the run store (default).")
    ] = True,
    batch: Annotated[
        str | None, Parameter(help="A file of questions, one a line; - is standard input.")
    ] = None,
    out: Annotated[Path | None, Parameter(help="Where the answers of a batch go.")] = None,
    resume: Annotated[
        bool,
        Parameter(negative="--no-resume", help="Go on after what --out holds already (default)."),
    ] = True,
) -> int:
    """Answer a question, or a file of them, without the app."""
    request = Request(
        question=" ".join(question),
        options=option,
        after=after,
        json=json,
        quiet=quiet,
        no_input=no_input,
        record=record,
        batch=batch,
        out=out,
        resume=resume,
    )
    return run(request, overrides or Overrides(), open_argo)


def run(request: Request, overrides: Overrides, opener: Opener) -> int:
    """Carry a request out. Returns the exit code; raises UsageError and ArgoError."""
    flags = overrides.flags()
    if request.batch is None:
        if request.out is not None:
            raise UsageError("--out belongs to --batch")
        question = admit(given(request.question))
    elif request.question:
        raise UsageError("give a question or --batch, not both")
    elif request.after is not None:
        raise UsageError("--after belongs to a single question, not to --batch")
    home = Home.find()
    configuration = load(home, flags=flags)
    recorder = Recorder(_store(home) if request.record else None, complain)
    argo = opener(configuration, home, not request.no_input)
    try:
        with stoppable() as stop:
            if request.batch is not None:
                from argo_tui.commands.batch import run_batch

                return run_batch(argo, recorder, stop, request)
            return answer(argo, recorder, stop, question, request)
    finally:
        argo.close()
        recorder.close()


def open_argo(configuration: Configuration, home: Home, may_ask: bool) -> Answerer:
    """The engine, with its phases on stderr where somebody watches."""
    ensure_weights(configuration.settings, home, may_ask=may_ask)
    from engine.argo import Argo

    watched = sys.stderr.isatty()

    def phase(text: str) -> None:
        if watched:
            print(f"\r\x1b[2K\x1b[2m{clean(text)}\x1b[0m", end="", file=sys.stderr, flush=True)  # noqa: T201

    try:
        return Argo.open(home=home, configuration=configuration, notice=phase)
    finally:
        if watched:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)  # noqa: T201


def answer(argo: Answerer, recorder: Recorder, stop: Stop, question: str, request: Request) -> int:
    """Answer one question and show it. Returns the exit code."""
    show = _json_lines if request.json else _transcript(request)
    status = Status.FAILED
    events = argo.answer(question, options=request.options, earlier=request.after, cancel=stop)
    for event in recorder.record(events):
        if isinstance(event, RunFinished):
            status = event.status
        try:
            show(event)
        except BrokenPipeError:
            # The reader has enough. The run ends in order, recorded as cancelled.
            stop.set()
            show = _nothing
    return EXIT[status]


def _store(home: Home) -> RunStore:
    try:
        return RunStore.open(home.runs)
    except StoreError as error:
        remedy = f"{error.remedy} With --no-record the question is answered all the same."
        raise ArgoError(error.what, where=error.where, remedy=remedy) from error


def _transcript(request: Request) -> Callable[[Event], None]:
    from argo_tui.transcript import Transcript, console

    return Transcript(console(), console(stderr=True), trace=not request.quiet).show


def _json_lines(event: Event) -> None:
    sys.stdout.buffer.write(encode(event) + b"\n")
    sys.stdout.buffer.flush()


def _nothing(event: Event) -> None:
    pass
