"""Ctrl-C and SIGTERM while a run is answered or a command has work to clear; and a lost terminal.

Not responsible for stopping (the engine asks `is_set` before every token), for clearing away, or
for the record of a run that was cut off (engine.runs sees that its process is gone).
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_NUMBERS: Final = (signal.SIGINT, signal.SIGTERM)


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

    with _handled_by(asked):
        yield stop


@contextmanager
def signals_interrupt(*, once: bool = False) -> Iterator[None]:
    """Both raise KeyboardInterrupt, so that what was begun is cleared away.

    `once`: a second one does not cut that short. SIGINT too: a shell starts background jobs with
    it ignored, and Python leaves it so.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        for each in _NUMBERS if once else ():
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    with _handled_by(interrupt):
        yield


@contextmanager
def ends_with_terminal() -> Iterator[None]:
    """While inside, the process ends when its terminal does, even where SIGHUP was ignored.

    Nobody could stop it any more, and it would keep the memory of the GPU. Textual's writer would
    die on the first frame, and its loop wait for that writer for ever.
    """
    before, old_hook = signal.signal(signal.SIGHUP, signal.SIG_DFL), threading.excepthook

    def writer_died(failure: threading.ExceptHookArgs) -> None:
        end_without_terminal()
        old_hook(failure)

    threading.excepthook = writer_died
    try:
        yield
    finally:
        threading.excepthook = old_hook
        signal.signal(signal.SIGHUP, before)


def end_without_terminal() -> None:
    """End the process here where its terminal has gone away; to be called every now and then."""
    watched = select.poll()
    watched.register(sys.__stdin__.fileno() if sys.__stdin__ else 0, 0)
    if any(state & (select.POLLHUP | select.POLLERR) for _, state in watched.poll(0)):
        os.kill(os.getpid(), signal.SIGHUP)


@contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Both signals, while inside."""
    before = {number: signal.signal(number, handler) for number in _NUMBERS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
