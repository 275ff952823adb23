"""The final answer: written from the findings, chosen from options, or declined honestly.

Not responsible for deciding that it is time to stop (engine.argo).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from engine.events import (
    Action,
    Event,
    Notice,
    Part,
    Passage,
    Status,
    StepTimed,
    SynthesisDelta,
    SynthesisDone,
)
from engine.guard.checked import Checked
from engine.guard.claims import declines, unbroken
from engine.guard.quantities import compared
from engine.llm.backend import Message
from engine.roles import choose, reason, synthesise
from engine.roles.speak import Reply
from engine.run import Finding, Run

NOT_FOUND = "Not found in the documents."
NEAREST = 3
"""Passages shown with a decline."""


def conclude(run: Run) -> Generator[Event, None, SynthesisDone]:
    """Every way to end a run that was not cancelled. Yields and returns the final answer."""
    grounded = [finding for finding in run.findings if finding.grounded]
    direct = run.session.settings.policy.strategy == "direct"
    if run.options:
        done = _choice(run, grounded)
    elif grounded:
        done = yield from _written(run, grounded)
    elif run.findings or direct:
        done = yield from _from_model(run)
    else:
        done = not_found(run)
    yield done
    return done


def timed(run: Run, start: int) -> StepTimed:
    """The synthesis as step 0."""
    return StepTimed(
        run=run.id,
        at_ns=run.clock.now(),
        step=0,
        action=Action.STOP,
        start_ns=start,
        ns=run.clock.now() - start,
        spans=run.spans.take(),
        usage=run.take_usage(),
    )


def not_found(run: Run) -> SynthesisDone:
    """The honest decline, with the passages that came nearest."""
    return SynthesisDone(
        run=run.id,
        at_ns=run.clock.now(),
        status=Status.NOT_FOUND,
        text=NOT_FOUND,
        sentences=(),
        citations=(),
        nearest=nearest(run),
        generated=False,
    )


def cancelled(run: Run, partial: str) -> SynthesisDone:
    """What was there when the user stopped; unchecked, so it cites nothing."""
    return SynthesisDone(
        run=run.id,
        at_ns=run.clock.now(),
        status=Status.CANCELLED,
        text=partial,
        sentences=(),
        citations=(),
        generated=bool(partial),
    )


def nearest(run: Run) -> tuple[Passage, ...]:
    """The retrieved passages most like the question."""
    ranked = sorted(run.passages.values(), key=lambda p: (-p.fused, -p.dense))
    return tuple(ranked[:NEAREST])


def _written(run: Run, grounded: Sequence[Finding]) -> Generator[Event, None, SynthesisDone]:
    settings = run.session.settings.answer
    whole = next((finding for finding in grounded if finding.complete), None)
    single = whole or (grounded[0] if len(grounded) == 1 else None)
    if single and settings.synthesis == "auto":
        # One finding that answers is the answer; writing it a second time costs a call.
        return _done(run, _check(run, single.text), generated=False)
    joined = " ".join(finding.text for finding in grounded)
    said = synthesise.messages(
        run.session.prompts, run.question, [finding.text for finding in grounded]
    )
    reply = yield from _speak(run, said, run.session.prompts.synthesise.stop)
    checked = _check(run, unbroken(reply.text, reply.finish))
    if checked.grounded and not declines(reply.text, run.session.prompts.no_answer):
        return _done(run, checked, generated=True, reply=reply)
    yield Notice(
        run=run.id,
        at_ns=run.clock.now(),
        text="The synthesis did not keep to the findings; the findings are shown instead",
    )
    return _done(run, _check(run, joined), generated=False)


def _from_model(run: Run) -> Generator[Event, None, SynthesisDone]:
    """An answer without documents: labelled as the model's, citing nothing."""
    prompts = run.session.prompts
    if run.findings:
        text = " ".join(finding.text for finding in run.findings)
        reply = None
    else:
        said = reason.messages(prompts, run.question, ())
        reply = yield from _speak(run, said, prompts.recall.stop)
        text = reply.text
    if not text.strip() or declines(text, reason.UNKNOWN):
        return not_found(run)
    return _done(
        run,
        run.session.guard.check(text, {}, run.question),
        generated=reply is not None,
        reply=reply,
        from_model=True,
        nearest=nearest(run),
    )


def _choice(run: Run, grounded: Sequence[Finding]) -> SynthesisDone:
    session = run.session
    options = [choose.bare(option) for option in run.options]
    findings = [finding.text for finding in grounded]
    said = choose.messages(session.prompts, run.question, options, findings)
    start = run.clock.now()
    chosen = choose.choose(session.backend, said, options, session.profile.choice)
    run.spans.add(Part.PREFILL, run.clock.now() - start)
    checked = _check(run, chosen.option)
    return SynthesisDone(
        run=run.id,
        at_ns=run.clock.now(),
        status=Status.ANSWERED,
        text=checked.text,
        sentences=checked.sentences,
        citations=checked.citations,
        nearest=() if checked.grounded else nearest(run),
        generated=False,
        from_model=not checked.grounded,
        removed_citations=checked.removed,
        choice=chosen,
    )


def _speak(run: Run, said: Sequence[Message], stop: Sequence[str]) -> Generator[Event, None, Reply]:
    profile = run.session.profile
    return (
        yield from run.call(
            said,
            run.sampling(profile.caps.synthesis, profile.temperatures.synthesise),
            kind="synthesise",
            stop=stop,
            delta=lambda text: SynthesisDelta(run=run.id, at_ns=run.clock.now(), text=text),
        )
    )


def _check(run: Run, text: str) -> Checked:
    with run.spans.part(Part.CHECK):
        return run.session.guard.check(text, run.passages, run.question, *run.searched)


def _done(
    run: Run,
    checked: Checked,
    *,
    generated: bool,
    reply: Reply | None = None,
    from_model: bool = False,
    nearest: tuple[Passage, ...] = (),
) -> SynthesisDone:
    return SynthesisDone(
        run=run.id,
        at_ns=run.clock.now(),
        status=Status.ANSWERED,
        text=checked.text,
        sentences=checked.sentences,
        citations=checked.citations,
        nearest=nearest,
        generated=generated,
        from_model=from_model,
        compared=compared(run.question, [s.text for s in checked.sentences if s.supported]),
        removed_citations=checked.removed,
        mean_logprob=reply.mean_logprob if reply else None,
    )
