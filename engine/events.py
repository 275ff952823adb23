"""Every event of a run, typed and frozen: the one contract of the project.

The same stream feeds the screen, the recorder, `ask --json` and replay. An event serialises to
one JSON object a line and back without loss (`encode`, `decode`). Times are nanoseconds of a
monotonic clock since the run started. Text in events is already clean (engine.text).
Not responsible for producing events (engine.argo) or keeping them (engine.runs). Longer than other
files because the contract is worth reading in one place.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

VERSION: Final = 1
"""Version of the stream. Raised when an older reader could misread a newer recording."""


class Action(StrEnum):
    """What the policy chooses between after each step."""

    RETRIEVE = "retrieve"
    REASON = "reason"
    STOP = "stop"


class Status(StrEnum):
    """How a run ended."""

    ANSWERED = "answered"
    NOT_FOUND = "not_found"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Part(StrEnum):
    """The parts that step time is split into."""

    DECIDE = "decide"
    DECOMPOSE = "decompose"
    EMBED = "embed"
    SEARCH = "search"
    PREFILL = "prefill"
    DECODE = "decode"
    CHECK = "check"


class Frozen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """Plain immutable data inside events."""


class Caps(Frozen, frozen=True, kw_only=True):
    """Upper limits on new tokens for each kind of call."""

    subquery: int
    answer: int
    synthesis: int


class ActionValues(Frozen, frozen=True, kw_only=True):
    """Q of each action at the current state."""

    retrieve: float
    reason: float
    stop: float


class Region(Frozen, frozen=True, kw_only=True):
    """An interval of U, [low, high], in which `action` has the largest Q."""

    low: float
    high: float
    action: Action


class Belief(Frozen, frozen=True, kw_only=True):
    """Beta posterior of the probability that a retrieval succeeds."""

    alpha: float
    beta: float

    @property
    def mean(self) -> float:
        """Posterior mean, p_s."""
        return self.alpha / (self.alpha + self.beta)


class Passage(Frozen, frozen=True, kw_only=True):
    """One retrieved passage. `number` is its citation number, unique within the run, from 1."""

    number: int
    id: str
    document: str
    """Title of the document."""
    source: str
    """Path of the document as ingested, or `primer/FILE`."""
    section: tuple[str, ...]
    text: str
    dense: float
    """Cosine similarity of query and passage."""
    lexical: float
    """BM25 score; 0 where the passage was not found by words."""
    fused: float
    """Reciprocal rank fusion of both lists; 1.0 is first in both."""
    line: int | None = None
    page: int | None = None
    excerpt: str = ""
    """What the model was given of it, literally part of its text; empty: all of it."""


class Citation(Frozen, frozen=True, kw_only=True):
    """A place in the answer that points at a passage."""

    number: int
    quote: str
    """The span of the passage that supports the sentence; literally part of its text."""


class Sentence(Frozen, frozen=True, kw_only=True):
    """One sentence of an answer with what supports it."""

    text: str
    citations: tuple[int, ...]
    support: float
    """Share of the sentence's content words and literals that the cited passages hold, 0..1."""
    supported: bool
    why: str = ""
    """Why it is not supported, in a few words; empty where it is."""


class Choice(Frozen, frozen=True, kw_only=True):
    """The chosen option of a multiple-choice question, from probabilities."""

    index: int
    option: str
    probabilities: tuple[float, ...]


class Usage(Frozen, frozen=True, kw_only=True):
    """What one or more model calls cost."""

    prompt_tokens: int = 0
    reused_tokens: int = 0
    """Prompt tokens taken from the cache instead of being computed."""
    decoded_tokens: int = 0
    forwards: int = 0
    drafted_tokens: int = 0
    """Tokens guessed from the prompt and verified; the accepted ones are decoded tokens too."""
    accepted_tokens: int = 0
    prefill_ns: int = 0
    decode_ns: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            reused_tokens=self.reused_tokens + other.reused_tokens,
            decoded_tokens=self.decoded_tokens + other.decoded_tokens,
            forwards=self.forwards + other.forwards,
            drafted_tokens=self.drafted_tokens + other.drafted_tokens,
            accepted_tokens=self.accepted_tokens + other.accepted_tokens,
            prefill_ns=self.prefill_ns + other.prefill_ns,
            decode_ns=self.decode_ns + other.decode_ns,
        )

    @property
    def tokens_per_second(self) -> float:
        """Decode rate; 0 where nothing was decoded."""
        return self.decoded_tokens / self.decode_ns * 1e9 if self.decode_ns else 0.0


class Span(Frozen, frozen=True, kw_only=True):
    """One timed part of a step."""

    part: Part
    start_ns: int
    ns: int


class Base(Frozen, frozen=True, kw_only=True, tag_field="event"):
    """Fields of every event."""

    run: str
    at_ns: int
    """Since the run started."""


class RunStarted(Base, frozen=True, kw_only=True, tag="run_started"):
    question: str
    options: tuple[str, ...] = ()
    profile: str
    model: str
    device: str
    dtype: str
    strategy: str
    caps: Caps
    seed: int
    budget_s: float
    """Time the user would like; shown, and the unit of measured costs."""
    deadline_s: float | None = None
    """Time after which no action may start; None without a deadline."""
    started: str
    """Wall clock, ISO 8601, UTC."""
    settings: dict[str, str | int | float | bool | None] = {}
    """Every setting that shaped the run, by dotted key."""
    versions: dict[str, str] = {}
    version: int = VERSION


class Notice(Base, frozen=True, kw_only=True, tag="notice"):
    """Something the user should know: a fallback, a truncation, a missing part."""

    text: str
    remedy: str = ""


class Restated(Base, frozen=True, kw_only=True, tag="restated"):
    """A follow-up, as it is searched, read and answered. RunStarted has what the user typed."""

    earlier: str
    """The question before it, on one line."""
    text: str
    generated: bool
    """False where code wrote it (no model call, or one whose words did not hold)."""


class Classified(Base, frozen=True, kw_only=True, tag="classified"):
    label: str
    """simple, medium or complex."""
    kind: str
    """definition, yes/no, factual, procedural, explanatory, comparative, analytical, multi-hop."""
    u_max: float
    max_steps: int
    why: str


class Decided(Base, frozen=True, kw_only=True, tag="decided"):
    step: int
    """From 1."""
    action: Action
    values: ActionValues
    u: float
    u_max: float
    regions: tuple[Region, ...]
    belief: Belief
    forbidden: tuple[Action, ...] = ()
    """Actions that cannot be taken now: no time before the deadline, or nothing to reason about."""
    why: str


class SubqueryDelta(Base, frozen=True, kw_only=True, tag="subquery_delta"):
    step: int
    text: str


class SubqueryDone(Base, frozen=True, kw_only=True, tag="subquery_done"):
    step: int
    text: str
    generated: bool
    """False where the question itself is the sub-query (no model call)."""


class Retrieved(Base, frozen=True, kw_only=True, tag="retrieved"):
    step: int
    query: str
    passages: tuple[Passage, ...]
    """Best first."""
    cleared: bool
    """Whether any passage passed the relevance threshold."""
    embed_ns: int
    search_ns: int


class AnswerDelta(Base, frozen=True, kw_only=True, tag="answer_delta"):
    step: int
    text: str


class AnswerDone(Base, frozen=True, kw_only=True, tag="answer_done"):
    """The finding of one step. `answered` is false for the no-answer sentinel or no support."""

    step: int
    action: Action
    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    answered: bool
    grounded: bool
    """Supported by passages; always false for what the model says from its own knowledge."""
    raw: str = ""
    """The model's own words, before the check."""
    removed_citations: int = 0
    mean_logprob: float | None = None


class Progressed(Base, frozen=True, kw_only=True, tag="progressed"):
    step: int
    u_before: float
    u_after: float
    belief: Belief
    why: str


class SynthesisDelta(Base, frozen=True, kw_only=True, tag="synthesis_delta"):
    text: str


class SynthesisDone(Base, frozen=True, kw_only=True, tag="synthesis_done"):
    """The final answer. For `not_found` the nearest passages are in `nearest`."""

    status: Status
    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    nearest: tuple[Passage, ...] = ()
    generated: bool
    """False where one finding already was the answer and no call was made."""
    from_model: bool = False
    """True where the answer rests on the model's own knowledge and cites nothing."""
    compared: str = ""
    """Two quantities of the answer set against each other in code, where that was asked."""
    removed_citations: int = 0
    choice: Choice | None = None
    mean_logprob: float | None = None


class StepTimed(Base, frozen=True, kw_only=True, tag="step_timed"):
    """Emitted after each step and after the synthesis (whose step is 0)."""

    step: int
    action: Action
    """`stop` for the synthesis."""
    start_ns: int
    ns: int
    spans: tuple[Span, ...]
    usage: Usage


class RunFinished(Base, frozen=True, kw_only=True, tag="run_finished"):
    status: Status
    stop_reason: str
    steps: int
    ns: int
    usage: Usage


class RunFailed(Base, frozen=True, kw_only=True, tag="run_failed"):
    what: str
    where: str = ""
    remedy: str = ""


Event = (
    RunStarted
    | Notice
    | Restated
    | Classified
    | Decided
    | SubqueryDelta
    | SubqueryDone
    | Retrieved
    | AnswerDelta
    | AnswerDone
    | Progressed
    | SynthesisDelta
    | SynthesisDone
    | StepTimed
    | RunFinished
    | RunFailed
)

Delta = SubqueryDelta | AnswerDelta | SynthesisDelta

_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """One JSON object, no newline."""
    return _encoder.encode(event)


def decode(line: bytes | str) -> Event:
    """The event of one JSON object. Raises msgspec.ValidationError on anything else."""
    event: Event = _decoder.decode(line)
    return event
