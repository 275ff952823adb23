"""The program as it is, with recorded runs in place of a model.

    python -m tools.endurance.app LOG PACE

Screens, threads and the run store are the real ones; ARGO_HOME says where it may write. Notes go to
LOG, one a line: `ended QUESTION-MARK ns` and `frame ns-taken ns-painted events`. With
ENDURANCE_MEMORY=FILE it also says where memory went, between the 20th and the latest of every 100
questions (tracemalloc: slow, so never while times are measured). Not responsible for driving or
measuring (tools.endurance.session).
"""

from __future__ import annotations

import os
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

import argo_tui.app
from argo_tui.app import ArgoApp
from argo_tui.parts import Parts, real_parts
from argo_tui.terminal import quiet
from engine.config import Settings
from engine.layers import Configuration, load
from engine.models.registry import ModelStatus, Selected
from engine.paths import Home
from tools.endurance.player import Player, read

PROFILES = ("0.5b", "1.5b-coder")
"""What the app believes to be here: two, so that two can be compared."""
FIRST, EVERY, LINES = 20, 100, 30
"""Questions before the first look at memory, between looks, and lines shown."""


class Notes:
    """One line a note, written at once; from any thread."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def add(self, *words: object) -> None:
        """A line."""
        os.write(self._file, (" ".join(map(str, words)) + "\n").encode())


class WatchedApp(ArgoApp):
    """Notes how long a batch of events takes until it is painted."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f10", "compare", "Compare", id="app.watched")]
    """One key to the comparison that no change of the app's keys takes away."""
    CSS_PATH = str(Path(argo_tui.app.__file__).parent / "styles" / "app.tcss")
    notes: ClassVar[Notes]

    def on_argo_app_drained(self, message: ArgoApp.Drained) -> None:
        """Textual calls this before the handler of the same name in ArgoApp, which draws."""
        taken = time.monotonic_ns()

        def painted() -> None:
            self.notes.add("frame", taken, time.monotonic_ns(), len(message.reports))

        # By way of the App's own queue: what the batch changes must have been asked for by then.
        self.call_later(lambda: self.screen.call_after_refresh(painted))


class MemoryWatch:
    """Compares what is allocated with what was after the first questions."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._asked = 0
        self._first: tracemalloc.Snapshot | None = None
        tracemalloc.start(6)

    def count(self) -> None:
        """One question more."""
        self._asked += 1
        if self._asked == FIRST:
            self._first = tracemalloc.take_snapshot()
        elif self._first and self._asked % EVERY == 0:
            now = tracemalloc.take_snapshot()
            text = [f"questions {FIRST} to {self._asked}"]
            for key in ("lineno", "traceback"):
                found = now.compare_to(self._first, key)[:LINES]
                text += ["", f"by {key}", *map(str, found)]
                if key == "traceback":
                    text += [line for one in found[:8] for line in ("", *one.traceback.format())]
            self._path.write_text("\n".join(text) + "\n", "utf-8")


def parts(home: Home, pace: float, ended: Callable[[str], None]) -> Parts:
    """The real edges, but for the models."""
    recordings = read()

    def open_engine(
        configuration: Configuration, profile: str, phase: Callable[[str], None]
    ) -> Player:
        phase("reading recorded runs")
        return Player(recordings, profile, pace, ended)

    def statuses(settings: Settings) -> Sequence[ModelStatus]:
        return [
            ModelStatus(name, name, name, 0, "", 0, home.data, True, "recorded")
            for name in PROFILES
        ]

    def select(settings: Settings, name: str) -> Selected:
        chosen = name if name in PROFILES else PROFILES[0]
        return Selected(chosen, settings.profiles[chosen], home.data, "recorded runs are played")

    return replace(real_parts(home), open_engine=open_engine, statuses=statuses, select=select)


def main() -> int:
    """Run until ctrl+q."""
    notes, home = Notes(Path(sys.argv[1])), Home.find()
    watch = MemoryWatch(Path(path)) if (path := os.environ.get("ENDURANCE_MEMORY")) else None

    def ended(question: str) -> None:
        if watch:
            watch.count()
        notes.add("ended", question.split()[-1], time.monotonic_ns())

    WatchedApp.notes = notes
    app = WatchedApp(load(home), home, parts(home, float(sys.argv[2]), ended))
    with quiet(home.data / "log" / "native.log"):
        app.run()
    return 1 if app.crash else app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
