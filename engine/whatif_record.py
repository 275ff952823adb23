"""What a recorded run says about its steps: how each ended and how long it took.

Not responsible for what another policy makes of it (engine.whatif).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from engine.belief import observe, prior
from engine.complexity import classify
from engine.config import Policy, Profile
from engine.events import (
    Action,
    AnswerDone,
    Belief,
    Classified,
    Decided,
    Event,
    Progressed,
    Restated,
    Retrieved,
    RunFinished,
    RunStarted,
    StepTimed,
)
from engine.progress import Outcome, advance


@dataclass(frozen=True, slots=True)
class Known:
    """One step of the record that was carried out."""

    action: Action
    u_before: float
    u_after: float
    seconds: float
    succeeded: bool
    complete: bool
    """Its finding answered the whole question."""
    found: bool
    """It left a finding for the steps after it."""
    exhausted: bool
    """A retrieval that had nothing new to search for."""
    belief: Belief
    """After the step."""


@dataclass(frozen=True, slots=True)
class Record:
    """A run, as far as it got."""

    run: str
    question: str
    """As it was answered: a follow-up is written out."""
    u_max: float
    seed: int
    budget_s: float
    deadline_s: float | None
    own_knowledge: bool
    reason_gain: float | None
    """The profile's own; None where the policy's holds."""
    lead_s: float
    """Seconds before the first decision."""
    steps: tuple[Known, ...]
    synthesis_s: float
    seconds: float
    """Of the whole run."""

    def known(self, action: Action, index: int) -> Known | None:
        """The step that is the `index`-th of its kind, from 0."""
        same = [step for step in self.steps if step.action is action]
        return same[index] if index < len(same) else None

    def mean_seconds(self, action: Action, given: Mapping[Action, float]) -> float | None:
        """Of this run's steps of a kind, else what is given; None where nothing says."""
        same = [step.seconds for step in self.steps if step.action is action]
        return sum(same) / len(same) if same else given.get(action)


def read(events: Iterable[Event], profiles: Mapping[str, Profile]) -> Record:
    """The record of a run. Raises ValueError where the question was not classified."""
    all_events = tuple(events)
    started = next((e for e in all_events if isinstance(e, RunStarted)), None)
    classified = next((e for e in all_events if isinstance(e, Classified)), None)
    if started is None or classified is None:
        raise ValueError("the run ended before its question was classified")
    restated = next((e for e in all_events if isinstance(e, Restated)), None)
    first = next((e for e in all_events if isinstance(e, Decided)), None)
    profile = profiles.get(started.profile)
    steps = tuple(_steps(all_events))
    synthesis = [e.ns for e in all_events if isinstance(e, StepTimed) and e.step == 0]
    finished = next((e for e in all_events if isinstance(e, RunFinished)), None)
    return Record(
        run=started.run,
        question=restated.text if restated else started.question,
        u_max=classified.u_max,
        seed=started.seed,
        budget_s=started.budget_s,
        deadline_s=started.deadline_s,
        # A profile that is not there any more: at the first decision, without a finding, only
        # one that knows something by itself may reason.
        own_knowledge=profile.own_knowledge
        if profile
        else first is not None and Action.REASON not in first.forbidden,
        reason_gain=profile.reason_gain if profile else None,
        lead_s=(first.at_ns if first else classified.at_ns) / 1e9,
        steps=steps,
        synthesis_s=sum(synthesis) / 1e9,
        seconds=(finished.ns if finished else max(e.at_ns for e in all_events)) / 1e9,
    )


def without_run(question: str, profile: Profile | None, budget_s: float) -> Record:
    """A question that was never asked: nothing is known of its steps."""
    return Record(
        run="",
        question=question,
        u_max=classify(question).u_max,
        seed=0,
        budget_s=budget_s,
        deadline_s=None,
        own_knowledge=profile is not None and profile.own_knowledge,
        reason_gain=profile.reason_gain if profile else None,
        lead_s=0.0,
        steps=(),
        synthesis_s=0.0,
        seconds=0.0,
    )


def beliefs(record: Record, policy: Policy) -> tuple[Belief, ...]:
    """The prior of a policy, then the posterior after each recorded retrieval."""
    path = [prior(policy.p_success, policy.p_strength)]
    for step in record.steps:
        if step.action is Action.RETRIEVE:
            path.append(observe(path[-1], step.succeeded))
    return tuple(path)


def recorded_policy(started: RunStarted) -> Policy:
    """The policy that a run was made under; what its record does not say is as shipped."""
    table = {
        name: started.settings[f"policy.{name}"]
        for name in Policy.__struct_fields__
        if started.settings.get(f"policy.{name}") is not None
    }
    return msgspec.convert(table | {"strategy": started.strategy}, Policy)


def _steps(events: tuple[Event, ...]) -> Iterable[Known]:
    decided = {e.step: e for e in events if isinstance(e, Decided)}
    timed = {e.step: e for e in events if isinstance(e, StepTimed)}
    answered = {e.step: e for e in events if isinstance(e, AnswerDone)}
    searched = {e.step for e in events if isinstance(e, Retrieved)}
    u_max = next(e.u_max for e in events if isinstance(e, Classified))
    findings = 0
    for after in (e for e in events if isinstance(e, Progressed)):
        if (before := decided.get(after.step)) is None:
            continue
        retrieval = before.action is Action.RETRIEVE
        answer = answered.get(after.step)
        if retrieval:
            # A success is what the belief counts as one, also where U was full already.
            succeeded = after.belief.alpha > before.belief.alpha or after.u_after > after.u_before
        else:
            succeeded = answer is not None and answer.answered
        found = succeeded and (
            retrieval or findings == 0 or (answer is not None and answer.grounded)
        )
        findings += found
        yield Known(
            action=before.action,
            u_before=after.u_before,
            u_after=after.u_after,
            seconds=timed[after.step].ns / 1e9 if after.step in timed else 0.0,
            succeeded=succeeded,
            complete=succeeded and _is_complete(after, u_max),
            found=found,
            exhausted=retrieval and after.step not in searched,
            belief=after.belief,
        )


def _is_complete(after: Progressed, u_max: float) -> bool:
    """Whether the engine said so, in the words that it says it with."""
    whole = Outcome(Action.RETRIEVE, succeeded=True, complete=True)
    return (after.u_after, after.why) == advance(after.u_before, u_max, 0.0, whole)
