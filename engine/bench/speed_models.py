"""What a row runs on, loaded; and one question asked of it.

Not responsible for which rows there are (engine.bench.rows), their order (engine.bench.speed), or
what is kept in memory (engine.bench.pool).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from engine.argo import Argo
from engine.bench.calls import Reader, ask_in_calls, through
from engine.bench.passing import Passing
from engine.bench.published import Published
from engine.bench.rows import Row
from engine.bench.speed_record import Trial
from engine.config import CapsTable, Profile
from engine.errors import ArgoError
from engine.events import (
    AnswerDelta,
    Event,
    Part,
    RunFailed,
    RunFinished,
    StepTimed,
    SubqueryDone,
    SynthesisDelta,
    SynthesisDone,
)
from engine.export import part_ns
from engine.llm.backend import Backend, Cancel, Kind, Message, Piece, Sampling
from engine.llm.local import LocalBackend
from engine.paths import Home
from engine.session import Session, guard

WARM_CAP = 8
"""Tokens of a call that only warms up."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What all rows of one profile share."""

    reader: Reader
    home: Home
    profile_name: str
    profile: Profile
    directory: Path
    retrievals: int
    """Of a question asked in calls."""


class Forgetful(Passing[LocalBackend]):
    """A back end that starts every call with an empty cache."""

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        kind: Kind,
        stop: Sequence[str] = (),
        cancel: Cancel | None = None,
    ) -> Iterator[Piece]:
        """See Backend.stream."""
        self._inner.forget()
        return super().stream(messages, sampling, kind=kind, stop=stop, cancel=cancel)

    def score(self, messages: Sequence[Message], continuations: Sequence[str]) -> tuple[float, ...]:
        """See Backend.score."""
        self._inner.forget()
        return super().score(messages, continuations)

    def keep(self, calls: Sequence[Sequence[Message]]) -> None:
        """Nothing is kept."""


Model = Published | Backend
"""Loaded, for one row or several alike."""


def ask(row: Row, model: Model, question: str, bench: Bench, *, warm: bool = False) -> Trial:
    """Ask once. `warm`: only to warm up, with a few tokens a call where all would take long."""
    profile = row.profile(bench.profile)
    reader = bench.reader if row.cut else whole(bench.reader)
    if row.how == "loop":
        assert not isinstance(model, Published)
        asked = ask_in_loop(question, session(profile, model, reader, bench), bench.home)
        return replace(asked, memory_bytes=model.info.memory_bytes)
    caps = profile.caps
    if warm:
        caps = CapsTable(subquery=WARM_CAP, answer=WARM_CAP, synthesis=WARM_CAP)
    if isinstance(model, Published):
        say, streamed = model.say(lambda kind: cap_of(caps, kind)), False
        decode_bytes, memory_bytes = model.decode_bytes, model.memory_bytes
    else:
        say = through(model, lambda kind: sampling(profile, caps, kind), stop=row.stop)
        streamed, info = True, model.info
        decode_bytes, memory_bytes = info.decode_bytes, info.memory_bytes
    trial = ask_in_calls(question, bench.retrievals, reader, say, streamed=streamed)
    return replace(trial, decode_bytes=decode_bytes, memory_bytes=memory_bytes)


def ask_in_loop(question: str, session: Session, home: Home) -> Trial:
    """One question through the loop as it is shipped."""
    start = time.monotonic_ns()
    events = list(Argo(session, home).answer(question))
    seconds = (time.monotonic_ns() - start) / 1e9
    return of_events(question, seconds, events, session.backend.info.decode_bytes)


def of_events(question: str, seconds: float, events: Sequence[Event], decode_bytes: int) -> Trial:
    """What the events of one run say. Raises ArgoError for a run that failed."""
    for event in events:
        if isinstance(event, RunFailed):
            raise ArgoError(event.what, where=event.where, remedy=event.remedy)
    end = next(event for event in events if isinstance(event, RunFinished))
    done = next(event for event in events if isinstance(event, SynthesisDone))
    texts = [e.at_ns for e in events if isinstance(e, AnswerDelta | SynthesisDelta)]
    steps = [event for event in events if isinstance(event, StepTimed)]
    return Trial(
        row="",
        round=0,
        question=question,
        seconds=seconds,
        first_text=texts[0] / 1e9 if texts else seconds,
        embed=sum(part_ns(step, Part.EMBED) for step in steps) / 1e9,
        search=sum(part_ns(step, Part.SEARCH) for step in steps) / 1e9,
        usage=end.usage,
        status=end.status.value,
        text=done.text,
        retrievals=sum(1 for event in events if isinstance(event, SubqueryDone)),
        decode_bytes=decode_bytes,
    )


def session(profile: Profile, backend: Backend, reader: Reader, bench: Bench) -> Session:
    """A session of this back end on the shared index."""
    return Session(
        settings=reader.settings,
        profile_name=bench.profile_name,
        profile=profile,
        why="",
        prompts=reader.prompts,
        guard=guard(reader.settings, reader.embedder),
        backend=backend,
        store=reader.store,
        embedder=reader.embedder,
        seconds=dict,
        versions={},
        directory=bench.directory,
    )


def whole(reader: Reader) -> Reader:
    """The same, reading passages whole."""
    settings = reader.settings
    retrieval = replace(settings.retrieval, excerpt_words=0)
    return Reader(
        reader.prompts, reader.store, reader.embedder, replace(settings, retrieval=retrieval)
    )


def cap_of(caps: CapsTable, kind: Kind) -> int:
    """Most new tokens of a call."""
    if kind == "decompose":
        return caps.subquery
    return caps.synthesis if kind == "synthesise" else caps.answer


def sampling(profile: Profile, caps: CapsTable, kind: Kind) -> Sampling:
    """How a call of that kind draws its tokens."""
    temperatures = profile.temperatures
    temperature = {
        "decompose": temperatures.decompose,
        "synthesise": temperatures.synthesise,
    }.get(kind, temperatures.answer)
    return Sampling(cap_of(caps, kind), temperature, profile.top_p)
