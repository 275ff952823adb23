"""Plausible runs as lists of events: what the screen tests and the demonstration app are fed.

Times are those of a small model on two cores. Not responsible for being true: the passages are
written for the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

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
    Notice,
    Part,
    Passage,
    Progressed,
    Region,
    Restated,
    Retrieved,
    RunFailed,
    RunFinished,
    RunStarted,
    Sentence,
    Span,
    Status,
    StepTimed,
    SubqueryDelta,
    SubqueryDone,
    SynthesisDelta,
    SynthesisDone,
    Usage,
)

MS: Final = 1_000_000
QUESTION: Final = "How do the A1 and E2 interfaces divide the work of the two RAN controllers?"
UNDERSTOOD: Final = "How does the E2 interface divide the work of the two RAN controllers?"

PASSAGES: Final = (
    Passage(
        number=1,
        id="a1-1",
        document="A1 interface",
        source="primer/a1.md",
        section=("A1 interface", "Purpose"),
        text=(
            "The A1 interface connects the non-real-time RIC with the near-real-time RIC. It "
            "carries A1 policies, enrichment information and, for learning, model management. "
            "A policy states a goal, never a single radio decision."
        ),
        dense=0.71,
        lexical=18.2,
        fused=1.0,
        line=12,
    ),
    Passage(
        number=2,
        id="a1-2",
        document="A1 interface",
        source="primer/a1.md",
        section=("A1 interface", "Policies"),
        text="Policies are created, updated, queried and deleted over A1-P with HTTP and JSON.",
        dense=0.64,
        lexical=11.7,
        fused=0.93,
        line=31,
    ),
    Passage(
        number=3,
        id="e2-1",
        document="O-RAN.WG3.E2GAP",
        source="specifications/O-RAN.WG3.E2GAP-v04.00.pdf",
        section=("5 E2 interface", "5.2 Functions"),
        text=(
            "The E2 interface connects the near-real-time RIC with the E2 nodes. RIC control loops "
            "of 10 ms to 1 s report, insert, control and set policies in the node."
        ),
        dense=0.69,
        lexical=21.4,
        fused=0.98,
        page=17,
    ),
)
REGIONS: Final = (
    Region(low=0.0, high=0.52, action=Action.RETRIEVE),
    Region(low=0.52, high=0.6, action=Action.REASON),
    Region(low=0.6, high=0.8, action=Action.STOP),
)
USAGE: Final = Usage(
    prompt_tokens=412,
    reused_tokens=188,
    decoded_tokens=46,
    forwards=31,
    prefill_ns=640 * MS,
    decode_ns=1_120 * MS,
)
FINAL: Final = (
    "The A1 interface carries policies and enrichment information from the non-real-time RIC to "
    "the near-real-time RIC [1]. The E2 interface lets the near-real-time RIC control the E2 nodes "
    "in loops of 10 ms to 1 s [3]. Both were specified in 2018."
)


def started(run: str = "r1", question: str = QUESTION, options: tuple[str, ...] = ()) -> RunStarted:
    """The first event of a run of the small profile."""
    return RunStarted(
        run=run,
        at_ns=0,
        question=question,
        options=options,
        profile="135m",
        model="SmolLM2-135M-Instruct",
        device="cpu",
        dtype="bfloat16",
        strategy="mdp",
        caps=Caps(subquery=30, answer=80, synthesis=120),
        seed=0,
        budget_s=30.0,
        started="2026-01-15T10:30:00Z",
    )


def classified(run: str = "r1") -> Classified:
    """A comparative question."""
    return Classified(
        run=run,
        at_ns=2 * MS,
        label="complex",
        kind="comparative",
        u_max=0.8,
        max_steps=6,
        why="compares two interfaces",
    )


def decided(step: int, action: Action, u: float, run: str = "r1", at: int = 0) -> Decided:
    """A decision with values that favour `action`."""
    best = dict.fromkeys(("retrieve", "reason", "stop"), 0.41) | {action.value: 0.76}
    best["reason"] = max(best["reason"], 0.61) if action is not Action.REASON else 0.76
    return Decided(
        run=run,
        at_ns=at * MS,
        step=step,
        action=action,
        values=ActionValues(**best),
        u=u,
        u_max=0.8,
        regions=REGIONS,
        belief=Belief(alpha=4.0 + step, beta=1.0),
        why=f"{action.value} has the largest Q at U {u:.2f}",
    )


def pieces(text: str) -> Iterator[str]:
    """The text in pieces of about a token."""
    words = text.split(" ")
    for index, word in enumerate(words):
        yield word if index == 0 else f" {word}"


def sentence(text: str, *citations: int, supported: bool = True) -> Sentence:
    """A sentence with its support."""
    support = 0.9 if supported else 0.1
    return Sentence(text=text, citations=citations, support=support, supported=supported)


def timed(
    step: int, action: Action, start: int, run: str = "r1", scale: float = 1.0, decode: int = 820
) -> StepTimed:
    """The times of a step, parts in their order."""
    parts = [(Part.DECIDE, 4)]
    if action is Action.RETRIEVE:
        parts += [(Part.DECOMPOSE, 240), (Part.EMBED, 38), (Part.SEARCH, 22)]
    parts += [(Part.PREFILL, 410), (Part.DECODE, decode), (Part.CHECK, 6)]
    spans, at = [], start
    for part, ms in parts:
        length = int(ms * scale)
        spans.append(Span(part=part, start_ns=at * MS, ns=length * MS))
        at += length
    return StepTimed(
        run=run,
        at_ns=at * MS,
        step=step,
        action=action,
        start_ns=start * MS,
        ns=(at - start) * MS,
        spans=tuple(spans),
        usage=USAGE,
    )


def retrieval(
    step: int,
    u: float,
    query: str,
    passages: tuple[Passage, ...],
    finding: str,
    *,
    cites: tuple[int, ...],
    at: int,
    run: str = "r1",
    answered: bool = True,
) -> list[Event]:
    """One retrieve step, whole."""
    events: list[Event] = [decided(step, Action.RETRIEVE, u, run, at)]
    generated = step > 1
    if generated:
        events += [
            SubqueryDelta(run=run, at_ns=(at + 30 * index) * MS, step=step, text=text)
            for index, text in enumerate(pieces(query))
        ]
    events.append(
        SubqueryDone(run=run, at_ns=(at + 240) * MS, step=step, text=query, generated=generated)
    )
    events.append(
        Retrieved(
            run=run,
            at_ns=(at + 300) * MS,
            step=step,
            query=query,
            passages=passages,
            cleared=answered,
            embed_ns=38 * MS,
            search_ns=22 * MS,
        )
    )
    events += [
        AnswerDelta(run=run, at_ns=(at + 700 + 40 * index) * MS, step=step, text=text)
        for index, text in enumerate(pieces(finding))
    ]
    events.append(
        AnswerDone(
            run=run,
            at_ns=(at + 1500) * MS,
            step=step,
            action=Action.RETRIEVE,
            text=finding,
            sentences=(sentence(finding, *cites, supported=answered),),
            citations=tuple(Citation(number=n, quote=quote(n)) for n in cites),
            answered=answered,
            grounded=answered,
            mean_logprob=-0.21,
        )
    )
    gain = 0.25 if answered else 0.0
    events.append(
        Progressed(
            run=run,
            at_ns=(at + 1510) * MS,
            step=step,
            u_before=u,
            u_after=u + gain,
            belief=Belief(alpha=4.0 + step, beta=1.0),
            why="a grounded finding" if answered else "no passage answers",
        )
    )
    events.append(timed(step, Action.RETRIEVE, at, run))
    return events


def quote(number: int) -> str:
    """The first sentence of a passage."""
    return PASSAGES[number - 1].text.split(". ")[0]


def finished(status: Status, run: str = "r1", steps: int = 2, at: int = 4620) -> RunFinished:
    """The last event."""
    return RunFinished(
        run=run,
        at_ns=at * MS,
        status=status,
        stop_reason="stop has the largest Q",
        steps=steps,
        ns=at * MS,
        usage=USAGE,
    )


def synthesis(text: str, run: str = "r1", at: int = 3300) -> list[Event]:
    """The pieces of a final answer."""
    return [
        SynthesisDelta(run=run, at_ns=(at + 35 * index) * MS, text=piece)
        for index, piece in enumerate(pieces(text))
    ]


def two_steps(run: str = "r1", question: str = QUESTION) -> list[Event]:
    """Two retrievals with findings, before the synthesis."""
    first = "The A1 interface carries policies and enrichment information [1]."
    second = "The near-real-time RIC controls E2 nodes in loops of 10 ms to 1 s [3]."
    return [
        started(run, question),
        classified(run),
        *retrieval(1, 0.0, question, PASSAGES[:2], first, cites=(1,), at=5, run=run),
        *retrieval(
            2, 0.25, "What does E2 control?", PASSAGES[2:], second, cites=(3,), at=1560, run=run
        ),
        decided(3, Action.STOP, 0.62, run, 3110),
    ]


def answered(run: str = "r1", question: str = QUESTION) -> list[Event]:
    """Two retrievals, a written answer with citations and one sentence without support."""
    one, two, three = re.split(r"(?<=\]\.) ", FINAL)
    return [
        *two_steps(run, question),
        *synthesis(FINAL, run),
        SynthesisDone(
            run=run,
            at_ns=4600 * MS,
            status=Status.ANSWERED,
            text=FINAL,
            sentences=(sentence(one, 1), sentence(two, 3), sentence(three, supported=False)),
            citations=tuple(Citation(number=n, quote=quote(n)) for n in (1, 3)),
            generated=True,
            mean_logprob=-0.3,
        ),
        timed(0, Action.STOP, 3110, run, decode=1080),
        finished(Status.ANSWERED, run),
    ]


def follow_up(run: str = "r7") -> list[Event]:
    """A follow-up to `QUESTION`, written out by the model and answered."""
    _, *rest = answered(run, UNDERSTOOD)
    understood = Restated(run=run, at_ns=1 * MS, earlier=QUESTION, text=UNDERSTOOD, generated=True)
    return [started(run, "and the E2?"), understood, *rest]


def not_found(run: str = "r2") -> list[Event]:
    """Two failed retrievals and an honest answer."""
    question = "What is the frequency of the lunar gateway uplink?"
    none = "Not in these passages."
    first = retrieval(1, 0.0, question, PASSAGES[:2], none, cites=(), at=5, run=run, answered=False)
    return [
        started(run, question),
        classified(run),
        *first,
        decided(2, Action.STOP, 0.0, run, 1600),
        SynthesisDone(
            run=run,
            at_ns=1610 * MS,
            status=Status.NOT_FOUND,
            text="The documents do not answer this.",
            sentences=(),
            citations=(),
            nearest=PASSAGES[:2],
            generated=False,
        ),
        timed(0, Action.STOP, 1600, run, scale=0.01),
        finished(Status.NOT_FOUND, run, steps=1, at=1640),
    ]


def reasoned(run: str = "r3") -> list[Event]:
    """An answer from the model's own knowledge."""
    question = "Why would an operator disaggregate a base station?"
    text = "To mix suppliers, to scale parts separately and to place functions where they fit."
    return [
        started(run, question),
        classified(run),
        decided(1, Action.REASON, 0.0, run, 5),
        *[
            AnswerDelta(run=run, at_ns=(400 + 40 * index) * MS, step=1, text=piece)
            for index, piece in enumerate(pieces(text))
        ],
        AnswerDone(
            run=run,
            at_ns=1200 * MS,
            step=1,
            action=Action.REASON,
            text=text,
            sentences=(sentence(text, supported=False),),
            citations=(),
            answered=True,
            grounded=False,
        ),
        Progressed(
            run=run,
            at_ns=1201 * MS,
            step=1,
            u_before=0.0,
            u_after=0.08,
            belief=Belief(alpha=4.0, beta=1.0),
            why="the model's own knowledge",
        ),
        timed(1, Action.REASON, 5, run),
        decided(2, Action.STOP, 0.08, run, 1250),
        SynthesisDone(
            run=run,
            at_ns=1260 * MS,
            status=Status.ANSWERED,
            text=text,
            sentences=(sentence(text, supported=False),),
            citations=(),
            generated=False,
            from_model=True,
        ),
        finished(Status.ANSWERED, run, steps=1, at=1262),
    ]


def cancelled(run: str = "r4") -> list[Event]:
    """Stopped in the middle of the final answer."""
    half = FINAL[:90]
    return [
        *two_steps(run),
        *synthesis(half, run),
        SynthesisDone(
            run=run,
            at_ns=3900 * MS,
            status=Status.CANCELLED,
            text=half,
            sentences=(),
            citations=(),
            generated=True,
        ),
        finished(Status.CANCELLED, run, at=3901),
    ]


def failed(run: str = "r5") -> list[Event]:
    """The store went away."""
    return [
        started(run),
        classified(run),
        Notice(
            run=run,
            at_ns=3 * MS,
            text="This processor has no bfloat16; float32 is used.",
            remedy="Expect about half the speed.",
        ),
        decided(1, Action.RETRIEVE, 0.0, run, 5),
        RunFailed(
            run=run,
            at_ns=40 * MS,
            what="The passage store cannot be read.",
            where="data/store",
            remedy="Run argo-tui corpus check.",
        ),
        finished(Status.FAILED, run, steps=0, at=41),
    ]


def multiple_choice(run: str = "r6") -> list[Event]:
    """A choice from probabilities."""
    question = "Which interface connects the near-RT RIC with the O-DU?"
    options = ("A1", "E2", "O1", "Open Fronthaul")
    finding = "The E2 interface connects the near-real-time RIC with the E2 nodes [3]."
    return [
        started(run, question, options),
        classified(run),
        *retrieval(1, 0.0, question, PASSAGES[2:], finding, cites=(3,), at=5, run=run),
        decided(2, Action.STOP, 0.62, run, 1600),
        SynthesisDone(
            run=run,
            at_ns=1900 * MS,
            status=Status.ANSWERED,
            text=finding,
            sentences=(sentence(finding, 3),),
            citations=(Citation(number=3, quote=quote(3)),),
            generated=False,
            choice=Choice(index=1, option="E2", probabilities=(0.12, 0.71, 0.05, 0.12)),
        ),
        timed(0, Action.STOP, 1600, run, scale=0.2),
        finished(Status.ANSWERED, run, steps=1, at=1910),
    ]


def before(events: Iterable[Event], kind: type[Event]) -> list[Event]:
    """The events up to the first of a kind, without it."""
    result: list[Event] = []
    for event in events:
        if isinstance(event, kind):
            break
        result.append(event)
    return result
