"""A run that holds one text wherever an event holds a text.

Not responsible for the texts (tests.hostile).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from engine.events import (
    AnswerDelta,
    AnswerDone,
    Choice,
    Citation,
    Classified,
    Decided,
    Event,
    Notice,
    Passage,
    Progressed,
    Restated,
    Retrieved,
    RunFailed,
    RunFinished,
    RunStarted,
    Sentence,
    SubqueryDelta,
    SubqueryDone,
    SynthesisDelta,
    SynthesisDone,
)
from engine.text import clean
from tests import samples
from tests.hostile import HOSTILE


def poisoned_run(question: str) -> list[Event]:
    """For the question `h7` the run with the eighth text; for others an honest one."""
    if question[:1] == "h" and question[1:].isdigit():
        return poisoned(clean(list(HOSTILE.values())[int(question[1:])]))
    return samples.answered()


def poisoned(text: str, *, fails: bool = False) -> list[Event]:
    """An answered run, or one that fails at its end, with the text in every place."""
    events = [_poison(event, text) for event in _one_delta_each(samples.answered())]
    restated = Restated(run="r1", at_ns=1, earlier=text, text=text, generated=True)
    notice = Notice(run="r1", at_ns=2, text=text, remedy=text)
    events[1:1] = [restated, notice]
    if fails:
        failed = RunFailed(run="r1", at_ns=3, what=text, where=text, remedy=text)
        events[-1:-1] = [failed]
    return events


def _one_delta_each(events: Iterable[Event]) -> Iterator[Event]:
    """One delta of each call: a text that is long need not be longer."""
    seen: set[tuple[str, int]] = set()
    for event in events:
        call = (type(event).__name__, getattr(event, "step", 0))
        if not isinstance(event, SubqueryDelta | AnswerDelta | SynthesisDelta) or call not in seen:
            yield event
        seen.add(call)


def _poison(event: Event, text: str) -> Event:
    change = msgspec.structs.replace
    sentences = (Sentence(text=text, citations=(1,), support=0.1, supported=False, why=text),)
    cited = (Citation(number=1, quote=text),)
    match event:
        case RunStarted():
            return change(event, question=text, options=(text, text), model=text[:80])
        case SubqueryDelta() | SubqueryDone() | AnswerDelta() | SynthesisDelta():
            return change(event, text=text)
        case Classified() | Decided() | Progressed():
            return change(event, why=text)
        case AnswerDone():
            return change(event, text=text, sentences=sentences, citations=cited, raw=text)
        case Retrieved():
            passages = tuple(_passage(each, text) for each in event.passages)
            return change(event, query=text, passages=passages)
        case SynthesisDone():
            choice = Choice(index=1, option=text, probabilities=(0.2, 0.8))
            return change(
                event, text=f"{text} [1]", sentences=sentences, citations=cited, compared=text,
                choice=choice,
            )  # fmt: skip
        case RunFinished():
            return change(event, stop_reason=text)
        case _:
            return event


def _passage(passage: Passage, text: str) -> Passage:
    return msgspec.structs.replace(
        passage, text=text, document=text, section=(text, text), source=text, excerpt=text
    )
