"""The figures of one run, from its events: what a column of the comparison shows.

Pure; a run that is not over, or broke off, has the figures that it has so far. Not responsible
for how they are written (engine.comparison.table).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.errors import ArgoError
from engine.events import (
    Action,
    AnswerDone,
    Caps,
    Classified,
    Decided,
    Delta,
    Event,
    Progressed,
    Retrieved,
    RunFailed,
    RunFinished,
    RunStarted,
    Status,
    StepTimed,
    SynthesisDelta,
    SynthesisDone,
    Usage,
)
from engine.export import passages, place


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step. Tokens are decoded tokens; 0 before the step has ended."""

    number: int
    """From 1; 0 is the synthesis."""
    action: Action
    seconds: float
    """So far, where it has not ended."""
    tokens: int
    tokens_per_second: float
    passages: int
    answered: bool | None
    """Whether it found something; None before that is known, and for the synthesis."""
    u: float
    """After it."""


@dataclass(frozen=True, slots=True)
class RunFigures:
    """One run. Empty strings, zeros and None where nothing is known yet."""

    run: str
    profile: str
    strategy: str
    caps: Caps | None
    status: Status | None
    """None before the end."""
    failed: str
    """What went wrong, where, and what to do."""
    seconds: float
    """So far, where it has not ended."""
    first_token_s: float | None
    """From the question to the first piece of text; None where nothing was streamed."""
    prompt_tokens: int
    tokens: int
    """Decoded, in the steps that have ended."""
    tokens_per_second: float
    passages: int
    """Different ones."""
    u: float
    u_max: float
    steps: tuple[StepFigures, ...]
    """In order, the synthesis last."""
    answer: str
    sources: tuple[str, ...]
    """Where the cited passages stand, each once, as engine.export.place writes it."""
    budget_s: float


def figures(events: Iterable[Event]) -> RunFigures:
    """The figures of one run's events, in their order.

    The time to the first token is exact from the record; where deltas were joined on the way
    (argo_tui.reports.coalesce) it is that of the last one joined.
    """
    folded = _Fold()
    seen = list(events)
    for event in seen:
        folded.take(event)
    return folded.result(seen)


@dataclass(slots=True)
class _Step:
    number: int
    action: Action
    start_ns: int
    u: float = 0.0
    latest_ns: int = 0
    passages: int = 0
    answered: bool | None = None
    timed: StepTimed | None = None

    def figures(self) -> StepFigures:
        usage = self.timed.usage if self.timed else Usage()
        ns = self.timed.ns if self.timed else max(0, self.latest_ns - self.start_ns)
        # A search that brings nothing new ends its step without a finding.
        nothing = self.answered is None and self.timed is not None and self.number > 0
        return StepFigures(
            number=self.number,
            action=self.action,
            seconds=ns / 1e9,
            tokens=usage.decoded_tokens,
            tokens_per_second=usage.tokens_per_second,
            passages=self.passages,
            answered=False if nothing else self.answered,
            u=self.u,
        )


@dataclass(slots=True)
class _Fold:
    """What is known after the events so far."""

    run: str = ""
    started: RunStarted | None = None
    u_max: float = 0.0
    u: float = 0.0
    steps: dict[int, _Step] = field(default_factory=dict)
    synthesis: SynthesisDone | None = None
    draft: str = ""
    failed: str = ""
    finished: RunFinished | None = None
    first_ns: int | None = None
    latest_ns: int = 0

    def take(self, event: Event) -> None:
        self.run = event.run
        self.latest_ns = max(self.latest_ns, event.at_ns)
        if isinstance(event, Delta) and self.first_ns is None:
            self.first_ns = event.at_ns
        match event:
            case RunStarted():
                self.started = event
            case Classified():
                self.u_max = event.u_max
            case SynthesisDelta():
                self.draft += event.text
                self._step(0, Action.STOP, event.at_ns)
            case SynthesisDone():
                self.synthesis = event
                # A run that was stopped has this event too, though nothing was composed.
                if event.status is not Status.CANCELLED:
                    self._step(0, Action.STOP, event.at_ns)
            case RunFailed():
                where, remedy = event.where, event.remedy
                self.failed = str(ArgoError(event.what.rstrip("."), where=where, remedy=remedy))
            case RunFinished():
                self.finished = event
            case _:
                self._take_of_step(event)

    def _take_of_step(self, event: Event) -> None:
        match event:
            case Decided(action=Action.STOP):
                # What follows is the synthesis, which has the number 0.
                self._step(0, Action.STOP, event.at_ns)
            case Decided():
                self._step(event.step, event.action, event.at_ns)
            case Retrieved():
                step = self._step(event.step, Action.RETRIEVE, event.at_ns)
                step.passages += len(event.passages)
            case AnswerDone():
                step = self._step(event.step, event.action, event.at_ns)
                step.answered = event.answered
            case Progressed():
                self.u = event.u_after
                if event.step in self.steps:
                    self.steps[event.step].u = event.u_after
            case StepTimed():
                self._step(event.step, event.action, event.at_ns).timed = event
            case _:
                number = getattr(event, "step", None)
                if number in self.steps:
                    self.steps[number].latest_ns = event.at_ns

    def _step(self, number: int, action: Action, at_ns: int) -> _Step:
        step = self.steps.setdefault(number, _Step(number, action, at_ns, u=self.u))
        step.latest_ns = at_ns
        return step

    def result(self, events: Iterable[Event]) -> RunFigures:
        steps = sorted(self.steps.values(), key=lambda step: (step.number == 0, step.number))
        started, finished, synthesis = self.started, self.finished, self.synthesis
        usage = finished.usage if finished else _total(steps)
        known = passages(events)
        numbers = dict.fromkeys(each.number for each in synthesis.citations) if synthesis else {}
        sources = (place(known[number]) for number in numbers if number in known)
        found = {p.number for e in events if isinstance(e, Retrieved) for p in e.passages}
        return RunFigures(
            run=self.run,
            profile=started.profile if started else "",
            strategy=started.strategy if started else "",
            caps=started.caps if started else None,
            status=finished.status if finished else None,
            failed=self.failed,
            seconds=(finished.ns if finished else self.latest_ns) / 1e9,
            first_token_s=None if self.first_ns is None else self.first_ns / 1e9,
            prompt_tokens=usage.prompt_tokens,
            tokens=usage.decoded_tokens,
            tokens_per_second=usage.tokens_per_second,
            passages=len(found),
            u=self.u,
            u_max=self.u_max,
            steps=tuple(step.figures() for step in steps),
            answer=synthesis.text if synthesis else self.draft.strip(),
            sources=tuple(dict.fromkeys(sources)),
            budget_s=started.budget_s if started else 0.0,
        )


def _total(steps: Iterable[_Step]) -> Usage:
    return sum((step.timed.usage for step in steps if step.timed), start=Usage())
