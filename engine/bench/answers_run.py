"""One question's events, kept as a record.

Not responsible for asking (engine.bench.answers) or judging (engine.bench.answers_judge).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from engine.bench.answers_questions import Question
from engine.bench.answers_record import Asked, Source, Step
from engine.events import (
    Action,
    AnswerDone,
    Event,
    Passage,
    Restated,
    Retrieved,
    RunFailed,
    RunFinished,
    SubqueryDone,
    SynthesisDone,
)

Search = Callable[[str], tuple[str, ...]]
"""Documents of the best passages for a query, best first."""
_T = TypeVar("_T")


def asked(question: Question, events: Iterable[Event], search: Search) -> Asked:
    """The record of a run. Raises ValueError where it did not finish."""
    seen = list(events)
    finished = _only(seen, RunFinished)
    if finished is None:
        raise ValueError("the run did not finish")
    answer, failed = _only(seen, SynthesisDone), _only(seen, RunFailed)
    citations = {citation.number for citation in answer.citations} if answer else set()
    sentences = answer.sentences if answer else ()
    shown = citations | {number for said in sentences for number in said.citations}
    restated = _only(seen, Restated)
    understood = restated.text if restated else question.q
    steps = tuple(_steps(question, understood, seen, search))
    return Asked(
        key=question.key,
        q=question.q,
        restated=restated.text if restated else "",
        status=finished.status,
        why=failed.what if failed else finished.stop_reason,
        text=answer.text if answer else "",
        sentences=sentences,
        sources=_sources(seen, shown),
        cited=tuple(sorted(citations)),
        found=search(understood) if any(step.found for step in steps) else (),
        steps=steps,
        choice=answer.choice.index if answer and answer.choice else -1,
        from_model=bool(answer and answer.from_model),
        generated=bool(answer and answer.generated),
        count=finished.steps,
        seconds=finished.ns / 1e9,
        decoded=finished.usage.decoded_tokens,
    )


def _steps(
    question: Question, understood: str, events: Sequence[Event], search: Search
) -> Iterable[Step]:
    """Every retrieval. A query of its own is searched again, plainly, beside the question's."""
    retrieved = {event.step for event in events if isinstance(event, Retrieved)}
    read: Mapping[int, AnswerDone] = {
        event.step: event
        for event in events
        if isinstance(event, AnswerDone) and event.action is Action.RETRIEVE
    }
    for event in events:
        if not isinstance(event, SubqueryDone) or event.step not in retrieved:
            continue
        own = event.generated or event.text != understood
        done = read.get(event.step)
        yield Step(
            query=event.text,
            generated=event.generated,
            found=search(event.text) if own and question.file else (),
            read=done is not None,
            raw=done.raw if done else "",
            answered=bool(done and done.answered),
            passed=" ".join(said.text for said in done.sentences if said.supported) if done else "",
        )


def _sources(events: Sequence[Event], cited: set[int]) -> tuple[Source, ...]:
    passages: Mapping[int, Passage] = {
        passage.number: passage
        for event in events
        if isinstance(event, Retrieved)
        for passage in event.passages
    }
    return tuple(
        Source(
            number=number,
            document=passage.document,
            source=passage.source,
            section=passage.section,
            text=passage.text if number in cited else "",
        )
        for number, passage in sorted(passages.items())
    )


def _only(events: Sequence[Event], kind: type[_T]) -> _T | None:
    return next((event for event in events if isinstance(event, kind)), None)
