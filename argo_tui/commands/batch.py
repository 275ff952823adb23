"""`argo-tui ask --batch`: a file of questions, one JSON object a line back.

An input line is plain text, an object {"id", "question", "options"}, or an array
["question", ["option", ...], ...]. A bad line becomes a result with status failed and its line
number; it never stops the batch. Not responsible for single questions (argo_tui.commands.ask).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import IO, Any

import msgspec

from argo_tui.commands.batch_output import Result, reopened
from argo_tui.commands.options import STDIN
from argo_tui.commands.request import Answerer, Request, admit
from argo_tui.guard import CANCELLED, ERROR, OK
from argo_tui.interrupt import Stop
from argo_tui.recording import Recorder
from engine.errors import ArgoError, DocumentError
from engine.events import (
    Event,
    RunFailed,
    RunFinished,
    RunStarted,
    Status,
    SynthesisDone,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the input, from 1. `error` says why it cannot be asked."""

    number: int
    question: str
    options: tuple[str, ...] = ()
    id: str | int | None = None
    error: str = ""


def run_batch(argo: Answerer, recorder: Recorder, stop: Stop, request: Request) -> int:
    """Answer every line. 0 where no line failed, else 1; 130 where the user stopped it."""
    failed = False
    lines = list(read(request.batch or STDIN))
    with (
        reopened(request.out, lines, resume=request.resume)
        if request.out
        else nullcontext((sys.stdout.buffer, 0)) as (out, done)
    ):
        for position, line in enumerate(lines, 1):
            if line.number <= done:
                continue
            if stop.is_set():
                return CANCELLED
            result = answered(argo, recorder, stop, line)
            failed |= result.status == Status.FAILED
            _write(out, result)
            if not request.quiet:
                _progress(result, position, len(lines))
    if stop.is_set():
        return CANCELLED
    return ERROR if failed else OK


def read(path: str) -> Iterator[Line]:
    """The questions of a file; empty lines are skipped. Raises DocumentError."""
    try:
        data = sys.stdin.buffer.read() if path == STDIN else _bytes(path)
    except OSError as error:
        raise DocumentError(
            f"Cannot read the questions: {error.strerror or error}",
            where=path,
            remedy="Give a text file with one question a line.",
        ) from None
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            yield parse(number, line)


def parse(number: int, line: bytes) -> Line:
    """One line: an object, an array or plain text."""
    text = line.decode("utf-8", "replace").strip()
    try:
        if text.startswith("{"):
            item = msgspec.json.decode(text, type=_Object)
            found = Line(number, item.question, item.options, item.id)
        elif text.startswith("["):
            question, options = msgspec.json.decode(text, type=list[Any])[:2]
            found = Line(number, *msgspec.convert((question, options), tuple[str, tuple[str, ...]]))
        else:
            found = Line(number, text)
    except (msgspec.DecodeError, ValueError) as error:
        return Line(number, text[:200], error=f"line {number} is not a question: {error}")
    return _admitted(found)


def answered(argo: Answerer, recorder: Recorder, stop: Stop, line: Line) -> Result:
    """Ask one line. Never raises for a run that goes wrong."""
    if line.error:
        return Result(
            line=line.number, id=line.id, question=line.question, status=Status.FAILED,
            error=line.error,
        )  # fmt: skip
    events = argo.answer(line.question, options=line.options, cancel=stop)
    try:
        return collected(line, recorder.record(events))
    except Exception as error:
        # A defect in one answer must not cost the other thousand.
        import logging

        logging.getLogger(__name__).exception("line %d failed", line.number)
        return Result(
            line=line.number, id=line.id, question=line.question, status=Status.FAILED,
            error=f"{type(error).__name__}: {error}",
        )  # fmt: skip


def collected(line: Line, events: Iterable[Event]) -> Result:
    """The result of one run."""
    found: dict[str, Any] = {}
    for event in events:
        match event:
            case RunStarted():
                found |= {"run": event.run, "profile": event.profile}
            case SynthesisDone():
                found |= {"text": event.text, "citations": event.citations, "choice": event.choice}
            case RunFailed():
                found["error"] = str(ArgoError(event.what, where=event.where, remedy=event.remedy))
            case RunFinished():
                found |= {"status": event.status, "steps": event.steps, "seconds": event.ns / 1e9}
    return Result(line=line.number, id=line.id, question=line.question, **found)


class _Object(msgspec.Struct):
    question: str
    id: str | int | None = None
    options: tuple[str, ...] = ()


def _admitted(line: Line) -> Line:
    try:
        question = admit(line.question)
    except ArgoError as error:
        message = f"line {line.number}: {error.what}"
        return Line(line.number, line.question[:200], (), line.id, message)
    return Line(line.number, question, line.options, line.id)


def _bytes(path: str) -> bytes:
    from pathlib import Path

    return Path(path).expanduser().read_bytes()


def _write(out: IO[bytes], result: Result) -> None:
    out.write(msgspec.json.encode(result) + b"\n")
    out.flush()


def _progress(result: Result, position: int, total: int) -> None:
    error = f" ({result.error})" if result.error else ""
    print(  # noqa: T201
        f"{position}/{total} {result.status} {result.seconds:.1f} s{error}",
        file=sys.stderr,
        flush=True,
    )
