"""ARGO: answer a question by adaptive retrieval. The loop, and nothing else.

    write a follow-up out, so that it needs no other question
    classify the question, so that U is known
    while the policy does not say stop:
        retrieve: write a sub-query, search, answer it from the passages
        or reason: combine what is known
        update U and the belief about retrieval
    synthesise the final answer with its citations

Not responsible for how an action is carried out (engine.actions, engine.conclusion), for showing
or for recording events.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, Self

from msgspec.structs import replace

from engine.actions import reason_over, retrieve
from engine.belief import observe
from engine.complexity import classify
from engine.conclusion import cancelled, conclude, timed
from engine.config import Settings
from engine.deciding import decide_now, estimate, problem
from engine.errors import ArgoError
from engine.events import (
    Action,
    Classified,
    Event,
    Notice,
    Progressed,
    RunFailed,
    RunFinished,
    Status,
    StepTimed,
)
from engine.layers import Configuration, load
from engine.llm.backend import Cancel, ModelInfo
from engine.paths import Home
from engine.progress import Outcome, advance
from engine.roles.choose import bare
from engine.run import Cancelled, Run, started
from engine.session import Session, adapted, open_session
from engine.text import clean
from engine.understanding import understand

LONGEST_QUESTION = 4_000
"""Characters. More is a document, not a question."""


class Argo:
    """The engine, open on one profile. One question at a time, from one thread."""

    def __init__(self, session: Session, home: Home) -> None:
        self.session = session
        self._home = home

    @classmethod
    def open(
        cls,
        profile: str | None = None,
        *,
        home: Home | None = None,
        configuration: Configuration | None = None,
        flags: Mapping[str, Any] | None = None,
        notice: Callable[[str], None] = lambda _: None,
    ) -> Self:
        """Load a profile's model and the index; seconds. `notice` is told each phase.

        `flags` are dotted keys, as on the command line; with a `configuration` they are not
        looked at. Raises ConfigError, ModelError, StoreError.
        """
        home = home or Home.find()
        configuration = configuration or load(home, flags=flags)
        if profile:
            settings = replace(configuration.settings, profile=profile)
            configuration = Configuration(settings, configuration.origins)
        return cls(open_session(configuration, home, phase=notice), home)

    def adopt(self, configuration: Configuration) -> bool:
        """Go on under other settings. False where they need another model or index: open anew.

        Raises ConfigError, ModelError; the settings are then the old ones.
        """
        session = adapted(self.session, configuration, self._home)
        if session is not None:
            self.session = session
        return session is not None

    @property
    def settings(self) -> Settings:
        """Settings in force."""
        return self.session.settings

    @property
    def profile_name(self) -> str:
        """The profile that `auto` or the user chose."""
        return self.session.profile_name

    @property
    def why(self) -> str:
        """Why this profile."""
        return self.session.why

    @property
    def info(self) -> ModelInfo:
        """What is loaded."""
        return self.session.backend.info

    def close(self) -> None:
        """Give memory and files back."""
        self.session.close()

    def answer(
        self,
        question: str,
        *,
        options: Sequence[str] = (),
        earlier: str | None = None,
        cancel: Cancel | None = None,
        deadline_s: float | None = None,
        run: str | None = None,
    ) -> Iterator[Event]:
        """Answer a question. Every event of the run, as it happens; the last is RunFinished.

        `earlier` is the question of the turn before, as it was understood; a follow-up to it is
        written out (engine.understanding), anything else is asked as it is.

        Never raises for a run that went wrong: RunFailed says what, why and what to do.
        """
        asked = clean(question).strip()
        state = Run(
            id=run or uuid.uuid4().hex,
            session=self.session,
            question=asked,
            options=tuple(bare(clean(option)) for option in options),
            complexity=classify(asked),
            cancel=cancel,
            deadline_s=deadline_s if deadline_s is not None else self.settings.deadline_s,
        )
        self.session.backend.begin_run()
        yield started(state)
        try:
            status, reason = yield from _loop(state, earlier or "")
        except Cancelled as stopped:
            yield cancelled(state, stopped.partial)
            status, reason = Status.CANCELLED, "stopped by the user"
        except ArgoError as error:
            what, where = clean(error.what), clean(error.where)
            yield _failed(state, what, where, clean(error.remedy))
            status, reason = Status.FAILED, what
        except Exception as error:
            logging.getLogger(__name__).exception("run %s failed", state.id)
            what = f"The run failed unexpectedly: {type(error).__name__}: {error}"
            yield _failed(state, clean(what), "", "The log has the details; please report it.")
            status, reason = Status.FAILED, type(error).__name__
        yield RunFinished(
            run=state.id,
            at_ns=state.clock.now(),
            status=status,
            stop_reason=reason,
            steps=state.step,
            ns=state.clock.now(),
            usage=state.usage,
        )


def _loop(run: Run, earlier: str) -> Generator[Event, None, tuple[Status, str]]:
    """The paragraph at the top of this file."""
    _admit(run.question)
    if not run.session.guard.strict:
        yield Notice(
            run=run.id,
            at_ns=run.clock.now(),
            text="Answers are not held against their passages",
            remedy="Set answer.check = true.",
        )
    for text in run.session.backend.info.notices:
        yield Notice(run=run.id, at_ns=run.clock.now(), text=text)
    yield from understand(run, earlier)
    yield from estimate(run)
    yield _classified(run)
    while True:
        run.check_cancel()
        run.step += 1
        start = run.clock.now()
        decision = decide_now(run)
        yield decision
        if decision.action is Action.STOP:
            run.step -= 1
            break
        action = retrieve if decision.action is Action.RETRIEVE else reason_over
        outcome = yield from action(run)
        yield _progressed(run, outcome)
        yield _step_timed(run, decision.action, start)
    answer = yield from conclude(run)
    yield timed(run, start)
    return answer.status, decision.why


def _admit(question: str) -> None:
    if not question:
        raise ArgoError("The question is empty", remedy="Type a question and send it again.")
    if len(question) > LONGEST_QUESTION:
        raise ArgoError(
            f"The question has {len(question):,} characters; at most {LONGEST_QUESTION:,} are read",
            remedy="Shorten it, or put the text into a file and ingest that.",
        )


def _classified(run: Run) -> Classified:
    return Classified(
        run=run.id,
        at_ns=run.clock.now(),
        label=run.complexity.label,
        kind=run.complexity.kind,
        u_max=run.u_max,
        max_steps=run.max_steps,
        why=run.complexity.why,
    )


def _progressed(run: Run, outcome: Outcome) -> Progressed:
    if outcome.action is Action.RETRIEVE:
        run.belief = observe(run.belief, outcome.succeeded)
    process = problem(run)
    gain = process.retrieve_gain if outcome.action is Action.RETRIEVE else process.reason_gain
    before = run.u
    run.u, why = advance(before, run.u_max, gain, outcome)
    return Progressed(
        run=run.id,
        at_ns=run.clock.now(),
        step=run.step,
        u_before=before,
        u_after=run.u,
        belief=run.belief,
        why=why,
    )


def _step_timed(run: Run, action: Action, start: int) -> StepTimed:
    return StepTimed(
        run=run.id,
        at_ns=run.clock.now(),
        step=run.step,
        action=action,
        start_ns=start,
        ns=run.clock.now() - start,
        spans=run.spans.take(),
        usage=run.take_usage(),
    )


def _failed(run: Run, what: str, where: str, remedy: str) -> RunFailed:
    return RunFailed(run=run.id, at_ns=run.clock.now(), what=what, where=where, remedy=remedy)
