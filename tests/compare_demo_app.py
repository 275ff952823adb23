"""The comparison with scripted engines, for looking at: `python -m tests.compare_demo_app`.

Not a test. Nothing is loaded; exports go to a directory of their own. Options: the number of
columns, the pace.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from argo_tui.bridge import Bridge
from argo_tui.compare.fleet import Fleet
from argo_tui.compare.stage import Stage
from argo_tui.crash import write_report
from argo_tui.screens.compare import CompareScreen
from engine.comparison.plan import Mode, Need, Plan, plan
from engine.events import Event, RunStarted, SynthesisDelta, SynthesisDone
from engine.layers import Configuration, load
from engine.paths import Home
from tests import samples
from tests.screen.panels import Host
from tests.scripted import INFO, MemoryRecorder, ScriptedEngine, script_for

LABELS = ("0.5b", "135m", "1.5b-coder", "0.5b one_shot")
GIGABYTE = 1_000_000_000


def slower(factor: float, words: dict[str, str], question: str) -> list[Event]:
    """The scripted run at another speed and in other words."""
    return [_changed(event, factor, words) for event in script_for(question)]


def _changed(event: Event, factor: float, words: dict[str, str]) -> Event:
    changes: dict[str, Any] = {"at_ns": int(event.at_ns * factor)}
    if hasattr(event, "ns"):
        changes["ns"] = int(event.ns * factor)
    if isinstance(event, SynthesisDelta | SynthesisDone):
        text = event.text
        for old, new in words.items():
            text = text.replace(old, new)
        changes["text"] = text
    return msgspec.structs.replace(event, **changes)


VOICES = (
    partial(slower, 1.0, {}),
    partial(slower, 0.45, {"carries": "transports", "loops": "cycles", "specified": "published"}),
    partial(slower, 2.1, {"lets": "allows", "control": "to steer"}),
    partial(slower, 0.8, {}),
)


class Troupe:
    """Bridges to scripted engines that share a record."""

    def __init__(self, directory: Path, pace: float, load_s: float = 0.0) -> None:
        self.recorder = MemoryRecorder()
        self.kept: list[tuple[Any, ...]] = []
        self.votes: list[tuple[str, int]] = []
        self.fails: dict[str, Exception] = {}
        self._directory = directory
        self._pace = pace
        self._load_s = load_s

    def bridge(self) -> Bridge:
        """Not started."""
        return Bridge(
            self._open,
            lambda: self.recorder,
            lambda error: write_report(self._directory / "crash", error),
        )

    def _open(
        self, configuration: Configuration, profile: str, phase: Callable[[str], None]
    ) -> ScriptedEngine:
        phase("loading weights")
        time.sleep(self._load_s)
        if profile in self.fails:
            raise self.fails[profile]
        voice = VOICES[LABELS.index(profile)]
        info = replace(INFO, name=f"secret-{profile}")
        return ScriptedEngine(script=voice, pace=self._pace, profile_name=profile, info=info)

    def recorded(self, run: str) -> Sequence[Event]:
        """What the recorder has of a run."""
        events = [event for event in self.recorder.events if event.run == run]
        return events if events and isinstance(events[0], RunStarted) else ()


def stage(troupe: Troupe, directory: Path, labels: Sequence[str], **changes: Any) -> Stage:
    """All edges of the screen, scripted."""
    home = Home(directory / "config", directory / "data", directory / "cache")
    configuration = load(home, environment={}, directory=directory)
    fleet = Fleet(troupe.bridge)
    needs = [Need(label, GIGABYTE, "cpu") for label in labels]

    def arrange(wish: Mode | None) -> Plan:
        found = plan(needs, 8 * GIGABYTE, wish)
        fleet.arrange([(configuration, label) for label in labels], found.mode)
        return found

    made = Stage(
        fleet=fleet,
        arrange=arrange,
        keep=lambda *kept: troupe.kept.append(kept),
        vote=lambda comparison, column: troupe.votes.append((comparison, column)),
        recorded=troupe.recorded,
        shuffled=lambda count: random.Random(count).sample(range(count), count),
        exports=directory / "comparisons",
        clock=time.monotonic,
        budget_s=3.0,
        target_s=1.0,
        refresh_hz=15,
    )
    return replace(made, **changes)


def screen(directory: Path, count: int, pace: float) -> CompareScreen:
    """A comparison of the first `count` voices."""
    labels = LABELS[:count]
    troupe = Troupe(directory, pace, load_s=0.5)
    return CompareScreen(labels, stage(troupe, directory, labels), question=samples.QUESTION)


if __name__ == "__main__":
    columns = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    speed = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    with tempfile.TemporaryDirectory() as name:
        Host(lambda: screen(Path(name), columns, speed)).run()
