"""A whole run as events, for tests of what keeps, shows and exports runs.

It stands in for the engine at the outermost edge: nothing here decides or generates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.events import (
    Action,
    ActionValues,
    AnswerDelta,
    AnswerDone,
    Belief,
    Caps,
    Choice,
    Citation,
    Classified,
    Decided,
    Event,
    Part,
    Passage,
    Progressed,
    Region,
    Retrieved,
    RunFailed,
    RunFinished,
    RunStarted,
    Sentence,
    Span,
    Status,
    StepTimed,
    SubqueryDone,
    SynthesisDelta,
    SynthesisDone,
    Usage,
)

MS = 1_000_000
PASSAGE = Passage(
    number=1,
    id="p1",
    document="O-RAN architecture",
    source="primer/architecture.md",
    section=("Near-RT RIC", "Control loops"),
    text="The near-RT RIC controls the RAN in loops of 10 ms to 1 s. It hosts xApps.",
    dense=0.71,
    lexical=14.2,
    fused=1.0,
    line=12,
)
SENTENCE = Sentence(
    text="It controls the RAN in loops of 10 ms to 1 s [1].",
    citations=(1,),
    support=0.9,
    supported=True,
)
CITATION = Citation(number=1, quote="controls the RAN in loops of 10 ms to 1 s")
USAGE = Usage(prompt_tokens=300, reused_tokens=100, decoded_tokens=20, forwards=21,
              prefill_ns=200 * MS, decode_ns=400 * MS)  # fmt: skip
BELIEF = Belief(alpha=4.0, beta=1.0)


def started(run: str, question: str, profile: str = "135m", **more: object) -> RunStarted:
    fields: dict[str, object] = {
        "model": "smollm2-135m-instruct",
        "device": "cpu",
        "dtype": "float32",
        "strategy": "mdp",
        "caps": Caps(subquery=30, answer=80, synthesis=120),
        "seed": 0,
        "budget_s": 30.0,
        "started": "2026-01-02T03:04:05Z",
    }
    return RunStarted(run=run, at_ns=0, question=question, profile=profile, **(fields | more))  # type: ignore[arg-type]


def opening(run: str, question: str, options: Sequence[str] = ()) -> Iterator[Event]:
    """Everything before the synthesis: one retrieval that succeeds."""
    yield started(run, question, options=tuple(options))
    yield Classified(
        run=run, at_ns=1 * MS, label="simple", kind="factual", u_max=0.45, max_steps=3, why="short"
    )
    yield decided(run, 1, Action.RETRIEVE)
    yield SubqueryDone(run=run, at_ns=3 * MS, step=1, text=question, generated=False)
    yield Retrieved(
        run=run, at_ns=20 * MS, step=1, query=question, passages=(PASSAGE,), cleared=True,
        embed_ns=10 * MS, search_ns=5 * MS,
    )  # fmt: skip
    yield AnswerDelta(run=run, at_ns=300 * MS, step=1, text=SENTENCE.text)
    yield AnswerDone(
        run=run, at_ns=400 * MS, step=1, action=Action.RETRIEVE, text=SENTENCE.text,
        sentences=(SENTENCE,), citations=(CITATION,), answered=True, grounded=True,
    )  # fmt: skip
    yield Progressed(
        run=run, at_ns=401 * MS, step=1, u_before=0.0, u_after=0.25, belief=BELIEF, why="grounded"
    )
    yield timed(run, 1, Action.RETRIEVE, start_ns=2 * MS, ns=400 * MS)
    yield decided(run, 2, Action.STOP)


def decided(run: str, step: int, action: Action) -> Decided:
    return Decided(
        run=run, at_ns=2 * MS, step=step, action=action,
        values=ActionValues(retrieve=0.5, reason=0.3, stop=0.2), u=0.0, u_max=0.45,
        regions=(Region(low=0.0, high=0.45, action=Action.RETRIEVE),), belief=BELIEF,
        why="retrieving is worth most",
    )  # fmt: skip


def timed(run: str, step: int, action: Action, *, start_ns: int, ns: int) -> StepTimed:
    return StepTimed(
        run=run, at_ns=start_ns + ns, step=step, action=action, start_ns=start_ns, ns=ns,
        spans=(
            Span(part=Part.EMBED, start_ns=start_ns, ns=10 * MS),
            Span(part=Part.SEARCH, start_ns=start_ns + 10 * MS, ns=5 * MS),
            Span(part=Part.DECODE, start_ns=start_ns + 15 * MS, ns=100 * MS),
            Span(part=Part.DECODE, start_ns=start_ns + 115 * MS, ns=50 * MS),
        ),
        usage=USAGE,
    )  # fmt: skip


def ending(run: str, status: Status, text: str, *, choice: Choice | None = None) -> Iterator[Event]:
    """The synthesis, word by word, and the end."""
    cited = status is Status.ANSWERED
    for word in text.split(" "):
        yield SynthesisDelta(run=run, at_ns=500 * MS, text=f"{word} ")
    yield SynthesisDone(
        run=run, at_ns=600 * MS, status=status, text=text, generated=True, choice=choice,
        sentences=(SENTENCE,) if cited else (), citations=(CITATION,) if cited else (),
        nearest=() if cited else (PASSAGE,),
    )  # fmt: skip
    yield timed(run, 0, Action.STOP, start_ns=402 * MS, ns=200 * MS)
    yield RunFinished(
        run=run, at_ns=602 * MS, status=status, stop_reason="enough is known", steps=1,
        ns=602 * MS, usage=USAGE + USAGE,
    )  # fmt: skip


def answered(run: str = "run1", question: str = "What does the near-RT RIC do?") -> list[Event]:
    return [*opening(run, question), *ending(run, Status.ANSWERED, SENTENCE.text)]


def failed(run: str, question: str) -> list[Event]:
    return [
        started(run, question),
        RunFailed(run=run, at_ns=5, what="The model gave out", where="135m", remedy="Try again."),
        RunFinished(run=run, at_ns=6, status=Status.FAILED, stop_reason="failed", steps=0,
                    ns=6, usage=Usage()),
    ]  # fmt: skip
