"""What the program is made of at its edges, so that tests can put something else there.

Imports the engine only when a part is used: the first frame comes before torch. Not responsible
for what the parts do.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from argo_tui.crash import write_report
from argo_tui.edges import Engine, OpenEngine, OpenRecorder, Recorder
from engine.config import Settings
from engine.events import Action, Event
from engine.layers import Configuration
from engine.paths import Home

if TYPE_CHECKING:
    from engine.models.registry import ModelStatus, Selected
    from engine.runs import RunSummary


HISTORY = 100
"""Earlier questions that the prompt knows."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The edges."""

    open_engine: OpenEngine
    open_recorder: OpenRecorder
    statuses: Callable[[Settings], Sequence[ModelStatus]]
    select: Callable[[Settings, str], Selected]
    """Raises ModelError where nothing can run."""
    recorded: Callable[[str], Sequence[Event]]
    """The events of a recorded run. Raises StoreError."""
    seconds: Callable[[str], Mapping[Action, float]]
    """Mean seconds of each action in a profile's recorded runs. Raises StoreError."""
    questions: Callable[[], Sequence[str]]
    """Earlier questions, oldest first. Raises StoreError."""
    cut_off: Callable[[], RunSummary | None]
    """The last run, where it was interrupted. Raises StoreError."""
    fetch_command: Callable[[str], Sequence[str]]
    report_crash: Callable[[BaseException], Path]
    clock: Callable[[], float]
    """Seconds, monotonic."""
    memory: Callable[[], int]
    """Bytes this process holds."""


def real_parts(home: Home) -> Parts:
    """The engine, the run store, the model registry and this machine."""

    def open_engine(
        configuration: Configuration, profile: str, phase: Callable[[str], None]
    ) -> Engine:
        phase("importing")
        from engine.argo import Argo

        return Argo.open(profile, home=home, configuration=configuration, notice=phase)

    def open_recorder() -> Recorder:
        from engine.runs import RunStore

        return RunStore.open(home.runs)

    def recorded(run: str) -> Sequence[Event]:
        from engine.runs import RunStore

        store = RunStore.open(home.runs)
        try:
            return store.events(run)
        finally:
            store.close()

    def seconds(profile: str) -> Mapping[Action, float]:
        from engine.session import recorded_seconds

        return recorded_seconds(home, profile)

    def questions() -> Sequence[str]:
        if not home.runs.exists():
            return ()
        from engine.runs import RunStore

        store = RunStore.open(home.runs)
        try:
            return [run.question for run in reversed(store.runs(limit=HISTORY))]
        finally:
            store.close()

    def cut_off() -> RunSummary | None:
        if not home.runs.exists():
            return None
        from argo_tui.interrupted import cut_off as of
        from engine.runs import RunStore

        store = RunStore.open(home.runs)
        try:
            return of(store.runs(limit=HISTORY))
        finally:
            store.close()

    def statuses(settings: Settings) -> Sequence[ModelStatus]:
        from engine.models.registry import statuses as of

        return of(settings, home)

    def select(settings: Settings, name: str) -> Selected:
        from engine.models.registry import select as of

        return of(settings, home, name)

    return Parts(
        open_engine=open_engine,
        open_recorder=open_recorder,
        statuses=statuses,
        select=select,
        recorded=recorded,
        seconds=seconds,
        questions=questions,
        cut_off=cut_off,
        fetch_command=lambda name: (
            sys.executable,
            "-m",
            "argo_tui",
            "models",
            "fetch",
            name,
            "--json",
        ),
        report_crash=lambda error: write_report(home.data / "crash", error),
        clock=time.monotonic,
        memory=resident_bytes,
    )


def resident_bytes() -> int:
    """Resident set of this process."""
    import psutil

    return int(psutil.Process().memory_info().rss)
