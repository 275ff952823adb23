"""The two actions that learn something: retrieve and reason. Each yields its events as it goes.

Not responsible for choosing between them (engine.strategies) or for the final answer
(engine.conclusion).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from engine.complexity import split
from engine.events import (
    Action,
    AnswerDelta,
    AnswerDone,
    Event,
    Notice,
    Part,
    Passage,
    Retrieved,
    SubqueryDelta,
    SubqueryDone,
)
from engine.guard.checked import Checked
from engine.guard.claims import declines, supported_text, unbroken
from engine.guard.text import words
from engine.llm.backend import Message
from engine.progress import Outcome
from engine.roles import answer, decompose, judge, reason
from engine.roles.citations import Renumber
from engine.roles.speak import Reply
from engine.run import Finding, Run
from engine.search import clears, find


def retrieve(run: Run) -> Generator[Event, None, Outcome]:
    """Write a sub-query, search, answer it from the passages, hold the answer against them."""
    query = yield from _subquery(run)
    if _repeats(query, run.searched[:-1]):
        run.exhausted = True
        return Outcome(Action.RETRIEVE, succeeded=False, complete=False)
    passages = yield from _search(run, query)
    if not passages:
        return _failure(run, query, ())
    finding = yield from _read(run, query, passages)
    if finding is None:
        return _failure(run, query, passages)
    run.findings.append(finding)
    complete = _covered(run, finding) or _judged(run)
    return Outcome(Action.RETRIEVE, succeeded=True, complete=complete)


def reason_over(run: Run) -> Generator[Event, None, Outcome]:
    """Combine the findings; with none, speak from the model, labelled as such."""
    session, prompts = run.session, run.session.prompts
    findings = [finding.text for finding in run.findings if finding.grounded]
    said = reason.messages(prompts, run.question, findings)
    reply = yield from run.call(
        said,
        run.sampling(session.profile.caps.answer, session.profile.temperatures.answer),
        kind="reason",
        stop=(prompts.reason if findings else prompts.recall).stop,
        delta=lambda text: AnswerDelta(run=run.id, at_ns=run.clock.now(), step=run.step, text=text),
    )
    # Without findings there is nothing to cite, so every number in the text is removed.
    cited = {n: p for n, p in run.passages.items() if findings}
    with run.spans.part(Part.CHECK):
        text = unbroken(reply.text, reply.finish)
        checked = session.guard.check(text, cited, run.question)
    spoke = bool(reply.text.strip()) and not declines(reply.text, reason.UNKNOWN)
    grounded = bool(findings) and checked.grounded
    yield _done(run, Action.REASON, reply, checked, answered=spoke, grounded=grounded)
    if spoke and (grounded or not findings):
        text = supported_text(checked.sentences) if grounded else checked.text
        run.findings.append(Finding(text, grounded=grounded, complete=False))
    run.reasoned_over = len(run.findings)
    return Outcome(Action.REASON, succeeded=spoke, complete=False)


def _subquery(run: Run) -> Generator[Event, None, str]:
    """The question itself first, then its parts: they cost no call. Then what is still missing."""
    if not run.searched:
        query, generated = run.question, False
    elif part := _open_part(run):
        query, generated = part, False
    else:
        session, prompts = run.session, run.session.prompts
        said = decompose.messages(
            prompts,
            run.question,
            options=run.options,
            findings=[finding.text for finding in run.findings],
            searched=run.searched,
            failed=run.failed,
        )
        reply = yield from run.call(
            said,
            run.sampling(session.profile.caps.subquery, session.profile.temperatures.decompose),
            kind="decompose",
            stop=prompts.decompose.stop,
            delta=lambda text: SubqueryDelta(
                run=run.id, at_ns=run.clock.now(), step=run.step, text=text
            ),
        )
        query, generated = decompose.tidy(reply.text) or run.question, True
    run.searched.append(query)
    yield SubqueryDone(
        run=run.id, at_ns=run.clock.now(), step=run.step, text=query, generated=generated
    )
    return query


def _open_part(run: Run) -> str | None:
    """The part of the question that the findings say least about, if it was not searched yet."""
    parts = [part for part in split(run.question) if part not in run.searched]
    if not parts:
        return None
    known = frozenset(words(" ".join(finding.text for finding in run.findings)))

    def covered(part: str) -> float:
        asked = words(part)
        return sum(1 for word in asked if word in known) / len(asked) if asked else 1.0

    return min(parts, key=covered)


def _repeats(query: str, searched: Sequence[str]) -> bool:
    return words(query) in [words(earlier) for earlier in searched]


def _search(run: Run, query: str) -> Generator[Event, None, tuple[Passage, ...]]:
    """The passages to read: relevant, and not already read in vain. Empty where none is."""
    session = run.session
    settings = session.settings.retrieval
    limit = settings.passages + len(run.read_in_vain)
    glossary = session.guard.glossary
    found = find(query, session.store, session.embedder, settings, limit, glossary)
    run.spans.add(Part.EMBED, found.embed_ns)
    run.spans.add(Part.SEARCH, found.search_ns)
    fresh = [hit for hit in found.hits if hit.chunk.id not in run.read_in_vain]
    passages = run.number(fresh[: settings.passages], query)
    cleared = any(clears(hit, settings) for hit in fresh[: settings.passages])
    yield Retrieved(
        run=run.id,
        at_ns=run.clock.now(),
        step=run.step,
        query=query,
        passages=passages,
        cleared=cleared,
        embed_ns=found.embed_ns,
        search_ns=found.search_ns,
    )
    run.check_cancel()
    return passages if cleared else ()


def _read(
    run: Run, query: str, passages: Sequence[Passage]
) -> Generator[Event, None, Finding | None]:
    """Answer from the passages; None where they do not hold the answer."""
    session, prompts = run.session, run.session.prompts
    # Until something is known the whole question is asked: a sub-query says only where to look.
    asked = query if run.findings else decompose.with_options(run.question, run.options)
    said, passages = yield from _fitting(run, asked, passages)
    renumber = Renumber([passage.number for passage in passages])
    reply = yield from run.call(
        said,
        run.sampling(session.profile.caps.answer, session.profile.temperatures.answer),
        kind="answer",
        stop=prompts.answer.stop,
        delta=lambda text: AnswerDelta(run=run.id, at_ns=run.clock.now(), step=run.step, text=text),
        renumber=renumber,
    )
    with run.spans.part(Part.CHECK):
        checked = session.guard.check(
            unbroken(reply.text, reply.finish),
            {passage.number: passage for passage in passages},
            run.question,
            query,
        )
        answered = not declines(reply.text, prompts.no_answer) and checked.grounded
    yield _done(
        run,
        Action.RETRIEVE,
        reply,
        checked,
        answered=answered,
        grounded=answered,
        removed=renumber.removed,
    )
    if not answered:
        return None
    supported = [sentence for sentence in checked.sentences if sentence.supported]
    # Only the whole question can be answered whole, one sentence a part at the least.
    whole = not run.findings and len(supported) >= run.complexity.parts
    complete = whole and run.complexity.label != "complex"
    return Finding(supported_text(checked.sentences), grounded=True, complete=complete)


def _covered(run: Run, finding: Finding) -> bool:
    """Whether nothing is left to look for: one whole answer, or a finding for each part."""
    parts = run.complexity.parts
    several = parts > 1 and len([f for f in run.findings if f.grounded]) >= parts
    return finding.complete or (several and run.complexity.label != "complex")


def _judged(run: Run) -> bool:
    """Whether the model says that the findings answer the question, where it is asked."""
    if not run.session.profile.judges:
        return False
    grounded = [finding.text for finding in run.findings if finding.grounded]
    said = judge.messages(run.session.prompts, run.question, grounded)
    start = run.clock.now()
    probability = judge.answered(run.session.backend, said)
    run.spans.add(Part.PREFILL, run.clock.now() - start)
    return probability >= run.session.settings.answer.min_complete


def _fitting(
    run: Run, asked: str, passages: Sequence[Passage]
) -> Generator[Event, None, tuple[list[Message], Sequence[Passage]]]:
    """The call with as many passages as the model's context holds; dropping some is announced."""
    session = run.session
    room = session.backend.info.context - session.profile.caps.answer - 64
    kept = list(passages)
    while True:
        said = answer.messages(session.prompts, asked, kept)
        size = sum(session.backend.count(message.content) + 8 for message in said)
        if size <= room or len(kept) == 1:
            break
        kept.pop()
    if len(kept) < len(passages):
        yield Notice(
            run=run.id,
            at_ns=run.clock.now(),
            text=f"Only {len(kept)} of {len(passages)} passages fit the model's context",
            remedy="Lower retrieval.passages or retrieval.passage_tokens.",
        )
    return said, kept


def _failure(run: Run, query: str, passages: Sequence[Passage]) -> Outcome:
    run.failed.append(query)
    run.read_in_vain |= {passage.id for passage in passages}
    return Outcome(Action.RETRIEVE, succeeded=False, complete=False)


def _done(
    run: Run,
    action: Action,
    reply: Reply,
    checked: Checked,
    *,
    answered: bool,
    grounded: bool,
    removed: int = 0,
) -> AnswerDone:
    return AnswerDone(
        run=run.id,
        at_ns=run.clock.now(),
        step=run.step,
        action=action,
        text=checked.text if answered else reply.text.strip(),
        raw=reply.text.strip(),
        sentences=checked.sentences if answered else (),
        citations=checked.citations if grounded else (),
        answered=answered,
        grounded=grounded,
        removed_citations=checked.removed + removed,
        mean_logprob=reply.mean_logprob,
    )
