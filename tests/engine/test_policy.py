"""The policy is the optimum of its own process, and shows where each action wins."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.belief import observe, prior
from engine.config import Policy
from engine.events import Action, ActionValues
from engine.policy import Problem, best, sigma, solve
from engine.strategies import STRATEGIES, State, decide

DEFAULT = Policy()


def default_problem(u_max: float, **changes: float) -> Problem:
    base = Problem(
        u_max=u_max,
        p_success=DEFAULT.p_success,
        retrieve_gain=DEFAULT.retrieve_gain,
        reason_gain=DEFAULT.reason_gain,
        retrieve_cost=DEFAULT.retrieve_cost,
        reason_cost=DEFAULT.reason_cost,
        mu=DEFAULT.mu,
        gamma=DEFAULT.gamma,
        reward=DEFAULT.reward,
    )
    fields = {name: getattr(base, name) for name in base.__slots__}
    return Problem(**{**fields, **changes})  # type: ignore[arg-type]


def exact_value(problem: Problem, u: float, memo: dict[float, float] | None = None) -> float:
    """V(u) by exact recursion over reachable states: brute-force dynamic programming.

    The retrieval's failure stays in u, so retrieving until success has the closed form
    W = (-mu c + g p V(next)) / (1 - g (1 - p)).
    """
    memo = {} if memo is None else memo
    key = round(u, 9)
    if key in memo:
        return memo[key]
    stop = float(sigma(_array(u / problem.u_max), problem.reward)[0])
    top = u >= problem.u_max - 1e-12
    if top:
        memo[key] = stop
        return stop
    up = exact_value(problem, min(u + problem.retrieve_gain, problem.u_max), memo)
    side = exact_value(problem, min(u + problem.reason_gain, problem.u_max), memo)
    p, g, mu = problem.p_success, problem.gamma, problem.mu
    again = (-mu * problem.retrieve_cost + g * p * up) / (1.0 - g * (1.0 - p))
    memo[key] = max(stop, again, -mu * problem.reason_cost + g * side)
    return memo[key]


def _array(x: float):  # type: ignore[no-untyped-def]
    import numpy as np

    return np.asarray([x])


problems = st.builds(
    Problem,
    u_max=st.sampled_from([0.35, 0.45, 0.7, 0.9, 1.0]),
    p_success=st.floats(0.05, 0.95),
    retrieve_gain=st.floats(0.12, 0.4),
    reason_gain=st.floats(0.05, 0.2),
    retrieve_cost=st.floats(0.0, 0.25),
    reason_cost=st.floats(0.0, 0.1),
    mu=st.floats(0.0, 1.0),
    gamma=st.floats(0.9, 1.0),
    reward=st.just("linear"),
)


@settings(max_examples=60, deadline=None)
@given(problems)
def test_values_agree_with_brute_force_dynamic_programming(problem: Problem) -> None:
    solution = solve(problem)
    for share in (0.0, 0.37, 0.8):
        u = share * problem.u_max
        values = solution.values(u)
        # Interpolating V on 401 points costs at most about one grid step at a kink.
        assert max(values.retrieve, values.reason, values.stop) == pytest.approx(
            exact_value(problem, u), abs=0.01
        )


@settings(max_examples=40, deadline=None)
@given(problems)
def test_v_rises_with_u_and_regions_tile_the_whole_range(problem: Problem) -> None:
    solution = solve(problem)
    assert (solution.v[1:] >= solution.v[:-1] - 1e-9).all()
    regions = solution.regions()
    assert regions[0].low == 0.0
    assert regions[-1].high == problem.u_max
    assert regions[-1].action is Action.STOP
    for left, right in itertools.pairwise(regions):
        assert left.high == right.low
        assert left.action is not right.action


@settings(max_examples=40, deadline=None)
@given(problems, st.floats(0.02, 0.98))
def test_the_region_names_the_action_that_is_taken(problem: Problem, share: float) -> None:
    solution = solve(problem)
    u = share * problem.u_max
    step = problem.u_max / 400
    borders = [region.high for region in solution.regions()]
    if any(abs(u - border) <= step for border in borders):
        return  # within one grid step of a border either action is right
    values = solution.values(u)
    ranked = sorted((values.retrieve, values.reason, values.stop))
    if ranked[-1] - ranked[-2] < 1e-3:
        return  # a tie within the interpolation error
    region = next(r for r in solution.regions() if r.low <= u <= r.high)
    assert best(values) is region.action


@pytest.mark.parametrize("u_max", [0.35, 0.45, 0.65, 0.7, 0.8, 0.85, 0.9, 1.0])
def test_shipped_values_leave_all_three_actions_reachable(u_max: float) -> None:
    actions = {region.action for region in solve(default_problem(u_max)).regions()}
    assert actions == set(Action)


def test_two_thresholds_lose_against_the_optimum_in_their_own_process() -> None:
    """The published reduction: a first crossing, then reason until stop."""
    problem = default_problem(1.0)
    solution = solve(problem)
    optimum = exact_value(problem, 0.0)

    def follow(u: float) -> float:
        state = State(1, u, solution, 0, frozenset(), 0)
        action, _ = decide("two_threshold", state)
        p, g, mu = problem.p_success, problem.gamma, problem.mu
        if action is Action.STOP or u >= 1.0 - 1e-12:
            return u
        if action is Action.REASON:
            return -mu * problem.reason_cost + g * follow(min(u + problem.reason_gain, 1.0))
        up = follow(min(u + problem.retrieve_gain, 1.0))
        return (-mu * problem.retrieve_cost + g * p * up) / (1.0 - g * (1.0 - p))

    assert follow(0.0) < optimum - 0.02


def test_a_topic_that_the_corpus_lacks_turns_the_policy_away_from_retrieval() -> None:
    belief = prior(DEFAULT.p_success, DEFAULT.p_strength)
    actions = []
    for _ in range(12):
        solution = solve(default_problem(0.7, p_success=belief.mean))
        actions.append(best(solution.values(0.2)))
        belief = observe(belief, success=False)
    assert actions[0] is Action.RETRIEVE
    assert actions[-1] is Action.REASON


def test_costs_that_outweigh_knowing_stop_at_once() -> None:
    solution = solve(default_problem(0.45, mu=1.0, retrieve_cost=0.9, reason_cost=0.9))
    assert best(solution.values(0.0)) is Action.STOP


def test_belief_is_the_beta_posterior() -> None:
    belief = prior(0.8, 5.0)
    assert belief.mean == pytest.approx(0.8)
    assert observe(belief, success=True).mean == pytest.approx(5 / 6)
    assert observe(belief, success=False).mean == pytest.approx(4 / 6)


def test_a_tie_stops_and_a_forbidden_action_is_never_best() -> None:
    even = ActionValues(retrieve=0.5, reason=0.5, stop=0.5)
    assert best(even) is Action.STOP
    assert best(even, frozenset({Action.STOP})) is Action.RETRIEVE
    assert best(even, frozenset(Action)) is Action.STOP


@pytest.mark.parametrize("name", sorted(STRATEGIES))
@given(
    share=st.floats(0.0, 1.0),
    forbidden=st.frozensets(st.sampled_from([Action.RETRIEVE, Action.REASON])),
    retrievals=st.integers(0, 3),
)
@settings(max_examples=20, deadline=None)
def test_no_strategy_takes_a_forbidden_action(
    name: str, share: float, forbidden: frozenset[Action], retrievals: int
) -> None:
    solution = solve(default_problem(0.7))
    state = State(1, share * 0.7, solution, retrievals, forbidden, seed=7)
    action, why = decide(name, state)  # type: ignore[arg-type]
    assert action not in forbidden
    assert why


def test_strategies_do_what_they_say() -> None:
    solution = solve(default_problem(0.7))

    def at(u: float, retrievals: int = 0, step: int = 1) -> State:
        return State(step, u, solution, retrievals, frozenset(), seed=3)

    assert decide("one_shot", at(0.0))[0] is Action.RETRIEVE
    assert decide("one_shot", at(0.25, retrievals=1))[0] is Action.STOP
    assert decide("direct", at(0.0))[0] is Action.STOP
    assert decide("always_retrieve", at(0.69))[0] is Action.RETRIEVE
    assert decide("always_reason", at(0.0))[0] is Action.REASON
    assert decide("always_reason", at(0.7))[0] is Action.STOP
    assert decide("fixed", at(0.2))[0] is Action.RETRIEVE
    assert decide("fixed", at(0.5))[0] is Action.REASON
    coins = [decide("random", at(0.0, step=n))[0] for n in range(1, 30)]
    assert coins == [decide("random", at(0.0, step=n))[0] for n in range(1, 30)]
    assert set(coins) == {Action.RETRIEVE, Action.REASON}


def test_every_strategy_of_the_settings_exists() -> None:
    for name in STRATEGIES:
        assert msgspec.convert({"strategy": name}, Policy).strategy == name
