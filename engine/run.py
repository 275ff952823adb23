"""The state of one run: what is known, what was found, what it cost. Nothing outlives the run.

Not responsible for the loop (engine.argo) or for carrying out actions (engine.actions).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from engine.belief import prior
from engine.complexity import Complexity
from engine.events import Action, Belief, Event, Part, Passage, RunStarted, Usage
from engine.llm.backend import Cancel, Kind, Message, Sampling
from engine.retrieval.excerpt import excerpts
from engine.retrieval.store import Hit
from engine.roles.citations import Renumber
from engine.roles.speak import Reply, speak, without_loops
from engine.session import Session
from engine.timing import Clock, Spans


class Cancelled(Exception):  # noqa: N818 - not an error: the user asked for it
    """The user stopped the run. Carries the partial text of the call that was stopped."""

    def __init__(self, partial: str) -> None:
        self.partial = partial
        super().__init__("cancelled")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was learned, as synthesis reads it."""

    text: str
    grounded: bool
    complete: bool
    """Answers the whole question."""


@dataclass(slots=True)
class Run:
    """Mutable while the run lasts."""

    id: str
    session: Session
    question: str
    """As it is classified, searched and read: a follow-up is written out (engine.understanding)."""
    options: tuple[str, ...]
    complexity: Complexity
    cancel: Cancel | None
    deadline_s: float | None
    estimates: Mapping[Action, float] = field(default_factory=dict)
    """Seconds per action from recorded runs; `stop` is the synthesis."""
    clock: Clock = field(default_factory=Clock)
    spans: Spans = field(init=False)
    belief: Belief = field(init=False)
    u: float = 0.0
    step: int = 0
    calls: int = 0
    reasoned_over: int = -1
    """Number of findings at the last reasoning; -1 before the first."""
    findings: list[Finding] = field(default_factory=list)
    passages: dict[int, Passage] = field(default_factory=dict)
    """By citation number."""
    searched: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    read_in_vain: set[str] = field(default_factory=set)
    """Ids of passages that were read and did not help."""
    exhausted: bool = False
    """The decomposer has nothing new to look for."""
    usage: Usage = field(default_factory=Usage)
    step_usage: Usage = field(default_factory=Usage)

    def __post_init__(self) -> None:
        policy = self.session.settings.policy
        self.spans = Spans(self.clock)
        self.belief = prior(policy.p_success, policy.p_strength)

    @property
    def u_max(self) -> float:
        """U of this question."""
        return self.complexity.u_max

    @property
    def max_steps(self) -> int:
        """Steps that this question may take."""
        most = self.session.settings.policy.max_steps
        return max(1, round(most * self.complexity.step_share))

    @property
    def elapsed_s(self) -> float:
        """Seconds since the run started."""
        return self.clock.now() / 1e9

    def number(self, hits: Sequence[Hit], query: str) -> tuple[Passage, ...]:
        """Passages with citation numbers, cut to what the query is about.

        One that was seen before keeps its number.
        """
        limit = self.session.settings.retrieval.excerpt_words
        read = excerpts([hit.chunk.text for hit in hits], query, limit)
        known = {passage.id: number for number, passage in self.passages.items()}
        numbered: list[Passage] = []
        for hit, excerpt in zip(hits, read, strict=True):
            number = known.get(hit.chunk.id, len(self.passages) + 1)
            passage = Passage(
                number=number,
                id=hit.chunk.id,
                document=hit.document.title,
                source=hit.document.source,
                section=hit.chunk.section,
                text=hit.chunk.text,
                dense=round(hit.dense, 4),
                lexical=round(hit.lexical, 3),
                fused=round(hit.fused, 4),
                line=hit.chunk.line,
                page=hit.chunk.page,
                excerpt=excerpt if excerpt != hit.chunk.text else "",
            )
            self.passages[number] = passage
            numbered.append(passage)
        return tuple(numbered)

    def check_cancel(self) -> None:
        """Raise Cancelled between calls."""
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled("")

    def sampling(self, cap: int, temperature: float) -> Sampling:
        """Each call of a run has its own seed, derived from the run's."""
        self.calls += 1
        seed = self.session.settings.seed * 1_000 + self.calls
        return Sampling(cap, temperature, self.session.profile.top_p, seed)

    def call(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        kind: Kind,
        stop: Sequence[str] = (),
        delta: Callable[[str], Event] | None = None,
        renumber: Renumber | None = None,
    ) -> Generator[Event, None, Reply]:
        """One model call: yields deltas, returns the reply. Raises Cancelled with the partial.

        Without `delta` nothing is shown before the call has ended.
        """
        translate = renumber or Renumber(range(1, 1_000))
        shown: list[str] = []
        speech = speak(
            self.session.backend, messages, sampling, kind=kind, stop=stop, cancel=self.cancel
        )
        start = self.clock.now()
        while True:
            try:
                piece = next(speech)
            except StopIteration as end:
                reply: Reply = end.value
                break
            if text := translate.feed(piece):
                shown.append(text)
                if delta:
                    yield delta(text)
        if text := translate.rest():
            shown.append(text)
            if delta:
                yield delta(text)
        self._account(kind, reply.usage, start)
        said = without_loops("".join(shown))
        if reply.finish == "cancelled":
            raise Cancelled(said if delta else "")
        return Reply(said, reply.usage, reply.finish, reply.mean_logprob)

    def take_usage(self) -> Usage:
        """What the calls since the last step cost."""
        taken, self.step_usage = self.step_usage, Usage()
        return taken

    def _account(self, kind: Kind, usage: Usage, start: int) -> None:
        self.usage += usage
        self.step_usage += usage
        if kind == "decompose":
            self.spans.add(Part.DECOMPOSE, self.clock.now() - start)
        else:
            self.spans.add(Part.PREFILL, usage.prefill_ns)
            self.spans.add(Part.DECODE, usage.decode_ns)


def started(run: Run) -> RunStarted:
    """The first event: everything needed to repeat the run."""
    session = run.session
    settings, info = session.settings, session.backend.info
    return RunStarted(
        run=run.id,
        at_ns=run.clock.now(),
        question=run.question,
        options=run.options,
        profile=session.profile_name,
        model=info.name,
        device=info.device,
        dtype=info.precision,
        strategy=settings.policy.strategy,
        caps=session.profile.caps.caps(),
        seed=settings.seed,
        budget_s=settings.budget_s,
        deadline_s=run.deadline_s,
        started=datetime.now(UTC).isoformat(timespec="milliseconds"),
        settings=flat(session),
        versions=dict(session.versions),
    )


def flat(session: Session) -> dict[str, str | int | float | bool | None]:
    """The settings that shape a run, by dotted key."""
    import msgspec

    settings = session.settings
    tables = {
        "policy": settings.policy,
        "retrieval": settings.retrieval,
        "answer": settings.answer,
        "temperatures": session.profile.temperatures,
    }
    return {
        f"{table}.{key}": value
        for table, struct in tables.items()
        for key, value in msgspec.to_builtins(struct).items()
    }
