"""A scripted engine at the outermost edge: recorded events instead of a model.

Used by the screen tests and the demonstration app. Not responsible for what the events say
(tests.samples).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from argo_tui.crash import write_report
from argo_tui.edges import Recorder
from argo_tui.parts import Parts
from engine.config import Profile, Settings
from engine.errors import ModelError
from engine.events import Event, RunFinished, RunStarted, Status, SynthesisDelta, SynthesisDone
from engine.layers import Configuration
from engine.llm.backend import Cancel, ModelInfo
from engine.paths import Home
from engine.runs import RunSummary
from tests import samples

INFO = ModelInfo(
    name="SmolLM2-135M-Instruct",
    device="cpu",
    dtype="bfloat16",
    attention="sdpa",
    parameters=134_515_008,
    memory_bytes=270_000_000,
    context=2048,
)
MEMORY = 412_000_000
Script = Callable[[str], list[Event]]


def script_for(question: str) -> list[Event]:
    """A run that fits the question."""
    lowered = question.lower()
    for word, make in {
        "lunar": samples.not_found,
        "why": samples.reasoned,
        "fail": samples.failed,
        "connects": samples.multiple_choice,
    }.items():
        if word in lowered:
            return make()
    return samples.answered()


@dataclass
class ScriptedEngine:
    """Plays a script for each question, `pace` times as slowly as it was recorded."""

    script: Script = script_for
    pace: float = 0.0
    profile_name: str = "135m"
    info: ModelInfo = INFO
    why: str = "the only one here"
    settings: Settings = field(default_factory=Settings)
    closed: bool = False
    opened: list[Configuration] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    earlier: list[str | None] = field(default_factory=list)

    def answer(
        self,
        question: str,
        *,
        options: Sequence[str],
        earlier: str | None,
        cancel: Cancel,
        run: str,
    ) -> Iterator[Event]:
        """The script, under the asked run's name."""
        self.asked.append(question)
        self.earlier.append(earlier)
        text = ""
        at = 0
        for event in self.script(question):
            wait = (event.at_ns - at) / 1e9 * self.pace
            at = max(at, event.at_ns)
            while wait > 0 and not cancel.is_set():
                time.sleep(min(wait, 0.02))
                wait -= 0.02
            if cancel.is_set():
                yield from self._stopped(run, at, text)
                return
            if isinstance(event, SynthesisDelta):
                text += event.text
            changes = {"run": run} | (
                {"question": question, "options": tuple(options) or event.options}
                if isinstance(event, RunStarted)
                else {}
            )
            yield msgspec.structs.replace(event, **changes)

    def _stopped(self, run: str, at: int, text: str) -> Iterator[Event]:
        yield SynthesisDone(
            run=run,
            at_ns=at,
            status=Status.CANCELLED,
            text=text,
            sentences=(),
            citations=(),
            generated=True,
        )
        yield RunFinished(
            run=run,
            at_ns=at,
            status=Status.CANCELLED,
            stop_reason="stopped by the user",
            steps=1,
            ns=at,
            usage=samples.USAGE,
        )

    def adopt(self, configuration: Configuration) -> bool:
        """Every change opens the engine anew."""
        return False

    def close(self) -> None:
        """Nothing to give back."""
        self.closed = True


@dataclass
class MemoryRecorder:
    """Keeps events in a list; `broken` raises instead."""

    events: list[Event] = field(default_factory=list)
    broken: Exception | None = None

    def write(self, event: Event) -> None:
        """Keep it."""
        if self.broken:
            raise self.broken
        self.events.append(event)

    def close(self) -> None:
        """Nothing to release."""


@dataclass(frozen=True)
class ScriptedStatus:
    """Looks like engine.models.registry.ModelStatus."""

    profile: str
    title: str
    bytes: int
    directory: Path | None
    can_run: bool
    model: str = "model"
    parameters: int = 134_515_008
    licence: str = "Apache-2.0"
    why: str = ""
    url: str | None = None


@dataclass(frozen=True)
class ScriptedSelected:
    """Looks like engine.models.registry.Selected."""

    profile_name: str
    profile: Profile | None = None
    directory: Path = Path("/nowhere")
    why: str = "the only one here"


HERE = ScriptedStatus("135m", "SmolLM2 135M", 98_362_432, Path("/nowhere"), True)
LARGE = ScriptedStatus("1.5b-coder", "Qwen2.5 Coder 1.5B", 1_117_320_768, None, False)


def scripted_parts(
    home: Home,
    *,
    engine: ScriptedEngine | None = None,
    recorder: Recorder | None = None,
    statuses: Callable[[], Sequence[ScriptedStatus]] = lambda: (HERE, LARGE),
    earlier: Sequence[str] = (),
    cut_off: RunSummary | None = None,
    load_s: float = 0.0,
    clock: Callable[[], float] = lambda: 0.0,
    fetch_command: Callable[[str], Sequence[str]] = lambda name: ("false", name),
) -> Parts:
    """Edges without a model, a clock or a disk."""
    kept = recorder or MemoryRecorder()
    played = engine or ScriptedEngine()

    def open_engine(
        configuration: Configuration, profile: str, phase: Callable[[str], None]
    ) -> ScriptedEngine:
        for name in ("importing", "loading weights", "opening the index"):
            phase(name)
            time.sleep(load_s / 3)
        played.profile_name = profile
        played.opened.append(configuration)
        return played

    def select(settings: Settings, name: str) -> ScriptedSelected:
        here = [each.profile for each in statuses() if each.can_run]
        able = [profile for profile in here if name in ("auto", profile)]
        if not able:
            raise ModelError("No model is here", remedy="Run `argo-tui models fetch 135m`.")
        return ScriptedSelected(able[0])

    return Parts(
        open_engine=open_engine,
        open_recorder=lambda: kept,
        statuses=lambda settings: statuses(),  # type: ignore[arg-type, return-value]
        select=select,  # type: ignore[arg-type]
        recorded=lambda run: [event for event in getattr(kept, "events", []) if event.run == run],
        seconds=lambda profile: {},
        questions=lambda: earlier,
        cut_off=lambda: cut_off,
        fetch_command=fetch_command,
        report_crash=lambda error: write_report(home.data / "crash", error),
        clock=clock,
        memory=lambda: MEMORY,
    )
