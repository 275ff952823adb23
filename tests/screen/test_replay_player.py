"""Where a replay stands: whatever it is told, it shows the run as far as that time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argo_tui.replay import SPEEDS, Move, Player
from argo_tui.run_view import RunView
from engine.events import Decided, Event, RunFinished, StepTimed
from tests import samples

RUNS = (samples.answered(), samples.not_found(), samples.reasoned(), samples.cancelled(), [])
SECOND = 10**9


def folded(events: list[Event]) -> RunView:
    view = RunView("r", "")
    for event in events:
        view.apply(event)
    return view


class Watcher:
    """Keeps a view up to date as the screen does."""

    def __init__(self) -> None:
        self.view = RunView("r", "")

    def see(self, move: Move) -> None:
        if move.again:
            self.view = RunView("r", "")
        for event in move.events:
            self.view.apply(event)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("advance"), st.floats(-1, 4)),
        st.tuples(st.just("seek"), st.integers(-SECOND, 6 * SECOND)),
        st.tuples(st.sampled_from(["step", "back", "toggle"]), st.none()),
        st.tuples(st.just("speed"), st.sampled_from(SPEEDS)),
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(events=st.sampled_from(RUNS), moves=steps)
def test_whatever_the_moves_the_view_is_the_fold_of_what_was_shown(
    events: list[Event], moves: list[tuple[str, float | int | None]]
) -> None:
    player, watcher = Player(events), Watcher()
    watcher.see(player.seek(0))
    for name, value in moves:
        if name == "speed":
            player.speed = int(value or 1)
        else:
            act = getattr(player, name)
            watcher.see(act() if value is None else act(value))
        assert watcher.view == folded(events[: player.shown])
        assert 0 <= player.position <= player.total
        hidden = events[player.shown :]
        assert not hidden or max(event.at_ns for event in events[: player.shown + 1]) > (
            player.position
        )


@given(speed=st.sampled_from(SPEEDS), seconds=st.floats(0, 3))
def test_time_runs_at_the_speed(speed: int, seconds: float) -> None:
    player = Player(samples.answered(), speed)
    player.advance(seconds)
    assert player.position == min(round(seconds * SECOND * speed), player.total)


def test_the_first_event_is_there_at_once() -> None:
    assert Player(samples.answered()).seek(0).events == (samples.started(),)


def test_nothing_moves_while_it_is_paused() -> None:
    player = Player(samples.answered())
    player.toggle()
    assert player.advance(3.0) == Move()
    assert player.position == 0


def test_a_step_goes_to_the_next_decision_and_pauses() -> None:
    player = Player(samples.answered())
    numbers = []
    while not player.at_end:
        shown = samples.answered()[: (player.step(), player.shown)[1]]
        numbers.append(max(event.step for event in shown if isinstance(event, Decided)))
        assert player.paused
    assert numbers == [1, 2, 3, 3]


def test_a_step_shows_the_one_before_whole() -> None:
    player = Player(samples.answered())
    player.step()
    seen = player.step().events
    assert any(isinstance(event, StepTimed) and event.step == 1 for event in seen)


def test_back_goes_to_where_the_step_began_then_to_the_one_before() -> None:
    player = Player(samples.answered())
    player.seek(2 * SECOND)
    places = []
    for _ in range(4):
        player.back()
        places.append(player.position // 10**6)
    assert places == [1560, 5, 0, 0]


def test_seeking_back_begins_from_nothing_and_seeking_on_does_not() -> None:
    player = Player(samples.answered())
    assert not player.seek(3 * SECOND).again
    assert player.seek(1 * SECOND).again
    assert not player.seek(1 * SECOND + 1).again


def test_from_the_end_it_begins_once_more() -> None:
    player = Player(samples.answered())
    player.seek(player.total)
    assert player.at_end
    move = player.toggle()
    assert move.again and not player.paused and player.position == 0


def test_long_waits_are_as_long_as_they_were() -> None:
    events = samples.answered()
    player = Player(events)
    player.seek(events[3].at_ns)
    before = player.shown
    wait = events[before].at_ns - player.position
    assert player.advance(wait / SECOND - 1e-6).events == ()
    assert player.advance(2e-6).events


def test_a_clock_that_stepped_back_keeps_the_order() -> None:
    first, *rest = samples.answered()
    late = samples.finished(samples.Status.ANSWERED, at=-5)
    player = Player([first, *rest, late])
    assert isinstance(player.seek(player.total).events[-1], RunFinished)


@pytest.mark.parametrize("events", RUNS)
def test_marks_lie_within_the_run(events: list[Event]) -> None:
    player = Player(events)
    assert list(player.marks) == sorted(set(player.marks))
    assert all(0 <= mark <= player.total for mark in player.marks)
