"""The engine thread: order, recording, cancelling, failing, ending."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from argo_tui.bridge import Bridge
from argo_tui.crash import write_report
from argo_tui.reports import Happened, Loaded, LoadFailed, Loading, Report, coalesce
from engine.errors import ModelError, StoreError
from engine.events import (
    Event,
    Notice,
    RunFailed,
    RunFinished,
    RunStarted,
    Status,
    SynthesisDelta,
    SynthesisDone,
)
from engine.layers import Configuration, load
from engine.llm.backend import Cancel
from tests import samples
from tests.screen.chatting import home_in
from tests.scripted import MemoryRecorder, ScriptedEngine

Make = Callable[..., Bridge]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes a bridge and ends it."""
    made: list[Bridge] = []

    def bridge(engine: Any = None, recorder: Any = None, fail: Exception | None = None) -> Bridge:
        def open_engine(
            configuration: Configuration, profile: str, phase: Callable[[str], None]
        ) -> Any:
            phase("importing")
            if fail:
                raise fail
            return engine or ScriptedEngine()

        result = Bridge(
            open_engine,
            lambda: recorder or MemoryRecorder(),
            lambda error: write_report(tmp_path / "crash", error),
        )
        made.append(result)
        result.start()
        result.load(load(home_in(tmp_path), environment={}), "135m")
        return result

    yield bridge
    for each in made:
        assert each.close(), "the thread did not end"


def drain_until(bridge: Bridge, kind: type[Any], limit_s: float = 5.0) -> list[Report]:
    """Everything reported up to the first report, or event, of a kind."""
    seen: list[Report] = []
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        seen += bridge.drain()
        for report in seen:
            inner = report.event if isinstance(report, Happened) else report
            if isinstance(inner, kind):
                return seen
        time.sleep(0.005)
    raise AssertionError(f"no {kind.__name__} in {seen}")


def events(reports: Sequence[Report]) -> list[Event]:
    """The events among reports."""
    return [report.event for report in reports if isinstance(report, Happened)]


def test_loading_reports_its_phases_and_then_the_model(make: Make) -> None:
    reports = drain_until(make(), Loaded)
    assert reports[0] == Loading("135m", "importing")
    assert isinstance(reports[-1], Loaded)
    assert reports[-1].info.device == "cpu"


def test_a_model_that_cannot_be_loaded_says_what_to_do(make: Make) -> None:
    bridge = make(fail=ModelError("Weights are damaged", where="135m", remedy="Fetch them again."))
    failed = drain_until(bridge, LoadFailed)[-1]
    assert failed == LoadFailed("135m", "Weights are damaged", "135m", "Fetch them again.")


def test_a_question_without_a_model_fails_and_does_not_hang(make: Make) -> None:
    bridge = make(fail=ModelError("gone"))
    bridge.ask("r", "anything")
    happened = events(drain_until(bridge, RunFinished))
    assert isinstance(happened[0], RunFailed)
    assert isinstance(happened[-1], RunFinished)
    assert happened[-1].status is Status.FAILED


def test_every_event_is_recorded_before_it_is_reported(make: Make) -> None:
    recorder = MemoryRecorder()
    bridge = make(recorder=recorder)
    bridge.ask("r", samples.QUESTION)
    seen = 0
    end = time.monotonic() + 5
    while time.monotonic() < end:
        reports = [report for report in bridge.drain() if isinstance(report, Happened)]
        seen += sum(report.pieces for report in reports)
        assert len(recorder.events) >= seen
        if any(isinstance(report.event, RunFinished) for report in reports):
            break
    assert seen == len(recorder.events) == len(samples.answered())


def test_a_run_goes_on_where_recording_fails_and_says_so_once(make: Make) -> None:
    recorder = MemoryRecorder(broken=StoreError("The disk is full", remedy="Free some space."))
    bridge = make(recorder=recorder)
    bridge.ask("r", samples.QUESTION)
    happened = events(drain_until(bridge, RunFinished))
    notices = [event for event in happened if isinstance(event, Notice)]
    assert len(notices) == 1
    assert "not being recorded: The disk is full" in notices[0].text
    assert notices[0].remedy == "Free some space."
    assert any(isinstance(event, SynthesisDone) for event in happened)


def test_a_cancel_stops_the_run_that_is_named(make: Make) -> None:
    bridge = make(engine=ScriptedEngine(pace=10.0))
    bridge.ask("one", samples.QUESTION)
    drain_until(bridge, RunStarted)
    bridge.cancel("two")
    bridge.cancel("one")
    finished = events(drain_until(bridge, RunFinished))[-1]
    assert isinstance(finished, RunFinished)
    assert finished.status is Status.CANCELLED


def test_a_run_cancelled_in_the_queue_never_starts(make: Make) -> None:
    engine = ScriptedEngine(pace=0.2)
    bridge = make(engine=engine)
    bridge.ask("one", "first")
    bridge.ask("two", "second")
    bridge.cancel("two")
    seen: list[Report] = []
    end = time.monotonic() + 8
    while time.monotonic() < end:
        seen += bridge.drain()
        ends = [event for event in events(seen) if isinstance(event, RunFinished)]
        if len(ends) == 2:
            break
        time.sleep(0.01)
    assert engine.asked == ["first"]
    assert [event.status for event in ends] == [Status.ANSWERED, Status.CANCELLED]


class Defective(ScriptedEngine):
    """Raises what nobody expected."""

    def answer(
        self,
        question: str,
        *,
        options: Sequence[str],
        earlier: str | None,
        cancel: Cancel,
        run: str,
    ) -> Iterator[Event]:
        """Begins well."""
        yield samples.started(run, question)
        raise ZeroDivisionError("secret prompt")


def test_a_defect_becomes_a_failure_with_a_report_that_shows_no_locals(
    make: Make, tmp_path: Path
) -> None:
    bridge = make(engine=Defective())
    bridge.ask("r", "a private question")
    happened = events(drain_until(bridge, RunFinished))
    failed = next(event for event in happened if isinstance(event, RunFailed))
    report = Path(failed.where)
    assert report.parent == tmp_path / "crash"
    text = report.read_text("utf-8")
    assert "ZeroDivisionError" in text
    assert "a private question" not in text


def test_the_thread_takes_the_next_question_after_a_defect(make: Make) -> None:
    engine = Defective()
    bridge = make(engine=engine)
    bridge.ask("one", "a")
    drain_until(bridge, RunFinished)
    bridge.ask("two", "b")
    assert events(drain_until(bridge, RunFinished))[0].run == "two"


def test_there_is_one_engine_thread_and_it_ends(make: Make) -> None:
    bridge = make(engine=ScriptedEngine(pace=10.0))
    bridge.ask("r", samples.QUESTION)
    drain_until(bridge, RunStarted)
    assert [thread.name for thread in threading.enumerate()].count("engine") >= 1
    began = time.monotonic()
    assert bridge.close()
    assert time.monotonic() - began < 2.0


def test_neighbouring_deltas_become_one_and_nothing_else_moves() -> None:
    def delta(text: str, run: str = "r") -> Happened:
        return Happened(SynthesisDelta(run=run, at_ns=len(text), text=text))

    start = Happened(samples.started("r"))
    joined = coalesce([start, delta("a"), delta("b"), delta("c"), start, delta("d")])
    assert [(type(e.event), e.pieces) for e in joined if isinstance(e, Happened)] == [
        (RunStarted, 1),
        (SynthesisDelta, 3),
        (RunStarted, 1),
        (SynthesisDelta, 1),
    ]
    assert joined[1] == Happened(SynthesisDelta(run="r", at_ns=1, text="abc"), 3)
    assert len(coalesce([delta("a", "x"), delta("b", "y")])) == 2
