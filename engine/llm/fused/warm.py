"""A child process that compiles a step once, for the disk: `python -m engine.llm.fused.warm TASK`.

Compiling takes a minute, and in the model's own process nobody could be answered meanwhile. What
the compiler made lies in a directory, from which the parent compiles in a second or two. The child
yields to everything else, and ends with its parent. Not responsible for using the step
(engine.llm.fused.background).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import IO, Final

import msgspec
from filelock import FileLock

from engine.llm.fused.compiled import ROOM, Mode, StaticStep, by_inductor
from engine.llm.fused.decoder import Decoder, Source
from engine.llm.hardware import use_physical_cores
from engine.models.adapter import open_adapter

_STEPS: Final = 3
"""The first compiles; a CUDA graph is recorded by the ones after it."""
_NICE: Final = 19
_WATCH_S: Final = 1.0
_GRACE_S: Final = 5.0
_CACHE: Final = "TORCHINDUCTOR_CACHE_DIR"


class Task(msgspec.Struct, frozen=True):
    """What the child needs to know."""

    source: Source
    mode: Mode
    store: Path
    parent: int


class Child:
    """The running child. Its last words are kept."""

    def __init__(self, task: Task) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        # -P: a folder named engine, where the program was started, is not ours.
        command = [sys.executable, "-P", "-m", "engine.llm.fused.warm"]
        self._process = subprocess.Popen(
            [*command, msgspec.json.encode(task, enc_hook=str).decode()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            # Compilers that it started end with it. No session of its own: Linux shares the
            # processor out by sessions first, and yielding would not count.
            process_group=0,
        )

    @property
    def running(self) -> bool:
        """Whether it is still compiling."""
        return self._process.poll() is None

    @property
    def problem(self) -> str:
        """Why it failed; empty where it did not. Call when it has ended."""
        code = self._process.returncode
        if code == 0:
            return ""
        self._errors.seek(0)
        said = self._errors.read().decode("utf-8", "replace").strip()
        return said.splitlines()[-1] if said else f"its compiler ended with code {code}"

    def end(self) -> None:
        """Stop it and what it started. May be called twice."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self.running:
                break
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE_S)
        self._errors.close()


def is_warm(store: Path) -> bool:
    """Whether a child has filled the directory to the end."""
    return (store / "warm").exists()


@contextlib.contextmanager
def compiler_cache(store: Path) -> Iterator[None]:
    """While the block runs, the compiler reads and writes there."""
    before = os.environ.get(_CACHE)
    os.environ[_CACHE] = str(store)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_CACHE, None)
        else:
            os.environ[_CACHE] = before


def main(argument: str) -> None:
    """Compile; the directory says that it is done. Raises whatever the compiler raises."""
    task = msgspec.json.decode(argument, type=Task, dec_hook=lambda kind, text: kind(text))
    _yield_to_others()
    with _ends_with(task.parent):
        task.store.mkdir(parents=True, exist_ok=True)
        # Another program may be compiling the same step just now.
        with FileLock(task.store / "lock"):
            if not is_warm(task.store):
                _compile(task)
                (task.store / "warm").touch()


def _yield_to_others() -> None:
    """A step that answers waits for each of its threads, so the child must not hold up one."""
    os.nice(_NICE)
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def _compile(task: Task) -> None:
    use_physical_cores()
    source = task.source
    adapter = open_adapter(source.adapter, source.directory) if source.adapter else None
    decoder = Decoder.load(
        source.directory, source.recipe, source.device, source.cache, adapter=adapter
    )
    with compiler_cache(task.store):
        step = StaticStep(decoder.network, by_inductor(task.mode, source.device), ROOM)
        for position in range(_STEPS):
            step(0, position)


@contextlib.contextmanager
def _ends_with(parent: int) -> Iterator[None]:
    """Look every second whether the parent lives; its death may come without a signal."""

    def look(_number: int, _frame: FrameType | None) -> None:
        if os.getppid() != parent:
            os.killpg(os.getpgrp(), signal.SIGKILL)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, _WATCH_S, _WATCH_S)
    try:
        yield
    finally:
        # An interpreter that ends takes its handlers back, and the signal alone is deadly.
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main(sys.argv[1])
