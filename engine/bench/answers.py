"""The answers benchmark: every question of every set through the whole loop, in each column.

Each record is written the moment its run ends; what is in the file is not asked again. A file
that was begun under other settings is refused: two ways to answer in one figure mean nothing. Not
responsible for judging (engine.bench.answers_judge) or for tables (engine.bench.answers_files).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from engine.bench.answers_judge import Verdict
from engine.bench.answers_questions import QuestionSet
from engine.bench.answers_record import Asked, Setup, append, read
from engine.bench.answers_run import Search, asked
from engine.bench.answers_variant import Way, record_path
from engine.bench.records import trim
from engine.errors import ArgoError
from engine.events import Event
from engine.layers import Configuration
from engine.run import flat
from engine.search import find
from engine.session import Session

Tell = Callable[[str], None]
DEPTH: Final = 5
"""Passages among which a sub-query should find the named document."""


class Engine(Protocol):
    """What is needed of engine.argo.Argo."""

    session: Session

    def answer(
        self, question: str, *, options: Sequence[str] = (), earlier: str | None = None
    ) -> Iterator[Event]:
        """Every event of a run."""
        ...

    def adopt(self, configuration: Configuration) -> bool:
        """Go on under other settings; False where the model must be loaded anew."""
        ...

    def close(self) -> None:
        """Give memory back."""
        ...


@dataclass(slots=True)
class Engines:
    """The one engine that is open; opened anew only where the next column needs it."""

    open: Callable[[Configuration], Engine]
    current: Engine | None = None

    def get(self, configuration: Configuration) -> Engine:
        """An engine under these settings. Raises ArgoError."""
        if self.current is None or not self.current.adopt(configuration):
            self.close()
            self.current = self.open(configuration)
        return self.current

    def close(self) -> None:
        """Give memory back."""
        if self.current is not None:
            self.current.close()
            self.current = None


def measure(
    ways: Sequence[Way], sets: Sequence[QuestionSet], out: Path, engines: Engines, tell: Tell
) -> None:
    """Ask what the files in `out` do not have yet. Raises ArgoError."""
    try:
        for way in ways:
            for questions in sets:
                _column(way, questions, record_path(out, questions.name, way.column), engines, tell)
    finally:
        engines.close()


def _column(way: Way, questions: QuestionSet, path: Path, engines: Engines, tell: Tell) -> None:
    trim(path)
    earlier = read(path)
    done = {record.key for record in earlier if isinstance(record, Asked)}
    wanted = {q.key: q for q in questions.questions if not q.flaw}
    missing = [question for key, question in wanted.items() if key not in done]
    if not missing:
        return
    tell(f"{questions.name} · {way.column.name}: {len(missing)} of {len(wanted)} to ask")
    engine = engines.get(way.configuration)
    begun = setup(engine.session, questions.name, way)
    _refuse_mixed(earlier, begun, path)
    append(path, begun)
    search = searcher(engine.session)
    right = 0
    for number, question in enumerate(missing, 1):
        events = engine.answer(
            question.q, options=question.options, earlier=question.earlier or None
        )
        record = asked(question, events, search)
        append(path, record)
        verdict = Verdict(question, record)
        right += verdict.right
        said = ", ".join(verdict.misses) or "right"
        tell(f"  {number}/{len(missing)} {record.seconds:.1f} s, {right} right · {said}")


def searcher(session: Session) -> Search:
    """Documents of the best passages for a query, by the plain search of the session."""

    def search(query: str) -> tuple[str, ...]:
        settings = session.settings.retrieval
        found = find(query, session.store, session.embedder, settings, DEPTH)
        return tuple(hit.document.source for hit in found.hits)

    return search


def setup(session: Session, questions: str, way: Way) -> Setup:
    """What is about to be measured."""
    import torch

    from engine.bench.speed import machine

    info = session.backend.info
    return Setup(
        set=questions,
        profile=way.column.profile,
        variant=way.column.variant,
        strategy=way.column.strategy,
        settings=shaping(session),
        model=info.name,
        device=info.device,
        dtype=info.precision,
        machine=machine(info.device),
        threads=torch.get_num_threads(),
        versions=dict(session.versions),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def shaping(session: Session) -> dict[str, str | int | float | bool | None]:
    """Everything that shapes an answer: settings, profile, words of the prompts, index."""
    health = session.store.health()
    words = hashlib.blake2b(msgspec.json.encode(session.prompts), digest_size=8).hexdigest()
    return {
        **flat(session),
        **dict(_leaves(msgspec.to_builtins(session.profile), "profile.")),
        "seed": session.settings.seed,
        "deadline_s": session.settings.deadline_s,
        "prompts": words,
        "index.documents": health.documents,
        "index.passages": health.passages,
    }


def _leaves(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _refuse_mixed(earlier: Sequence[Asked | Setup], now: Setup, path: Path) -> None:
    before = next((record for record in earlier if isinstance(record, Setup)), None)
    if before is None:
        return
    # Keys that only one of them has came or went with a new version of the program.
    both = before.settings.keys() & now.settings.keys()
    changed = sorted(key for key in both if before.settings[key] != now.settings[key])
    if before.model != now.model:
        changed.append("model")
    if changed:
        raise ArgoError(
            f"These answers were begun under other settings: {', '.join(changed)}",
            where=str(path),
            remedy="Give the new ones another --out or another name of the variant, "
            "or delete the file.",
        )
