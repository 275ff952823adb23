"""From values to a decision: the MDP and the strategies that it is compared with.

Every strategy is a function State -> (Action, why). Not responsible for solving (engine.policy)
or for carrying an action out (engine.argo).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from engine.config import StrategyName
from engine.events import Action
from engine.policy import Solution, best


@dataclass(frozen=True, slots=True)
class State:
    """What a strategy may look at before a step."""

    step: int
    """From 1: the step about to be taken."""
    u: float
    solution: Solution
    retrievals: int
    """Retrievals so far, failed ones included."""
    forbidden: frozenset[Action]
    """Actions that cannot be taken now: no time left, or nothing to reason about."""
    seed: int


Choice = tuple[Action, str]
Strategy = Callable[[State], Choice]


def decide(name: StrategyName, state: State) -> Choice:
    """The action of a strategy, never a forbidden one, with its reason in words."""
    action, why = STRATEGIES[name](state)
    if action not in state.forbidden:
        return action, why
    if name in _SINGLE_MINDED:
        return Action.STOP, f"{action} is not possible now"
    instead = best(state.solution.values(state.u), state.forbidden)
    return instead, f"{action} is not possible now, so {instead}"


def mdp(state: State) -> Choice:
    """argmax of Q for this question's U and the present belief."""
    values = state.solution.values(state.u)
    action = best(values, state.forbidden)
    q = {
        Action.RETRIEVE: values.retrieve,
        Action.REASON: values.reason,
        Action.STOP: values.stop,
    }
    others = [f"{other} {q[other]:.3f}" for other in Action if other is not action]
    return action, f"{action} is worth {q[action]:.3f}; {', '.join(others)}"


def two_threshold(state: State) -> Choice:
    """Retrieve below the first crossing with reason, reason below the first stop, then stop."""
    regions = state.solution.regions()
    stop = next((r.low for r in regions if r.action is Action.STOP), state.solution.problem.u_max)
    turn = next((r.low for r in regions if r.action is not Action.RETRIEVE), stop)
    if state.u < turn:
        return Action.RETRIEVE, f"U is below the first crossing at {turn:.2f}"
    if state.u < stop:
        return Action.REASON, f"U is between the thresholds {turn:.2f} and {stop:.2f}"
    return Action.STOP, f"U has reached the stopping threshold {stop:.2f}"


def fixed(state: State) -> Choice:
    """Constant thresholds: retrieve below half of U, reason below nine tenths."""
    share = _share(state)
    if share < 0.5:
        return Action.RETRIEVE, f"{share:.0%} is known, below 50%"
    if share < 0.9:
        return Action.REASON, f"{share:.0%} is known, below 90%"
    return Action.STOP, f"{share:.0%} is known"


def always_retrieve(state: State) -> Choice:
    """Retrieve until everything is known or the steps run out."""
    return _until_known(state, Action.RETRIEVE)


def always_reason(state: State) -> Choice:
    """Reason until everything is known or the steps run out."""
    return _until_known(state, Action.REASON)


def one_shot(state: State) -> Choice:
    """One retrieval, then the synthesis: plain retrieval-augmented generation."""
    if state.retrievals == 0:
        return Action.RETRIEVE, "the one retrieval"
    return Action.STOP, "one retrieval was made"


def direct(state: State) -> Choice:
    """No retrieval: the model alone."""
    return Action.STOP, "no step is taken"


def randomly(state: State) -> Choice:
    """A fair coin between retrieve and reason until nine tenths are known."""
    if _share(state) >= 0.9:
        return Action.STOP, "90% is known"
    coin = random.Random(f"{state.seed}:{state.step}").random()
    return (Action.RETRIEVE if coin < 0.5 else Action.REASON), f"the coin fell on {coin:.2f}"


STRATEGIES: Mapping[StrategyName, Strategy] = MappingProxyType(
    {
        "mdp": mdp,
        "two_threshold": two_threshold,
        "fixed": fixed,
        "always_retrieve": always_retrieve,
        "always_reason": always_reason,
        "one_shot": one_shot,
        "direct": direct,
        "random": randomly,
    }
)


SAYS: Mapping[StrategyName, str] = MappingProxyType(
    {
        "mdp": "takes the action that is worth most, for this question and the present belief",
        "two_threshold": "retrieves up to a first threshold of U, reasons up to a second, stops",
        "fixed": "retrieves until half is known, reasons until nine tenths are, stops",
        "always_retrieve": "retrieves until everything is known or the steps run out",
        "always_reason": "reasons until everything is known or the steps run out",
        "one_shot": "retrieves once, then answers: plain retrieval-augmented generation",
        "direct": "answers at once, without a step: the model alone",
        "random": "throws a coin between retrieving and reasoning until nine tenths are known",
    }
)
"""What each strategy does, one line each, for people who choose between them."""


_SINGLE_MINDED: frozenset[StrategyName] = frozenset(
    {"always_retrieve", "always_reason", "one_shot"}
)
"""Strategies that stop rather than do something else: a comparison must stay pure."""


def _share(state: State) -> float:
    return state.u / state.solution.problem.u_max


def _until_known(state: State, action: Action) -> Choice:
    if _share(state) >= 1.0 - 1e-9:
        return Action.STOP, "everything is known"
    return action, f"{_share(state):.0%} is known"
