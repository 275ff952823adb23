"""Ctrl-C: the first asks the run to stop and keeps what is there, the second aborts.

Not responsible for stopping (the engine asks `is_set` before every token).
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """A cancel that a signal sets; satisfies engine.llm.backend.Cancel."""

    def __init__(self) -> None:
        self._set = False

    def set(self) -> None:
        """Ask the run to stop."""
        self._set = True

    def is_set(self) -> bool:
        """Whether the run was asked to stop."""
        return self._set


@contextmanager
def stoppable() -> Iterator[Stop]:
    """While inside, Ctrl-C and SIGTERM set the Stop; the second one raises KeyboardInterrupt."""
    stop = Stop()

    def asked(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        if sys.stderr.isatty():
            print("\nstopping (Ctrl-C again to abort)", file=sys.stderr, flush=True)  # noqa: T201

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
