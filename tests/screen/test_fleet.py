"""Several engines for one question: turns, loading, failing, cancelling, ending."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from argo_tui.bridge import Bridge
from argo_tui.compare.fleet import Fleet
from argo_tui.crash import write_report
from argo_tui.reports import Happened, Loaded, LoadFailed, Report
from engine.comparison.plan import Mode
from engine.errors import ModelError
from engine.events import Event, RunFinished, RunStarted, Status
from engine.layers import Configuration, load
from engine.llm.backend import Cancel
from tests import samples
from tests.screen.chatting import home_in
from tests.scripted import MemoryRecorder, ScriptedEngine

NAMES = ("one", "two", "three")


class World:
    """Counts the engines that answer and those that are open."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.answering: set[str] = set()
        self.most_at_once = 0
        self.open: set[str] = set()
        self.most_open = 0
        self.loads: list[str] = []
        self.fails: set[str] = set()
        self.meeting: threading.Barrier | None = None
        """Where it is given, answers wait there for each other."""

    def entered(self, name: str) -> None:
        with self.lock:
            self.answering.add(name)
            self.most_at_once = max(self.most_at_once, len(self.answering))

    def left(self, name: str) -> None:
        with self.lock:
            self.answering.discard(name)


class Watched(ScriptedEngine):
    """Says when it answers; the last event is the end of its turn."""

    def __init__(self, world: World, name: str, pace: float) -> None:
        super().__init__(profile_name=name, pace=pace)
        self.world = world
        self.stopped = False

    def answer(
        self,
        question: str,
        *,
        options: Sequence[str],
        earlier: str | None,
        cancel: Cancel,
        run: str,
    ) -> Iterator[Event]:
        self.world.entered(self.profile_name)
        if self.world.meeting is not None:
            self.world.meeting.wait(10)
        for event in super().answer(
            question, options=options, earlier=earlier, cancel=cancel, run=run
        ):
            if isinstance(event, RunFinished):
                self.world.left(self.profile_name)
            yield event

    def close(self) -> None:
        with self.world.lock:
            self.world.open.discard(self.profile_name)
        super().close()


Make = Callable[..., Fleet]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return load(home_in(tmp_path), environment={}, directory=tmp_path)


@pytest.fixture
def make(world: World, configuration: Configuration, tmp_path: Path) -> Iterator[Make]:
    """Makes an arranged fleet and ends it."""
    made: list[Fleet] = []

    def open_engine(
        configuration: Configuration, profile: str, phase: Callable[[str], None]
    ) -> Any:
        phase("loading weights")
        if profile in world.fails:
            raise ModelError("Weights are damaged", where=profile, remedy="Fetch them again.")
        with world.lock:
            world.loads.append(profile)
            world.open.add(profile)
            world.most_open = max(world.most_open, len(world.open))
        return Watched(world, profile, fleet_pace[0])

    fleet_pace = [0.0]

    def bridge() -> Bridge:
        return Bridge(
            open_engine, MemoryRecorder, lambda error: write_report(tmp_path / "crash", error)
        )

    def fleet(mode: Mode, count: int = 2, pace: float = 0.0) -> Fleet:
        fleet_pace[0] = pace
        result = Fleet(bridge)
        made.append(result)
        result.arrange([(configuration, name) for name in NAMES[:count]], mode)
        return result

    yield fleet
    for each in made:
        assert each.close(), "a thread did not end"


def drain_until(
    fleet: Fleet, condition: Callable[[], bool], limit_s: float = 10.0
) -> list[tuple[int, Report]]:
    """Everything reported until the condition holds."""
    seen: list[tuple[int, Report]] = []
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        seen += fleet.drain()
        if condition():
            return seen
        time.sleep(0.005)
    raise AssertionError(f"never happened; seen {[type(report).__name__ for _, report in seen]}")


def asked(fleet: Fleet, **more: Any) -> tuple[tuple[str, ...], list[tuple[int, Report]]]:
    """A whole round: its runs and its reports."""
    drain_until(fleet, lambda: fleet.ready)
    runs = fleet.ask(samples.QUESTION, **more)
    return runs, drain_until(fleet, lambda: not fleet.busy)


def ends(reports: Sequence[tuple[int, Report]]) -> dict[int, Status]:
    """How each column ended."""
    return {
        column: report.event.status
        for column, report in reports
        if isinstance(report, Happened) and isinstance(report.event, RunFinished)
    }


def starts(reports: Sequence[tuple[int, Report]]) -> list[int]:
    """The columns in the order in which they began."""
    return [
        column
        for column, report in reports
        if isinstance(report, Happened) and isinstance(report.event, RunStarted)
    ]


def test_every_column_answers_under_its_own_run(make: Make) -> None:
    runs, reports = asked(make(Mode.PARALLEL, 3))
    assert len(set(runs)) == 3
    assert ends(reports) == dict.fromkeys(range(3), Status.ANSWERED)
    for column, report in reports:
        if isinstance(report, Happened):
            assert report.event.run == runs[column]


def test_in_turn_no_two_columns_answer_at_once(make: Make, world: World) -> None:
    fleet = make(Mode.IN_TURN, 3, pace=0.01)
    for _ in range(3):
        _, reports = asked(fleet)
        assert starts(reports) == [0, 1, 2]
    assert world.most_at_once == 1
    assert sorted(world.loads) == sorted(NAMES)


def test_in_parallel_columns_answer_at_once(make: Make, world: World) -> None:
    world.meeting = threading.Barrier(3)
    _, reports = asked(make(Mode.PARALLEL, 3))
    assert ends(reports) == dict.fromkeys(range(3), Status.ANSWERED)
    assert world.most_at_once == 3


def test_turns_follow_the_order_that_is_given(make: Make) -> None:
    _, reports = asked(make(Mode.IN_TURN, 3), order=(2, 0, 1))
    assert starts(reports) == [2, 0, 1]


def test_one_at_a_time_never_holds_two_models(make: Make, world: World) -> None:
    fleet = make(Mode.ONE_AT_A_TIME, 3)
    _, reports = asked(fleet)
    assert ends(reports) == dict.fromkeys(range(3), Status.ANSWERED)
    assert world.most_open == 1
    assert world.loads == ["one", "two", "three"]


def test_one_at_a_time_begins_with_the_model_that_is_loaded(make: Make, world: World) -> None:
    fleet = make(Mode.ONE_AT_A_TIME, 2)
    asked(fleet)
    _, reports = asked(fleet)
    assert starts(reports) == [1, 0]
    assert world.loads == ["one", "two", "one"]


@pytest.mark.parametrize("mode", list(Mode))
def test_a_column_that_cannot_be_loaded_does_not_stop_the_others(
    make: Make, world: World, mode: Mode
) -> None:
    world.fails = {"one"}
    fleet = make(mode, 3)
    before = drain_until(fleet, lambda: fleet.ready)
    fleet.ask(samples.QUESTION)
    reports = before + drain_until(fleet, lambda: not fleet.busy)
    assert ends(reports) == {1: Status.ANSWERED, 2: Status.ANSWERED}
    failed = [(column, r) for column, r in reports if isinstance(r, LoadFailed)]
    assert (0, LoadFailed("one", "Weights are damaged", "one", "Fetch them again.")) in failed


def test_a_fleet_that_can_load_nothing_is_never_ready(make: Make, world: World) -> None:
    world.fails = set(NAMES)
    fleet = make(Mode.IN_TURN, 2)
    drain_until(fleet, lambda: not fleet.loading)
    assert not fleet.ready
    with pytest.raises(RuntimeError):
        fleet.ask(samples.QUESTION)


def test_a_failed_column_tries_again_when_the_fleet_is_arranged_anew(
    make: Make, world: World, configuration: Configuration
) -> None:
    world.fails = {"two"}
    fleet = make(Mode.IN_TURN, 2)
    drain_until(fleet, lambda: not fleet.loading)
    world.fails = set()
    fleet.arrange([(configuration, name) for name in NAMES[:2]], Mode.IN_TURN)
    _, reports = asked(fleet)
    assert ends(reports) == {0: Status.ANSWERED, 1: Status.ANSWERED}
    assert world.loads.count("one") == 1


def test_another_mode_keeps_what_is_loaded(
    make: Make, world: World, configuration: Configuration
) -> None:
    fleet = make(Mode.IN_TURN, 2)
    asked(fleet)
    columns = [(configuration, name) for name in NAMES[:2]]
    fleet.arrange(columns, Mode.PARALLEL)
    asked(fleet)
    assert sorted(world.loads) == ["one", "two"]
    fleet.arrange(columns, Mode.ONE_AT_A_TIME)
    assert world.open == {"one"}


def test_other_settings_are_loaded_anew(
    make: Make, world: World, configuration: Configuration
) -> None:
    fleet = make(Mode.IN_TURN, 2)
    asked(fleet)
    settings = msgspec.structs.replace(configuration.settings, seed=7)
    other = Configuration(settings, configuration.origins)
    fleet.arrange([(other, name) for name in NAMES[:2]], Mode.IN_TURN)
    asked(fleet)
    assert sorted(world.loads) == ["one", "one", "two", "two"]


@pytest.mark.parametrize("mode", list(Mode))
def test_cancel_ends_every_column(make: Make, mode: Mode) -> None:
    fleet = make(mode, 3, pace=20.0)
    drain_until(fleet, lambda: fleet.ready)
    runs = fleet.ask(samples.QUESTION)
    seen: list[tuple[int, Report]] = []
    end = time.monotonic() + 10
    while not starts(seen) and time.monotonic() < end:
        seen += fleet.drain()
        time.sleep(0.005)
    fleet.cancel()
    seen += drain_until(fleet, lambda: not fleet.busy)
    seen += fleet.drain()
    assert ends(seen) == dict.fromkeys(range(3), Status.CANCELLED)
    assert {r.event.run for _, r in seen if isinstance(r, Happened)} == set(runs)


def test_a_question_after_a_cancel_is_answered_by_all(make: Make) -> None:
    fleet = make(Mode.IN_TURN, 2, pace=0.01)
    drain_until(fleet, lambda: fleet.ready)
    fleet.ask(samples.QUESTION)
    fleet.cancel()
    drain_until(fleet, lambda: not fleet.busy)
    _, reports = asked(fleet)
    assert ends(reports) == {0: Status.ANSWERED, 1: Status.ANSWERED}


def test_a_fleet_is_not_arranged_in_the_middle_of_a_question(
    make: Make, configuration: Configuration
) -> None:
    fleet = make(Mode.IN_TURN, 2, pace=20.0)
    drain_until(fleet, lambda: fleet.ready)
    fleet.ask(samples.QUESTION)
    with pytest.raises(RuntimeError):
        fleet.arrange([(configuration, "one")], Mode.IN_TURN)


def test_close_waits_for_every_thread(make: Make) -> None:
    fleet = make(Mode.PARALLEL, 3, pace=20.0)
    drain_until(fleet, lambda: fleet.ready)
    fleet.ask(samples.QUESTION)
    before = [thread for thread in threading.enumerate() if thread.name == "engine"]
    assert len(before) == 3
    assert fleet.close()
    assert not any(thread.is_alive() for thread in before)


def test_loading_is_told_by_column(make: Make) -> None:
    fleet = make(Mode.PARALLEL, 2)
    reports = drain_until(fleet, lambda: fleet.ready)
    loaded = {column: report for column, report in reports if isinstance(report, Loaded)}
    assert {column: report.profile for column, report in loaded.items()} == {0: "one", 1: "two"}
