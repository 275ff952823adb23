"""What would have happened: a recorded run under another policy. Pure; no model is called.

The decisions are the engine's own (engine.deciding, engine.progress), and what each step brings is
read from the record: the k-th retrieval here ends as the k-th retrieval there, in the same
seconds, and so does the k-th reasoning. Where the record has no such step the outcome is assumed,
and the step says so. Not responsible for reading the record (engine.whatif_record), nor for what
another path would have found: it brings forward what was found, when it was found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace as replace_fields

from engine.belief import observe
from engine.complexity import classify
from engine.config import Settings
from engine.deciding import decide_now, estimate, problem
from engine.events import Action, Belief, Event
from engine.policy import Problem
from engine.progress import Outcome, advance
from engine.run import Finding, Run
from engine.timing import Clock
from engine.whatif_record import Known, Record, read

if TYPE_CHECKING:
    from engine.session import Session


@dataclass(frozen=True, slots=True)
class WhatIfStep:
    """One step, as it was recorded or as it would have been."""

    action: Action
    u_before: float
    u_after: float
    seconds: float
    succeeded: bool
    assumed: bool
    """No step of the record says how it ends."""
    belief: Belief
    """After the step."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A recorded run beside the same run under another policy."""

    recorded: tuple[WhatIfStep, ...]
    steps: tuple[WhatIfStep, ...]
    stopped: str
    """Why the run stops under the other policy."""
    recorded_seconds: float
    seconds: float
    synthesis_s: float
    """The recorded seconds of the final answer, part of both totals."""
    untimed: tuple[Action, ...]
    """Actions taken here that no record timed; they count as 0 seconds."""
    difference: str
    """What differs, in a sentence."""

    @property
    def same(self) -> bool:
        """Whether the same actions are taken."""
        return [step.action for step in self.steps] == [step.action for step in self.recorded]


def what_if(
    events: Iterable[Event], settings: Settings, seconds: Mapping[Action, float] | None = None
) -> WhatIf:
    """The run of `events` under the policy of `settings`.

    `seconds` is what each action takes with this profile, where that is known; the costs of a
    policy with measured costs, and the time of steps that the record lacks. Seed, budget and
    deadline are the record's. Raises ValueError for a run that ended before it was classified.
    """
    return suppose(read(events, settings.profiles), settings, seconds or {})


def process(
    record: Record, settings: Settings, seconds: Mapping[Action, float], belief: Belief
) -> Problem:
    """The decision process of the record's question, for one belief about retrieval."""
    run, _ = _begin(record, settings, seconds)
    run.belief = belief
    return problem(run)


def suppose(record: Record, settings: Settings, given: Mapping[Action, float]) -> WhatIf:
    """`what_if` for a record that is read already."""
    run, time = _begin(record, settings, given)
    taken = Counter[Action]()
    steps: list[WhatIfStep] = []
    untimed: list[Action] = []
    while True:
        run.step += 1
        decision = decide_now(run)
        if decision.action is Action.STOP:
            break
        action = decision.action
        known = record.known(action, taken[action])
        taken[action] += 1
        wait = known.seconds if known else record.mean_seconds(action, given)
        if wait is None:
            untimed.append(action)
        steps.append(_take(run, action, known, wait or 0.0))
        time.pass_(wait or 0.0)
    spent = sum(step.seconds for step in steps)
    recorded = tuple(_recorded(known) for known in record.steps)
    total = record.seconds - sum(step.seconds for step in recorded) + spent
    result = WhatIf(
        recorded=recorded,
        steps=tuple(steps),
        stopped=decision.why,
        recorded_seconds=record.seconds,
        seconds=total,
        synthesis_s=record.synthesis_s,
        untimed=tuple(dict.fromkeys(untimed)),
        difference="",
    )
    return replace(result, difference=difference(result))


class _Time:
    """A clock's source that moves only when a step takes time."""

    def __init__(self) -> None:
        self._ns = 0

    def __call__(self) -> int:
        return self._ns

    def pass_(self, seconds: float) -> None:
        self._ns += round(seconds * 1e9)


@dataclass(frozen=True, slots=True)
class _Profile:
    """What deciding asks a profile."""

    own_knowledge: bool
    reason_gain: float | None


@dataclass(frozen=True, slots=True)
class _Session:
    """What deciding asks a session: everything else of one needs a model."""

    settings: Settings
    profile: _Profile
    given: Mapping[Action, float]

    def seconds(self) -> Mapping[Action, float]:
        return self.given


def _begin(record: Record, settings: Settings, given: Mapping[Action, float]) -> tuple[Run, _Time]:
    """The engine's run state before the first decision."""
    of_run = replace_fields(settings, seed=record.seed, budget_s=record.budget_s)
    session = _Session(of_run, _Profile(record.own_knowledge, record.reason_gain), given)
    time = _Time()
    run = Run(
        id=record.run,
        session=cast("Session", session),
        question=record.question,
        options=(),
        complexity=replace(classify(record.question), u_max=record.u_max),
        cancel=None,
        deadline_s=record.deadline_s,
        clock=Clock(time),
    )
    time.pass_(record.lead_s)
    for _ in estimate(run):
        pass
    return run, time


def _take(run: Run, action: Action, known: Known | None, seconds: float) -> WhatIfStep:
    """Carry a step out on the state alone, as engine.argo and engine.actions do."""
    succeeds = known.succeeded if known else action is Action.REASON or run.belief.mean >= 0.5
    complete = known.complete if known else False
    if action is Action.RETRIEVE:
        run.searched.append("")
        run.exhausted = known.exhausted if known else False
        run.belief = observe(run.belief, succeeds)
    if succeeds and (known is None or known.found):
        run.findings.append(Finding("", grounded=True, complete=complete))
    if action is Action.REASON:
        run.reasoned_over = len(run.findings)
    process = problem(run)
    gain = process.retrieve_gain if action is Action.RETRIEVE else process.reason_gain
    before = run.u
    run.u, _ = advance(before, run.u_max, gain, Outcome(action, succeeds, complete))
    return WhatIfStep(
        action, before, run.u, seconds, succeeds, assumed=known is None, belief=run.belief
    )


def _recorded(known: Known) -> WhatIfStep:
    return WhatIfStep(
        known.action,
        known.u_before,
        known.u_after,
        known.seconds,
        known.succeeded,
        assumed=False,
        belief=known.belief,
    )


def difference(result: WhatIf) -> str:
    """`One retrieval fewer: 2.10 s less, and U ends at 0.25 instead of 0.50.`"""
    if result.same:
        return "The same steps, in the same time."
    parts = _counted(result)
    words = " and ".join(parts).capitalize() if parts else "The same steps in another order"
    saved = result.recorded_seconds - result.seconds
    time = f"{abs(saved):.2f} s {'less' if saved > 0 else 'more'}" if abs(saved) >= 0.005 else ""
    before, after = _end(result.recorded), _end(result.steps)
    known = f"U ends at {after:.2f} instead of {before:.2f}" if abs(before - after) > 1e-9 else ""
    rest = ", and ".join(part for part in (time, known) if part)
    sentences = [f"{words}: {rest}." if rest else f"{words}."]
    if assumed := sum(step.assumed for step in result.steps):
        sentences.append(f"{_number(assumed, 'step').capitalize()} assumed, not recorded.")
    sentences += [f"No {action} was ever timed, so it counts 0 s." for action in result.untimed]
    return " ".join(sentences)


_NOUN = {Action.RETRIEVE: "retrieval", Action.REASON: "reasoning step"}


def _counted(result: WhatIf) -> list[str]:
    before = Counter(step.action for step in result.recorded)
    after = Counter(step.action for step in result.steps)
    return [
        f"{_number(abs(more), noun)} {'more' if more > 0 else 'fewer'}"
        for action, noun in _NOUN.items()
        if (more := after[action] - before[action])
    ]


def _number(count: int, noun: str) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    said = words[count] if count < len(words) else str(count)
    return f"{said} {noun}{'' if count == 1 else 's'}"


def _end(steps: tuple[WhatIfStep, ...]) -> float:
    return steps[-1].u_after if steps else 0.0
