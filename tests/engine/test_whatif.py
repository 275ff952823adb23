"""A recorded run under another policy: the same steps under the same one, and what differs else."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.config import Policy, Settings, StrategyName
from engine.events import (
    Action,
    Decided,
    Event,
    Progressed,
    RunFinished,
    RunStarted,
    StepTimed,
    decode,
)
from engine.layers import load
from engine.paths import Home
from engine.strategies import SAYS, STRATEGIES
from engine.whatif import WhatIf, what_if
from engine.whatif_record import recorded_policy
from tests import samples

GOLDEN = Path(__file__).parent / "golden"
RUNS = ("two_parts", "one_finding", "not_found", "follow_up")


def recording(name: str) -> list[Event]:
    """A golden run with times: its own are 0. Step k takes k seconds, the answer half."""
    events = [decode(line) for line in (GOLDEN / f"{name}.jsonl").read_text().splitlines()]
    return [timed(event) for event in events]


def timed(event: Event) -> Event:
    if isinstance(event, StepTimed):
        return replace(event, ns=int((event.step or 0.5) * 1e9))
    return replace(event, ns=int(20e9)) if isinstance(event, RunFinished) else event


def under(name: str, **changes: object) -> WhatIf:
    return what_if(recording(name), Settings(policy=replace(Policy(), **changes)))


def actions(result: WhatIf) -> list[Action]:
    return [step.action for step in result.steps]


@pytest.mark.parametrize("name", RUNS)
def test_under_the_same_policy_the_recorded_path_comes_out_exactly(name: str) -> None:
    events = recording(name)
    result = what_if(events, Settings())
    decisions = [e for e in events if isinstance(e, Decided)]
    progress = [e for e in events if isinstance(e, Progressed)]
    assert actions(result) == [e.action for e in decisions][:-1]
    assert [(s.u_before, s.u_after) for s in result.steps] == [
        (e.u_before, e.u_after) for e in progress
    ]
    assert [s.belief for s in result.steps] == [e.belief for e in progress]
    assert result.steps == result.recorded
    assert result.stopped == decisions[-1].why
    assert result.seconds == pytest.approx(result.recorded_seconds) == 20.0
    assert result.difference == "The same steps, in the same time."


def test_direct_takes_no_step_and_keeps_the_time_of_the_answer() -> None:
    result = under("two_parts", strategy="direct")
    assert result.steps == ()
    assert result.synthesis_s == 0.5
    assert result.seconds == pytest.approx(20.0 - 1.0 - 2.0)
    assert (
        result.difference
        == "Two retrievals fewer: 3.00 s less, and U ends at 0.00 instead of 0.55."
    )


def test_one_shot_takes_the_first_recorded_retrieval() -> None:
    result = under("two_parts", strategy="one_shot")
    (step,) = result.steps
    assert step == result.recorded[0]
    assert result.seconds == pytest.approx(18.0)


def test_a_failed_retrieval_of_the_record_fails_here_too() -> None:
    result = under("not_found", strategy="always_retrieve")
    assert [step.succeeded for step in result.steps] == [False] * 3
    assert result.steps[-1].u_after == 0.0


def test_where_the_record_ends_the_outcome_is_assumed_and_says_so() -> None:
    result = what_if(
        samples.not_found(), Settings(policy=Policy(strategy="always_retrieve", max_steps=6))
    )
    assert [step.assumed for step in result.steps] == [False, True, True]
    first, second, _ = result.steps
    assert second.seconds == first.seconds
    assert second.succeeded
    assert "Two steps assumed, not recorded." in result.difference


def test_an_assumed_retrieval_fails_where_failure_is_what_is_believed() -> None:
    events = samples.not_found()
    policy = Policy(strategy="always_retrieve", p_success=0.3)
    result = what_if(events, Settings(policy=policy))
    assert not any(step.succeeded for step in result.steps)


def test_an_action_that_was_never_recorded_takes_the_given_seconds() -> None:
    knowing = load(Home(Path("a"), Path("b"), Path("c")), environment={}).settings
    events = [
        replace(e, profile="3b") if isinstance(e, RunStarted) else e for e in recording("two_parts")
    ]
    policy = replace(knowing.policy, strategy="always_reason", max_steps=2)
    settings = replace(knowing, policy=policy)
    result = what_if(events, settings, {Action.REASON: 3.0})
    assert actions(result)[0] is Action.REASON
    assert result.steps[0].seconds == 3.0
    assert result.steps[0].assumed
    assert result.untimed == ()
    unknown = what_if(events, settings)
    assert unknown.untimed == (Action.REASON,)
    assert "No reason was ever timed, so it counts 0 s." in unknown.difference


def test_a_profile_that_knows_nothing_has_nothing_to_reason_about_at_first() -> None:
    assert under("one_finding", strategy="always_reason").steps == ()


def test_the_record_keeps_its_deadline() -> None:
    events = [
        replace(e, deadline_s=2.2) if isinstance(e, RunStarted) else e
        for e in recording("not_found")
    ]
    result = what_if(events, Settings(), {Action.RETRIEVE: 1.5, Action.STOP: 0.5})
    assert actions(result) == [Action.RETRIEVE]
    assert "deadline" in result.stopped


def test_measured_costs_are_seconds_over_the_budget() -> None:
    settings = Settings(policy=Policy(costs="measured", mu=1.0))
    cheap = what_if(recording("two_parts"), settings, {Action.RETRIEVE: 0.3})
    dear = what_if(recording("two_parts"), settings, {Action.RETRIEVE: 60.0})
    assert len(cheap.steps) == 2
    assert dear.steps == ()


def test_a_run_that_was_never_classified_cannot_be_taken_again() -> None:
    with pytest.raises(ValueError, match="classified"):
        what_if([samples.started()], Settings())


def test_the_policy_of_a_record_is_read_from_its_start() -> None:
    started = replace(samples.started(), strategy="fixed", settings={"policy.mu": 0.3})
    assert recorded_policy(started) == Policy(strategy="fixed", mu=0.3)


def test_every_strategy_says_what_it_does_in_a_line() -> None:
    assert set(SAYS) == set(STRATEGIES) == set(get_args(StrategyName))
    assert all(0 < len(text) <= 80 and "\n" not in text for text in SAYS.values())


policies = st.builds(
    Policy,
    strategy=st.sampled_from(get_args(StrategyName)),
    mu=st.floats(0.0, 2.0),
    gamma=st.floats(0.8, 1.0),
    p_success=st.floats(0.05, 0.95),
    retrieve_gain=st.floats(0.0, 0.5),
    reason_gain=st.floats(0.0, 0.3),
    retrieve_cost=st.floats(0.0, 0.3),
    reason_cost=st.floats(0.0, 0.3),
    max_steps=st.integers(1, 8),
)


@budget(max_examples=40, deadline=None)
@given(policies, st.sampled_from(RUNS))
def test_u_never_falls_and_the_time_is_that_of_the_steps(policy: Policy, name: str) -> None:
    result = what_if(recording(name), Settings(policy=policy))
    path = [u for step in result.steps for u in (step.u_before, step.u_after)]
    assert path == sorted(path)
    assert len(result.steps) <= policy.max_steps
    spent = sum(step.seconds for step in result.recorded) - sum(s.seconds for s in result.steps)
    assert result.recorded_seconds - result.seconds == pytest.approx(spent)
    assert all(step.assumed or step.seconds > 0 for step in result.steps)
