"""What the policy screen draws of a question: values, regions, path, beliefs. Pure.

Not responsible for drawing (widgets.policy_plot, widgets.belief_plot) or for solving
(engine.policy).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from argo_tui.run_view import RunView
from engine.config import Settings
from engine.events import Action, Belief, Decided, Event, Region
from engine.policy import Solution, solve
from engine.whatif import process
from engine.whatif_record import Record, beliefs, read, without_run

MEDIUM = "How does it work?"
"""Stands for a question of medium length and depth where none was asked."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One decision of the run on the scale of U."""

    number: int
    u: float
    action: Action


@dataclass(frozen=True, slots=True)
class Picture:
    """The process at one decision of a run, or before any."""

    solution: Solution
    regions: tuple[Region, ...]
    """Of the solution, made once."""
    u: float
    marks: tuple[Mark, ...] = ()
    at: int = -1
    """Index of the present decision in `marks`; -1 without a run."""
    forbidden: frozenset[Action] = frozenset()
    beliefs: tuple[Belief, ...] = ()
    """The prior, then one after each retrieval of the run."""
    now: int = 0
    """Index of the present belief in `beliefs`."""

    @property
    def u_max(self) -> float:
        """The end of the scale."""
        return self.solution.problem.u_max


def events_of(view: RunView) -> list[Event]:
    """The events that the view keeps, as far as another policy asks for them, in order."""
    events: list[Event | None] = [view.started, view.restated, view.classified]
    for number in sorted(view.steps):
        step = view.steps[number]
        events += [step.decided, step.retrieved, step.answer, step.progressed, step.timed]
    events += [view.synthesis_timed, view.finished]
    return [event for event in events if event is not None]


def record_of(view: RunView | None, settings: Settings, profile: str) -> Record:
    """The record of a run, or that of a medium question where there is none to show."""
    if view is None or view.started is None or view.classified is None:
        return without_run(MEDIUM, settings.profiles.get(profile), settings.budget_s)
    return read(events_of(view), settings.profiles)


def decisions_of(view: RunView | None) -> tuple[Decided, ...]:
    """Every decision so far."""
    steps = view.steps if view is not None and view.classified is not None else {}
    return tuple(d for number in sorted(steps) if (d := steps[number].decided) is not None)


def picture(
    record: Record,
    decisions: Sequence[Decided],
    settings: Settings,
    seconds: Mapping[Action, float],
    at: int,
) -> Picture:
    """The process as it stood before decision `at` (an index), under these settings."""
    path = beliefs(record, settings.policy)
    if not decisions:
        problem = process(record, settings, seconds, path[0])
        solution = solve(problem)
        return Picture(solution, solution.regions(), 0.0, beliefs=path[:1])
    taken = [decision.action for decision in decisions[:at]]
    # A retrieval that was cut short taught nothing.
    now = min(taken.count(Action.RETRIEVE), len(path) - 1)
    problem = process(record, settings, seconds, path[now])
    solution = solve(problem)
    return Picture(
        solution,
        solution.regions(),
        decisions[at].u,
        tuple(Mark(d.step, d.u, d.action) for d in decisions),
        at,
        frozenset(decisions[at].forbidden),
        path,
        now,
    )
