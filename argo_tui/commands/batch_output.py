"""The results of a batch: their form, and a file that a second start goes on with.

Not responsible for asking (argo_tui.commands.batch).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

import msgspec

from engine.errors import DocumentError
from engine.events import Choice, Citation, Status


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the output."""

    line: int
    """Of the input, from 1."""
    id: str | int | None = None
    question: str
    status: Status
    text: str = ""
    citations: tuple[Citation, ...] = ()
    choice: Choice | None = None
    steps: int = 0
    seconds: float = 0.0
    profile: str = ""
    run: str = ""
    error: str = ""


class Asked(Protocol):
    """A line of the input."""

    @property
    def number(self) -> int:
        """From 1."""
        ...

    @property
    def question(self) -> str:
        """As asked."""
        ...


@contextmanager
def reopened(
    path: Path, lines: Sequence[Asked], *, resume: bool
) -> Iterator[tuple[IO[bytes], int]]:
    """The file to append to, and the number of the last line that is done.

    A torn last line, and a last line that was cancelled, are cut off. Raises DocumentError where
    the file cannot be written or holds something else.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("r+b" if path.exists() else "w+b") as file:
            size, done = _complete(path, file, lines) if resume else (0, 0)
            file.truncate(size)
            file.seek(size)
            yield file, done
    except OSError as error:
        raise DocumentError(
            f"Cannot write the answers: {error.strerror or error}",
            where=str(path),
            remedy="What was written stays; the same command goes on from there.",
        ) from None


def _complete(path: Path, file: IO[bytes], lines: Sequence[Asked]) -> tuple[int, int]:
    """How many bytes are complete results, and the number of the last input line among them."""
    questions = {line.number: line.question for line in lines}
    size = done = 0
    for raw in file:
        try:
            result = msgspec.json.decode(raw, type=Result)
        except (msgspec.DecodeError, ValueError):
            if raw.endswith(b"\n"):
                raise _foreign(path, "it holds something else") from None
            break
        if not raw.endswith(b"\n") or result.status is Status.CANCELLED:
            break
        if questions.get(result.line) != result.question:
            raise _foreign(path, f"its question {result.line} is another one")
        size += len(raw)
        done = result.line
    return size, done


def _foreign(path: Path, why: str) -> DocumentError:
    return DocumentError(
        f"This is not the output of the same batch: {why}",
        where=str(path),
        remedy="Give another --out, or --no-resume to write it anew.",
    )
