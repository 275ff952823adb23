"""What to do next: this question's process, the time that is left, the strategy in force.

Not responsible for the mathematics (engine.policy), the strategies themselves (engine.strategies)
or for doing it (engine.actions).
"""

from __future__ import annotations

from collections.abc import Generator

from engine.errors import StoreError
from engine.events import Action, Decided, Event, Notice, Part
from engine.policy import Problem, solve
from engine.run import Run
from engine.strategies import State, decide


def estimate(run: Run) -> Generator[Event, None, None]:
    """Recorded seconds per action, where a deadline or measured costs need them."""
    if run.deadline_s is None and run.session.settings.policy.costs == "fixed":
        return
    try:
        run.estimates = run.session.seconds()
    except StoreError as error:
        yield Notice(
            run=run.id,
            at_ns=run.clock.now(),
            text=f"Recorded times cannot be read, so costs are the fixed ones: {error.what}",
            remedy=error.remedy,
        )


def decide_now(run: Run) -> Decided:
    """Solve for the present belief, ask the strategy, respect the limit and the deadline."""
    with run.spans.part(Part.DECIDE):
        solution = solve(problem(run))
        late = _too_late(run)
        forbidden = late | _pointless(run)
        state = State(
            step=run.step,
            u=run.u,
            solution=solution,
            retrievals=len(run.searched),
            forbidden=forbidden,
            seed=run.session.settings.seed,
        )
        action, why = decide(run.session.settings.policy.strategy, state)
        if run.step > run.max_steps:
            action, why = Action.STOP, f"the limit of {run.max_steps} steps is reached"
        elif action is Action.STOP and late:
            why = f"{why}; the deadline of {run.deadline_s:g} s leaves no time for a step"
        elif action is Action.STOP and run.exhausted:
            why = "there is nothing new to search for"
    return Decided(
        run=run.id,
        at_ns=run.clock.now(),
        step=run.step,
        action=action,
        values=solution.values(run.u),
        u=run.u,
        u_max=run.u_max,
        regions=solution.regions(),
        belief=run.belief,
        forbidden=tuple(sorted(forbidden)),
        why=why,
    )


def problem(run: Run) -> Problem:
    """This question's process: its U, its gains, the present belief, the costs in force."""
    settings, profile = run.session.settings.policy, run.session.profile
    reason_gain = settings.reason_gain if profile.reason_gain is None else profile.reason_gain
    costs = {Action.RETRIEVE: settings.retrieve_cost, Action.REASON: settings.reason_cost}
    if settings.costs == "measured":
        budget = run.session.settings.budget_s
        costs |= {a: run.estimates[a] / budget for a in costs if a in run.estimates}
    return Problem(
        u_max=run.u_max,
        p_success=run.belief.mean,
        retrieve_gain=settings.retrieve_gain * run.complexity.gain,
        reason_gain=reason_gain * run.complexity.gain,
        retrieve_cost=costs[Action.RETRIEVE],
        reason_cost=costs[Action.REASON],
        mu=settings.mu,
        gamma=settings.gamma,
        reward=settings.reward,
    )


def _too_late(run: Run) -> frozenset[Action]:
    """Actions that cannot finish before the synthesis must start, by the recorded seconds."""
    if run.deadline_s is None:
        return frozenset()
    left = run.deadline_s - run.elapsed_s - run.estimates.get(Action.STOP, 0.0)
    return frozenset(
        action
        for action in (Action.RETRIEVE, Action.REASON)
        if left <= run.estimates.get(action, 0.0)
    )


def _pointless(run: Run) -> frozenset[Action]:
    """Actions that could bring nothing new.

    Reasoning needs further findings, or the model's own knowledge once; retrieving needs a
    sub-query that was not searched before.
    """
    knows = run.session.profile.own_knowledge
    fresh = len(run.findings) > run.reasoned_over and (len(run.findings) > 1 or knows)
    reason = fresh or (run.reasoned_over < 0 and knows)
    idle = {Action.RETRIEVE: run.exhausted, Action.REASON: not reason}
    return frozenset(action for action, pointless in idle.items() if pointless)
