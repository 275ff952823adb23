"""A recorded run as a document: Markdown to read, JSON Lines to replay, CSV to compute with.

Pure: events in, text out. Not responsible for reading runs (engine.runs) or writing files.
"""

from __future__ import annotations

import csv as table
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from engine.cells import harmless, line
from engine.events import (
    AnswerDone,
    Event,
    Notice,
    Part,
    Passage,
    Restated,
    Retrieved,
    RunFailed,
    RunFinished,
    RunStarted,
    StepTimed,
    SubqueryDone,
    SynthesisDelta,
    SynthesisDone,
    encode,
)

COLUMNS: Final = (
    *("run", "started", "profile", "model", "device", "question", "status"),
    *("step", "action", "query", "start_ms", "ms"),
    *(f"{part}_ms" for part in Part),
    *("prompt_tokens", "reused_tokens", "decoded_tokens", "tokens_per_second"),
)
"""Of the CSV; one row a step, the synthesis last with step 0."""

_E = TypeVar("_E", bound=Event)


def json_lines(events: Iterable[Event]) -> str:
    """One JSON object a line; `engine.events.decode` reads each of them."""
    return "".join(f"{encode(event).decode()}\n" for event in events)


def csv(events: Sequence[Event]) -> str:
    """One row a step, times in milliseconds. No cell can be read as a formula."""
    out = io.StringIO()
    writer = table.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    start, end = _first(events, RunStarted), _first(events, RunFinished)
    about: list[object] = [""] * 5
    if start:
        about = [start.started, start.profile, start.model, start.device, start.question]
    queries = {event.step: event.text for event in events if isinstance(event, SubqueryDone)}
    for event in events:
        if isinstance(event, StepTimed):
            row = [event.run, *about, end.status if end else ""]
            row += [event.step, event.action, queries.get(event.step, "")]
            row += [_ms(event.start_ns), _ms(event.ns)]
            row += [_ms(part_ns(event, part)) for part in Part]
            usage = event.usage
            row += [usage.prompt_tokens, usage.reused_tokens, usage.decoded_tokens]
            row += [f"{usage.tokens_per_second:.1f}"]
            writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()


def markdown(events: Sequence[Event]) -> str:
    """Question, answer, cited passages with the quoted spans, findings, and a table of times."""
    return "\n\n".join(block for block in _blocks(events) if block) + "\n"


def part_ns(event: StepTimed, part: Part) -> int:
    """Nanoseconds that a step spent in one part."""
    return sum(span.ns for span in event.spans if span.part is part)


def passages(events: Iterable[Event]) -> dict[int, Passage]:
    """Every passage of the run by its citation number."""
    found: dict[int, Passage] = {}
    for event in events:
        if isinstance(event, Retrieved):
            found |= {passage.number: passage for passage in event.passages}
        elif isinstance(event, SynthesisDone):
            found |= {passage.number: passage for passage in event.nearest}
    return found


def place(passage: Passage) -> str:
    """Where a passage stands: `Document › Section · source:line`."""
    # The first heading of a document is often its title.
    repeated = passage.section[:1] == (passage.document,)
    title = " › ".join((passage.document, *passage.section[repeated:]))
    if passage.page is not None:
        return f"{title} · {passage.source}, page {passage.page}"
    return f"{title} · {passage.source}" + (f":{passage.line}" if passage.line else "")


def _blocks(events: Sequence[Event]) -> Iterator[str]:
    start = _first(events, RunStarted)
    if start:
        yield f"# {line(start.question)}"
        if restated := _first(events, Restated):
            yield f"*Understood as: {line(restated.text)}*"
        yield "\n".join(f"{n}. {line(option)}" for n, option in enumerate(start.options, 1))
        place = ", ".join(filter(None, (start.device, start.dtype)))
        yield (
            f"Run `{start.run}`, {start.started}. Profile {start.profile} ({line(start.model)}),"
            f" {place}; strategy {start.strategy}, seed {start.seed},"
            f" caps {start.caps.subquery}/{start.caps.answer}/{start.caps.synthesis}."
        )
    yield from _answer(events)
    yield from _findings(events)
    yield _times(events)
    for event in events:
        if isinstance(event, Notice):
            yield f"> {line(event.text)} {line(event.remedy)}".rstrip()


def _answer(events: Sequence[Event]) -> Iterator[str]:
    yield "## Answer"
    done, failure = _first(events, SynthesisDone), _first(events, RunFailed)
    if done is None:
        deltas = (event.text for event in events if isinstance(event, SynthesisDelta))
        yield "".join(deltas).strip()
        yield f"*{line(failure.what)}. {line(failure.remedy)}*" if failure else "*Not finished.*"
        return
    yield done.text
    if done.choice:
        chances = ", ".join(f"{chance:.2f}" for chance in done.choice.probabilities)
        number = done.choice.index + 1
        yield f"Choice: **{number}. {line(done.choice.option)}** (probabilities {chances})"
    if done.from_model:
        yield "*From the model's own knowledge; no passage supports it.*"
    else:
        for sentence in done.sentences:
            if not sentence.supported:
                why = sentence.why or "not supported by the cited passages"
                yield f"*«{line(sentence.text)}»: {line(why)}.*"
    if done.compared:
        yield f"*{line(done.compared)} Computed, not generated.*"
    known = passages(events)
    numbers = dict.fromkeys(citation.number for citation in done.citations)
    if numbers:
        yield "## Sources"
    for number in numbers:
        quotes = [item.quote for item in done.citations if item.number == number and item.quote]
        if passage := known.get(number):
            yield _source(passage, quotes)
    if done.nearest:
        yield "## Nearest passages"
        for passage in done.nearest:
            yield _source(passage, [])


def _source(passage: Passage, quotes: Sequence[str]) -> str:
    lines = [f"**[{passage.number}]** {line(place(passage))}"]
    lines += [f"«{line(quote)}»" for quote in dict.fromkeys(quotes)]
    return "\n\n".join([*lines, _quoted(passage.text)])


def _quoted(text: str) -> str:
    return "\n".join(f"> {each}".rstrip() for each in text.splitlines())


def _findings(events: Sequence[Event]) -> Iterator[str]:
    queries = {event.step: event.text for event in events if isinstance(event, SubqueryDone)}
    found = [event for event in events if isinstance(event, AnswerDone)]
    if found:
        yield "## Steps"
    for event in found:
        query = f" {line(queries[event.step])}" if event.step in queries else ""
        verdict = "grounded" if event.grounded else "not grounded"
        if not event.answered:
            verdict = "no answer"
        yield f"**{event.step}. {event.action}**{query} ({verdict})"
        yield _quoted(event.text)


def _times(events: Sequence[Event]) -> str:
    steps = [event for event in events if isinstance(event, StepTimed)]
    if not steps:
        return ""
    parts = [part for part in Part if any(part_ns(step, part) for step in steps)]
    head = ["step", "action", *(f"{part} ms" for part in parts), "total ms", "tokens", "tokens/s"]
    rows = [
        [
            str(step.step) if step.step else "synthesis",
            step.action,
            *(_ms(part_ns(step, part)) for part in parts),
            _ms(step.ns),
            str(step.usage.decoded_tokens),
            f"{step.usage.tokens_per_second:.1f}",
        ]
        for step in steps
    ]
    if end := _first(events, RunFinished):
        rows.append(["**total**", end.status, *[""] * len(parts), _ms(end.ns)])
        rows[-1] += [str(end.usage.decoded_tokens), f"{end.usage.tokens_per_second:.1f}"]
    lines = [head, ["---", "---", *["--:"] * (len(head) - 2)], *rows]
    return "## Times\n\n" + "\n".join(f"| {' | '.join(each)} |" for each in lines)


def _first(events: Iterable[Event], kind: type[_E]) -> _E | None:
    return next((event for event in events if isinstance(event, kind)), None)


def _ms(ns: int) -> str:
    return f"{ns / 1e6:.1f}"
