"""What the screen knows of one run: its events, folded.

`RunView.apply` is the only way in, so a live run, a replay and a test show the same thing. Not
responsible for looks (the widgets) or for keeping anything (engine.runs).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.events import (
    Action,
    AnswerDelta,
    AnswerDone,
    Classified,
    Decided,
    Delta,
    Event,
    Notice,
    Passage,
    Progressed,
    Region,
    Restated,
    Retrieved,
    RunFailed,
    RunFinished,
    RunStarted,
    Status,
    StepTimed,
    SubqueryDelta,
    SubqueryDone,
    SynthesisDelta,
    SynthesisDone,
)


@dataclass(slots=True)
class StepView:
    """One step so far."""

    number: int
    decided: Decided | None = None
    subquery: str = ""
    retrieved: Retrieved | None = None
    draft: str = ""
    answer: AnswerDone | None = None
    progressed: Progressed | None = None
    timed: StepTimed | None = None

    @property
    def action(self) -> Action | None:
        """What the policy chose; None before it did."""
        return self.decided.action if self.decided else None


@dataclass(slots=True)
class Rate:
    """Tokens per second of the call that is streaming, from the times of its pieces."""

    call: tuple[str, int] = ("", -1)
    first_ns: int = 0
    last_ns: int = 0
    pieces: int = 0

    def add(self, event: Delta, pieces: int) -> None:
        """Count pieces; another call starts from nothing."""
        step = event.step if isinstance(event, SubqueryDelta | AnswerDelta) else 0
        call = (type(event).__name__, step)
        if call != self.call:
            self.call, self.first_ns, self.pieces = call, event.at_ns, 0
        self.last_ns = event.at_ns
        self.pieces += pieces

    @property
    def per_second(self) -> float:
        """0 until there are two pieces."""
        passed = self.last_ns - self.first_ns
        return (self.pieces - 1) / passed * 1e9 if passed > 0 and self.pieces > 1 else 0.0


@dataclass(slots=True)
class RunView:
    """One run so far. Before its first event it waits in the queue."""

    run: str
    question: str
    options: tuple[str, ...] = ()
    started: RunStarted | None = None
    restated: Restated | None = None
    classified: Classified | None = None
    steps: dict[int, StepView] = field(default_factory=dict)
    synthesis_draft: str = ""
    synthesis: SynthesisDone | None = None
    synthesis_timed: StepTimed | None = None
    notices: list[Notice] = field(default_factory=list)
    failed: RunFailed | None = None
    finished: RunFinished | None = None
    rate: Rate = field(default_factory=Rate)
    latest: Event | None = None

    def apply(self, event: Event, pieces: int = 1) -> None:
        """Take in the next event; `pieces` is how many deltas were joined in it."""
        self.latest = event
        match event:
            case RunStarted():
                self.started, self.question, self.options = event, event.question, event.options
            case Notice():
                self.notices.append(event)
            case Restated():
                self.restated = event
            case Classified():
                self.classified = event
            case SynthesisDelta():
                self.synthesis_draft += event.text
                self.rate.add(event, pieces)
            case SynthesisDone():
                self.synthesis = event
            case StepTimed(step=0):
                self.synthesis_timed = event
            case RunFailed():
                self.failed = event
            case RunFinished():
                self.finished = event
            case _:
                self._apply_to_step(event, pieces)

    def _apply_to_step(self, event: Event, pieces: int) -> None:
        number: int = getattr(event, "step", 0)
        step = self.steps.setdefault(number, StepView(number))
        match event:
            case Decided():
                step.decided = event
            case SubqueryDelta():
                step.subquery += event.text
                self.rate.add(event, pieces)
            case SubqueryDone():
                step.subquery = event.text
            case Retrieved():
                step.retrieved = event
            case AnswerDelta():
                step.draft += event.text
                self.rate.add(event, pieces)
            case AnswerDone():
                step.answer = event
            case Progressed():
                step.progressed = event
            case StepTimed():
                step.timed = event
            case _:
                raise TypeError(f"no step takes {type(event).__name__}")

    @property
    def understood(self) -> str:
        """The question as it is answered: a follow-up written out, else what was typed."""
        return self.restated.text if self.restated else self.question

    @property
    def queued(self) -> bool:
        """Whether the engine has not begun with it."""
        return self.latest is None

    @property
    def running(self) -> bool:
        """Whether events are still to come."""
        return self.latest is not None and self.finished is None

    @property
    def status(self) -> Status | None:
        """How it ended; None before it did."""
        return self.finished.status if self.finished else None

    @property
    def answer(self) -> str:
        """The final answer, or what there is of it, or the latest finding."""
        if self.synthesis is not None:
            return self.synthesis.text
        if self.synthesis_draft:
            return self.synthesis_draft
        return next((step.draft for step in self._backwards() if step.draft), "")

    @property
    def is_draft(self) -> bool:
        """Whether `answer` is only a finding of a step so far."""
        return self.synthesis is None and not self.synthesis_draft

    @property
    def u(self) -> float:
        """How much is known."""
        for step in self._backwards():
            if step.progressed:
                return step.progressed.u_after
            if step.decided:
                return step.decided.u
        return 0.0

    @property
    def u_max(self) -> float:
        """How much can be known; 0 before the question is classified."""
        return self.classified.u_max if self.classified else 0.0

    @property
    def regions(self) -> tuple[Region, ...]:
        """Where each action wins, from the latest decision."""
        for step in self._backwards():
            if step.decided:
                return step.decided.regions
        return ()

    @property
    def tokens_per_second(self) -> float:
        """Live while a call streams, the run's own figure afterwards."""
        if self.finished is not None:
            return self.finished.usage.tokens_per_second
        return self.rate.per_second

    def passages(self) -> dict[int, Passage]:
        """Every passage seen, by citation number."""
        seen = [*(self.synthesis.nearest if self.synthesis else ())]
        for step in self.steps.values():
            seen += step.retrieved.passages if step.retrieved else ()
        return {passage.number: passage for passage in seen}

    def quotes(self, number: int) -> tuple[str, ...]:
        """What was cited of a passage, each span once."""
        cited = [*(self.synthesis.citations if self.synthesis else ())]
        for step in self.steps.values():
            cited += step.answer.citations if step.answer else ()
        return tuple(dict.fromkeys(each.quote for each in cited if each.number == number))

    def _backwards(self) -> Iterator[StepView]:
        for number in sorted(self.steps, reverse=True):
            yield self.steps[number]


def activity(view: RunView) -> str:
    """What the run is doing, in a few words; empty once it has ended."""
    if view.queued or view.finished:
        return ""
    match view.latest:
        case RunStarted():
            return "reading the question"
        case SynthesisDelta():
            return "writing the answer"
        case AnswerDelta(step=step):
            return f"step {step} · answering from the passages"
        case SubqueryDelta(step=step):
            return f"step {step} · writing a sub-query"
        case SubqueryDone(step=step):
            return f"step {step} · searching"
        case Retrieved(step=step):
            return f"step {step} · reading {len(view.steps[step].retrieved.passages)} passages"  # type: ignore[union-attr]
        case Decided(step=step, action=Action.RETRIEVE):
            return f"step {step} · retrieving"
        case Decided(step=step, action=Action.REASON):
            return f"step {step} · reasoning"
        case Decided(action=Action.STOP):
            return "composing the answer"
        case _:
            return "deciding"
