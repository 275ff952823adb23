"""A program in a pseudo-terminal, as a person would start it.

Reads what the program draws, so that it never waits for its terminal. Not responsible for what
is measured (engine.bench.start, engine.bench.screen).
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import tempfile
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

ROWS: Final = 40
COLUMNS: Final = 120
_TICK_S: Final = 0.002


class Terminal:
    """A context: the program runs inside it and is gone after it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start `command`; its marks (ARGO_TRACE) are read with `mark`. Raises OSError."""
        self._traces = tempfile.TemporaryDirectory(prefix="argo-bench-")
        self._trace = Path(self._traces.name) / "trace"
        self._drawn = bytearray()
        self._main, end = pty.openpty()
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        wanted = {
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "ARGO_TRACE": str(self._trace),
        }
        self.started_ns = time.monotonic_ns()
        """CLOCK_MONOTONIC, just before the program was executed."""
        self._process = subprocess.Popen(
            command,
            stdin=end,
            stdout=end,
            stderr=end,
            env={**environment, **wanted},
            start_new_session=True,
        )
        os.close(end)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._main)
        self._traces.cleanup()

    @property
    def pid(self) -> int:
        """Of the program."""
        return self._process.pid

    @property
    def drawn(self) -> bytes:
        """Everything that the program wrote to its terminal."""
        return bytes(self._drawn)

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._main, text.encode())

    def mark(self, name: str) -> float | None:
        """Seconds from the start to the first mark of that name; None where there is none."""
        try:
            lines = self._trace.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return None
        for line in lines:
            word, _, ns = line.partition(" ")
            if word == name and ns.isdigit():
                return (int(ns) - self.started_ns) / 1e9
        return None

    def wait(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Read until the condition holds. False where it does not in time, or the program ends."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline or not self._read():
                return condition()
        return True

    def rest(self, seconds: float) -> None:
        """Let the program be, reading what it draws."""
        self.wait(lambda: False, seconds)

    def _read(self) -> bool:
        readable, _, _ = select.select([self._main], [], [], _TICK_S)
        if readable:
            try:
                self._drawn += os.read(self._main, 65_536)
            except OSError:
                return False
        return self._process.poll() is None
