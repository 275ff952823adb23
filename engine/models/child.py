"""Run a program that downloads, and watch it: progress, cancel, its last words.

A child process can be ended at any moment, which a call into a library cannot. Not responsible
for what is run or where the bytes go (engine.models.hub, engine.models.wheels).
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from engine.errors import ModelError
from engine.llm.backend import Cancel

_POLL_S = 0.2
_GRACE_S = 5.0


class FetchCancelledError(ModelError):
    """The user ended a download. What was complete is kept for the next time."""

    def __init__(self, model: str) -> None:
        super().__init__(
            "The download was cancelled",
            where=model,
            remedy=f"Continue it with: argo-tui models fetch {model}",
        )


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended."""

    code: int
    output: str
    errors: str


def run_child(
    arguments: Sequence[str],
    *,
    model: str,
    environment: Mapping[str, str],
    watch: Callable[[str], None],
    cancel: Cancel | None,
) -> Ended:
    """Run to the end, calling `watch` with the output so far about five times a second.

    Raises FetchCancelledError within a second of a cancel; the child is gone by then, also where
    `watch` or a signal handler raises.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env=dict(environment),
        )
        try:
            while process.poll() is None:
                if cancel is not None and cancel.is_set():
                    raise FetchCancelledError(model)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL_S)
                watch(_text(output))
        finally:
            _end(process)
        return Ended(process.returncode, _text(output), _text(errors))


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _text(file: IO[bytes]) -> str:
    # Parent and child share one file offset: `pread` leaves it where the child writes.
    size = os.fstat(file.fileno()).st_size
    return os.pread(file.fileno(), size, 0).decode("utf-8", "replace")
