"""The policy screen: it draws the process, follows sliders, walks a run, and applies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Static

from argo_tui.run_view import RunView
from argo_tui.screens.policy import PolicyScreen
from argo_tui.widgets.belief_plot import BeliefPlot
from argo_tui.widgets.chooser import Chooser
from argo_tui.widgets.policy_plot import PolicyPlot
from argo_tui.widgets.slider import Slider
from engine.config import Policy, Settings
from engine.events import Action, Decided, Event
from engine.layers import load
from engine.paths import Home
from tests import samples
from tests.screen.panels import Host

SHIPPED = load(Home(Path("a"), Path("b"), Path("c")), environment={}).settings
SECONDS = {Action.RETRIEVE: 1.5, Action.REASON: 0.6, Action.STOP: 0.9}


def view_of(events: Sequence[Event]) -> RunView:
    view = RunView(events[0].run, "")
    for event in events:
        view.apply(event)
    return view


def host(
    events: Sequence[Event] | None = None,
    settings: Settings = SHIPPED,
    profile: str = "3b",
    seconds: Callable[[], dict[Action, float]] = lambda: SECONDS,
) -> Host:
    view = view_of(events) if events is not None else None
    return Host(lambda: PolicyScreen(settings, view, profile=profile, seconds=seconds))


def words(app: Host, where: str) -> str:
    return str(app.screen.query_one(where, Static).visual)


def plot(app: Host) -> str:
    return str(app.screen.query_one(PolicyPlot).render())


def slider(app: Host, key: str) -> Slider:
    return next(each for each in app.screen.query(Slider) if each.name == key)


async def choose(pilot: Pilot[Any], app: Host, key: str, value: str) -> None:
    chooser = next(each for each in app.screen.query(Chooser) if each.name == key)
    chooser.focus()
    while chooser.value != value:
        await pilot.press("right")
    await pilot.pause()


async def test_without_a_run_it_draws_a_medium_question_and_says_so() -> None:
    app = host()
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        assert "no run yet: drawn for a medium question, U up to 0.70" in words(
            app, "#policy-status"
        )
        assert all(f" {action} " in plot(app) for action in ("retrieve", "stop"))
        assert "assumed: each retrieve succeeds" in words(app, "#policy-whatif")
        assert "path" not in plot(app)


async def test_a_run_is_drawn_with_its_path_and_its_beliefs() -> None:
    app = host(samples.answered())
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        path = plot(app).splitlines()[-1]
        assert [mark for mark in path if mark.isdigit()] == ["1", "2", "3"]
        assert "decision 3/3: stop" in words(app, "#policy-situation")
        assert "prior .80 → .83 → .86" in str(app.screen.query_one(BeliefPlot).render())


async def test_walking_back_shows_the_values_and_the_belief_of_that_decision() -> None:
    app = host(samples.answered())
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.press("p", "p", "p")
        assert "decision 1/3: retrieve   U .00/.80" in words(app, "#policy-situation")
        assert "Beta(4, 1)" in str(app.screen.query_one(BeliefPlot).render())
        await pilot.press("n")
        assert "decision 2/3" in words(app, "#policy-situation")
        app.screen.query_one(PolicyPlot).focus()
        await pilot.press("right")
        assert "decision 3/3" in words(app, "#policy-situation")


async def test_the_drawing_follows_a_slider_and_reset_takes_it_back() -> None:
    app = host(samples.answered())
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        before = plot(app)
        await pilot.press("end")
        await pilot.pause()
        assert plot(app) != before
        await pilot.press("r")
        await pilot.pause()
        assert plot(app) == before
        assert slider(app, "policy.mu").value == 0.6


async def test_apply_leaves_with_what_changed_by_its_dotted_key() -> None:
    app = host(samples.answered())
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.press("right", "down", "left", "right", "right")
        await choose(pilot, app, "policy.strategy", "one_shot")
        await pilot.press("a")
        await pilot.pause()
        assert app.result == {
            "policy.mu": 0.65,
            "policy.retrieve_cost": 0.06,
            "policy.strategy": "one_shot",
        }


async def test_ctrl_s_applies_too() -> None:
    app = host()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("1", "enter", "ctrl+s")
        await pilot.pause()
        assert app.result == {"policy.mu": 1.0}


async def test_without_a_change_there_is_nothing_to_apply() -> None:
    app = host()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("right", "left", "a")
        await pilot.pause()
        assert app.result == "open"


async def test_escape_forgets_a_typed_number_first_and_then_leaves() -> None:
    app = host()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("9", "escape")
        assert app.result == "open"
        await pilot.press("escape")
        await pilot.pause()
        assert app.result is None


async def test_a_number_out_of_bounds_is_refused_in_words() -> None:
    app = host()
    async with app.run_test(size=(80, 24)) as pilot:
        slider(app, "policy.gamma").focus()
        await pilot.press("2", "enter")
        await pilot.pause()
        assert "policy.gamma must be a number above 0, at most 1, not «2»" in words(
            app, "#policy-message"
        )
        assert slider(app, "policy.gamma").value == 0.98


async def test_measured_costs_show_what_was_measured() -> None:
    app = host(samples.answered())
    async with app.run_test(size=(120, 34)) as pilot:
        await choose(pilot, app, "policy.costs", "measured")
        cost = slider(app, "policy.retrieve_cost")
        assert cost.locked
        assert cost.value == pytest.approx(1.5 / 30)
        assert cost.note == "measured 1.50 s of 30 s"


async def test_measured_costs_without_a_time_say_that_the_fixed_ones_hold() -> None:
    app = host(settings=replace(SHIPPED, policy=Policy(costs="measured")), seconds=dict)
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        assert slider(app, "policy.retrieve_cost").note == "fixed: no time yet"


async def test_a_gain_that_the_profile_sets_cannot_be_set_here() -> None:
    app = host(profile="0.5b")
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        assert slider(app, "policy.reason_gain").note == "0.5b sets it"
        assert slider(app, "policy.reason_gain").value == 0.0


async def test_the_strategy_says_what_it_does_and_the_what_if_follows_it() -> None:
    app = host(samples.answered())
    async with app.run_test(size=(120, 34)) as pilot:
        await choose(pilot, app, "policy.strategy", "direct")
        assert "direct answers at once, without a step" in words(app, "#policy-says")
        recorded, here, difference = words(app, "#policy-whatif").splitlines()
        assert recorded.startswith("recorded") and recorded.count("retrieve") == 2
        assert here.split() == ["these", "values", "stop", "1.50", "1.54", "s"]
        assert difference.startswith("Two retrievals fewer: 3.08 s less")


async def test_what_is_forbidden_is_said_in_words() -> None:
    events = [
        replace(e, forbidden=(Action.REASON,)) if isinstance(e, Decided) else e
        for e in samples.answered()
    ]
    app = host(events)
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        assert "forbidden: reason, nothing new to reason about" in words(app, "#policy-situation")


async def test_a_run_that_goes_on_is_followed() -> None:
    events = samples.answered()
    later = [e for e in events if isinstance(e, Decided)][1]
    view = view_of(events[: events.index(later)])
    app = Host(lambda: PolicyScreen(SHIPPED, view, seconds=dict))
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        assert "decision 1/1" in words(app, "#policy-situation")
        assert "…" in words(app, "#policy-whatif").splitlines()[0]
        view.apply(later)
        await pilot.pause(0.7)
        assert "decision 2/2" in words(app, "#policy-situation")


async def test_a_narrow_screen_keeps_the_sliders_and_the_regions() -> None:
    app = host(samples.answered())
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        assert [each.region.height for each in app.screen.query(Slider)] == [1] * 8
        assert "retrieve" in plot(app).splitlines()[0]
        assert len(plot(app).splitlines()) == 3


async def test_another_size_leaves_no_empty_lines_under_the_what_if() -> None:
    app = host(samples.answered())
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.pause()
        await pilot.resize_terminal(80, 24)
        await pilot.pause(0.3)
        assert app.screen.query_one("#policy-whatif").size.height == 3


async def test_the_names_of_hostile_runs_are_text() -> None:
    app = host(
        [replace(samples.started(question="[red]x[/] [/]"), profile="[b]"), samples.classified()]
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "[red]x[/] [/]" in words(app, "#policy-status")


@pytest.mark.parametrize("size", [(80, 24), (120, 34)])
def test_looks(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(host(samples.answered()), terminal_size=size, press=["right", "right", "p"])
