"""A server as a child process: started, waited for until it is healthy, watched, ended.

It never outlives us: a signal ends it, and on Linux so does our own sudden death. Not responsible
for what is run (engine.llm.server.vllm).
"""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from engine.errors import ModelError

_POLL_S: Final = 0.2
_GRACE_S: Final = 15.0
_PR_SET_PDEATHSIG: Final = 1


@contextmanager
def child(arguments: Sequence[str], environment: Mapping[str, str]) -> Iterator[Server]:
    """A server while the block runs. Its output goes to our standard error. Raises ModelError."""
    try:
        process = subprocess.Popen(
            list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
            env=dict(environment),
            start_new_session=True,  # Ctrl+C reaches us alone; the group is ended in order
            preexec_fn=_die_with_parent(),
        )
    except OSError as error:
        raise ModelError(
            f"The server cannot be started: {error.strerror or error}",
            where=arguments[0],
            remedy="Check the program and its permissions.",
        ) from None
    try:
        yield Server(process)
    finally:
        _end(process)


class Server:
    """A running child."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def wait_healthy(self, host: str, port: int, waiting: Callable[[float], None]) -> None:
        """Until GET /health answers 200. `waiting` is told the seconds. Raises ModelError."""
        start = time.monotonic()
        while not _healthy(host, port):
            waiting(time.monotonic() - start)
            self.raise_if_ended("before it was healthy")
            time.sleep(_POLL_S)
        # Another program on that port may have answered.
        self.raise_if_ended("although something answers on that port: choose another with --port")

    def watch(self) -> None:
        """As long as it runs. Raises ModelError when it ends by itself."""
        while self._process.poll() is None:
            time.sleep(_POLL_S)
        self.raise_if_ended("by itself")

    def raise_if_ended(self, when: str) -> None:
        """Raises ModelError."""
        code = self._process.poll()
        if code is not None:
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            raise ModelError(
                f"The server ended {when} ({how})",
                remedy="Its own words are above; flags for it go after --.",
            )


def _healthy(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2.0)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """The whole group: a server has engine processes of its own."""
    for number, patience in ((signal.SIGTERM, _GRACE_S), (signal.SIGKILL, _GRACE_S)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if process.poll() is not None and not _group_lives(process.pid):
                return
            time.sleep(0.05)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _die_with_parent() -> Callable[[], None] | None:
    """What the child does first: ask the kernel for SIGTERM when its parent is gone."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
