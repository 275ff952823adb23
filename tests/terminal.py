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
    """Starts `command` on a terminal of `columns` x `rows`; `raw` keeps every byte it wrote.

    `term` is what it calls itself. `draw` False keeps the bytes and renders nothing, for floods.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        directory: Path,
        columns: int = 100,
        rows: int = 30,
        *,
        term: str = "xterm-256color",
        draw: bool = True,
    ) -> None:
        self.raw = b""
        self._draw = draw
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._status: int | None = None
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            os.execvpe(command[0], list(command), {**environment, "TERM": term})
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        """As a window manager would."""
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, size)
        self._screen.resize(rows, columns)

    def send(self, text: str) -> None:
        """Keys."""
        os.write(self._descriptor, text.encode())

    def paste(self, text: str) -> None:
        """As a terminal with bracketed paste, one that passes everything on."""
        self.send(f"\x1b[200~{text}\x1b[201~")

    def hang_up(self) -> None:
        """The window is closed, the line is cut: nobody is there any more."""
        os.close(self._descriptor)
        self._descriptor = -1

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
            self._take(data)

    def read_slowly(self, bytes_per_s: int, seconds: float) -> None:
        """As over a line that carries no more than that."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self._descriptor], [], [], 0.05)[0]:
                data = os.read(self._descriptor, max(1, bytes_per_s // 20))
                self._take(data)
                time.sleep(len(data) / bytes_per_s)

    def _take(self, data: bytes) -> None:
        self.raw += data
        if self._draw:
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
            if self._descriptor >= 0:
                self.read()
            else:
                time.sleep(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status

    def close(self) -> None:
        """End the process if it still runs."""
        if self._status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if self._descriptor >= 0:
            os.close(self._descriptor)
