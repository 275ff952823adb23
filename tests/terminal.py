"""A real terminal for tests: a process on a pseudo-terminal, its screen rendered by pyte."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyte


class Terminal:
    """Starts `command` on a terminal of `columns` x `rows`; `raw` keeps every byte it wrote."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        directory: Path,
        columns: int = 100,
        rows: int = 30,
    ) -> None:
        self.raw = b""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._status: int | None = None
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            os.execvpe(command[0], list(command), {**environment, "TERM": "xterm-256color"})
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        """As a window manager would."""
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, size)
        self._screen.resize(rows, columns)

    def send(self, text: str) -> None:
        """Keys."""
        os.write(self._descriptor, text.encode())

    @property
    def text(self) -> str:
        """What a person would see."""
        return "\n".join(self._screen.display)

    def read(self, seconds: float = 0.1) -> None:
        """Take in what the process writes in that time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self._descriptor], [], [], left)[0]:
                return
            try:
                data = os.read(self._descriptor, 65_536)
            except OSError:
                return
            self.raw += data
            self._stream.feed(data)

    def wait_for(self, condition: str | Callable[[str], bool], limit_s: float = 30.0) -> str:
        """Read until the screen holds a text; it is returned. Raises AssertionError."""
        holds = condition if callable(condition) else lambda text: condition in text
        end = time.monotonic() + limit_s
        while not holds(self.text):
            if time.monotonic() > end:
                raise AssertionError(f"{condition} never appeared:\n{self.text}")
            self.read()
        return self.text

    def wait(self, limit_s: float = 20.0) -> int:
        """The exit status of the process. Raises AssertionError where it does not end."""
        end = time.monotonic() + limit_s
        while self._status is None:
            if time.monotonic() > end:
                raise AssertionError(f"it never ended:\n{self.text}")
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status

    def close(self) -> None:
        """End the process if it still runs."""
        if self._status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._descriptor)
