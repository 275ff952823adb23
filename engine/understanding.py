"""What a question means after the one before it: a follow-up is made to stand alone.

In code where that is certain, else by the model, whose words are checked; else both questions are
searched for and read together, and a Notice says so. Not responsible for telling follow-ups
(engine.followup) or for the rules (engine.followup_swap, engine.roles.restate).
"""

from __future__ import annotations

from collections.abc import Generator

from engine.complexity import classify
from engine.events import Event, Notice, Restated
from engine.followup import leans
from engine.followup_swap import written_out
from engine.roles import restate
from engine.run import Run
from engine.text import clean


def understand(run: Run, earlier: str) -> Generator[Event, None, None]:
    """Put the self-contained question in the place of what was typed, where it is a follow-up.

    `earlier` is the self-contained question of the turn before, empty where there is none.
    Raises Cancelled.
    """
    before = restate.shortened(clean(earlier))
    if not run.session.settings.answer.follow_ups or not leans(run.question, before):
        return
    text = written_out(run.question, before)
    generated = text is None or len(text) > restate.LONGEST
    if text is None or generated:
        text = yield from _restated(run, before)
    if not text:
        generated, text = False, restate.beside(run.question, before)
        yield Notice(
            run=run.id,
            at_ns=run.clock.now(),
            text="The follow-up could not be put into one question, so both are searched for",
            remedy="Ask it in full for a better answer.",
        )
    run.question, run.complexity = text, classify(text)
    yield Restated(
        run=run.id, at_ns=run.clock.now(), earlier=before, text=text, generated=generated
    )


def _restated(run: Run, before: str) -> Generator[Event, None, str]:
    """The model's words; empty where they do not hold."""
    session = run.session
    said = restate.messages(session.prompts, run.question, before)
    reply = yield from run.call(
        said,
        run.sampling(session.profile.caps.subquery, 0.0),
        kind="restate",
        stop=("\n", *session.prompts.restate.stop),
    )
    # Before the first step: it counts in the run's usage and time, and in no step's.
    run.take_usage()
    run.spans.take()
    text = restate.tidied(reply.text)
    return text if restate.holds(text, run.question, before) else ""
