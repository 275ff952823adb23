"""The app in a pseudo-terminal: asks, types, and notes when it can be seen.

Only what reaches the terminal counts. Not responsible for the app (tools.endurance.app) or for
figures (tools.endurance.figures).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from argo_tui.run_view import RunView
from argo_tui.widgets.turn import foot
from engine.bench.terminal import Terminal
from engine.errors import ArgoError
from tools.endurance.figures import Asked
from tools.endurance.player import Recording

_TIMEOUT_S = 60.0
_QUIT_S = 10.0
_CTRL_U, _CTRL_Q = "\x15", "\x11"
_EMPTY = "sk about O-RAN"
"""What an empty prompt says, after the cursor on its first letter."""


class Window(Terminal):
    """A terminal that can forget what was drawn: a long session draws more than can be searched
    at every key."""

    bytes_drawn = 0

    def forget(self) -> None:
        """From here on `drawn` is what comes."""
        self.bytes_drawn += len(self._drawn)
        self._drawn.clear()

    def shows(self, text: str) -> bool:
        """Whether it was drawn since `forget`."""
        return text.encode() in self._drawn


class Notes:
    """What the app has noted; read as it grows."""

    def __init__(self, path: Path) -> None:
        path.touch()
        self._file = path.open(encoding="utf-8")
        self.ended: dict[str, list[int]] = {}
        """Monotonic nanoseconds of the ends of each question's runs, by its mark."""
        self.frames: list[float] = []
        """Seconds from events to paint, since they were last taken."""

    def read(self) -> None:
        """Take in new lines."""
        while line := self._file.readline():
            match line.split():
                case ["ended", mark, ns]:
                    self.ended.setdefault(mark, []).append(int(ns))
                case ["frame", taken, painted, _]:
                    self.frames.append((int(painted) - int(taken)) / 1e9)

    def take_frames(self) -> list[float]:
        """Frames since the last call."""
        self.read()
        taken, self.frames = self.frames, []
        return taken

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class State:
    """What the process holds."""

    rss: int
    """Bytes."""
    threads: int
    files: int


class Session:
    """A context: the app runs inside it. Raises ArgoError where something never shows."""

    def __init__(self, home: Path, pace: float, environment: Mapping[str, str]) -> None:
        home.mkdir(parents=True, exist_ok=True)
        log = home / "endurance.log"
        self._notes = Notes(log)
        command = (sys.executable, "-m", "tools.endurance.app", str(log), str(pace))
        kept = {
            name: value
            for name, value in {**os.environ, **environment}.items()
            if not name.startswith(("ARGO_", "SSH_", "TEXTUAL"))
        }
        root = str(Path(__file__).parents[2])
        self.window = Window(command, kept | {"ARGO_HOME": str(home), "PYTHONPATH": root})
        self._process = psutil.Process(self.window.pid)

    def __enter__(self) -> Self:
        self.window.__enter__()
        self._until(lambda: self.window.mark("ready") is not None, "the app never got ready")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.window.__exit__(kind, error, trace)
        self._notes.close()

    def state(self) -> State:
        """Now."""
        with self._process.oneshot():
            return State(
                int(self._process.memory_info().rss),
                int(self._process.num_threads()),
                int(self._process.num_fds()),
            )

    def cpu_s(self) -> float:
        """Processor time of the app so far, to 10 ms."""
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def enter(self, text: str, mark: str) -> float:
        """Type a question that ends in its mark, send it: seconds until its turn is drawn."""
        self.window.forget()
        self.window.type(text)
        self._until(lambda: self.window.shows(mark), f"{mark} was typed and never shown")
        # The last key may still be drawn twice; nothing of it may pass for the turn.
        self.window.rest(0.05)
        self.window.forget()
        sent = time.monotonic_ns()
        self.window.type("\r")
        self._until(lambda: self.window.shows(mark), f"{mark} was sent and never shown")
        return (time.monotonic_ns() - sent) / 1e9

    def ended(self, mark: str) -> int:
        """How many runs of that question have ended."""
        self._notes.read()
        return len(self._notes.ended.get(mark, ()))

    def ask(self, number: int, recording: Recording) -> Asked:
        """One question that plays `recording`, until its last line stands on the screen."""
        mark = f"q{number}"
        cpu, drawn = self.cpu_s(), self._drawn()
        self._notes.take_frames()
        turn_s = self.enter(f"{question(recording)} {mark}", mark)
        self.answered(mark)
        last = last_line(recording)
        self._until(lambda: self.window.shows(last), f"«{last}» was never drawn")
        answer_s = (time.monotonic_ns() - self._notes.ended[mark][0]) / 1e9
        self.window.rest(0.02)
        return Asked(
            number=number,
            recording=recording.name,
            turn_s=turn_s,
            answer_s=answer_s,
            frames_s=tuple(self._notes.take_frames()),
            cpu_s=self.cpu_s() - cpu,
            drawn=self._drawn() - drawn,
            rss=self.state().rss,
        )

    def answered(self, mark: str, runs: int = 1) -> None:
        """Wait until so many runs of that question have ended."""
        self._until(lambda: self.ended(mark) >= runs, f"{mark} was never answered")

    def echo(self, character: str) -> float:
        """Press a key: seconds until its character is drawn."""
        self.window.forget()
        pressed = time.monotonic_ns()
        self.window.type(character)
        self._until(lambda: self.window.shows(character), f"«{character}» was never drawn")
        return (time.monotonic_ns() - pressed) / 1e9

    def clear(self) -> None:
        """Empty the prompt, and see it: letters that follow at once overtake ctrl+u."""
        self.press(_CTRL_U, (_EMPTY,), 0.05)

    def quit(self) -> bool:
        """Leave as a person does; whether the app ended."""
        self.window.type(_CTRL_Q)
        # The terminal is given back a moment before the process is gone.
        self.window.wait(lambda: False, _QUIT_S)
        try:
            self._process.wait(_QUIT_S)
        except psutil.TimeoutExpired:
            return False
        return True

    def press(self, keys: str, shows: Sequence[str], rest_s: float = 0.0) -> None:
        """Press keys and wait until all of these are drawn."""
        self.window.forget()
        self.window.type(keys)
        for text in shows:
            self._until(lambda text=text: self.window.shows(text), f"«{text}» never came")  # type: ignore[misc]
        if rest_s:
            self.window.rest(rest_s)

    def _drawn(self) -> int:
        self.window.forget()
        return self.window.bytes_drawn

    def _until(self, condition: Callable[[], bool], otherwise: str) -> None:
        if not self.window.wait(condition, _TIMEOUT_S):
            tail = self.window.drawn[-2_000:].decode(errors="replace")
            raise ArgoError(
                f"Endurance: {otherwise}",
                where=repr(tail),
                remedy="Start `python -m tools.endurance.app LOG 0.02` by hand and look.",
            )


def question(recording: Recording) -> str:
    """What was asked when it was recorded, in one line."""
    return " ".join(getattr(recording.events[0], "question", "").split())


def last_line(recording: Recording) -> str:
    """The last line of its turn, as it is drawn."""
    view = RunView("", "")
    for event in recording.events:
        view.apply(event)
    return "".join(text for text, _ in foot(view))
