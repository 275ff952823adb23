"""A session with a scripted model and a small index in memory: fakes at the outermost edge.

The loop, roles, grounding and policy under test are the real ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from engine.config import CapsTable, Profile, Settings, Temperatures
from engine.events import Action, Usage
from engine.guard.text import words
from engine.llm.backend import Cancel, Kind, Message, ModelInfo, Piece, Sampling
from engine.retrieval.store import Chunk, Document, Health, Hit, Vectors
from engine.roles.prompt import load as load_prompts
from engine.session import Session, guard

Reply = str | Callable[[Sequence[Message]], str]


@dataclass
class ScriptedBackend:
    """Says the next line written for each kind of call, a word a piece."""

    replies: dict[Kind, list[Reply]]
    context: int = 8_192
    calls: list[tuple[Kind, tuple[Message, ...], Sampling]] = field(default_factory=list)
    notices: tuple[str, ...] = ()
    kept: int = 0
    """Beginnings that were prefilled."""

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(
            "scripted", "cpu", "none", "none", 1, 1, self.context, notices=self.notices
        )

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        kind: Kind,
        stop: Sequence[str] = (),
        cancel: Cancel | None = None,
    ) -> Iterator[Piece]:
        self.calls.append((kind, tuple(messages), sampling))
        reply = self.replies[kind].pop(0)
        text = reply(messages) if callable(reply) else reply
        pieces = text.split(" ")
        for index, piece in enumerate(pieces):
            if cancel is not None and cancel.is_set():
                yield Piece("", finish="cancelled", usage=Usage(decoded_tokens=index))
                return
            yield Piece(piece if index == 0 else f" {piece}")
        usage = Usage(prompt_tokens=10, decoded_tokens=len(pieces), forwards=len(pieces))
        yield Piece("", finish="stop", usage=usage, mean_logprob=-0.5)

    def keep(self, calls: Sequence[Sequence[Message]]) -> None:
        self.kept = len(calls)

    def score(self, messages: Sequence[Message], continuations: Sequence[str]) -> tuple[float, ...]:
        self.calls.append(("choose", tuple(messages), Sampling(1)))
        known = messages[-1].content.split("Question:")[0]
        return tuple(5.0 if text in known else 0.0 for text in continuations)

    def begin_run(self) -> None:
        pass

    def count(self, text: str) -> int:
        return len(text.split())

    def close(self) -> None:
        pass


@dataclass
class WordEmbedder:
    """A bag of words over a fixed vocabulary, so that cosine similarity is word overlap."""

    name: str = "words"
    dimensions: int = 512

    def embed(self, texts: Sequence[str]) -> Vectors:
        out = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in words(text):
                out[row, sum(word.encode()) * 31 % self.dimensions] += 1.0
            norm = float(np.linalg.norm(out[row]))
            out[row] /= norm if norm else 1.0
        return out


@dataclass
class ListStore:
    """Passages in a list, searched by cosine."""

    texts: Sequence[str]
    embedder: WordEmbedder = field(default_factory=WordEmbedder)

    def search(self, text: str, vector: Vectors, *, limit: int, candidates: int) -> list[Hit]:
        if not self.texts:
            return []
        scores = self.embedder.embed(self.texts) @ vector
        order = sorted(range(len(self.texts)), key=lambda i: -float(scores[i]))
        document = Document("doc", "Handbook", "handbook.md", "0" * 64, "user")
        return [
            Hit(
                Chunk(f"doc#{i}", self.texts[i], ("Section",), line=i + 1),
                document,
                float(scores[i]),
                0.0,
                1.0 / (rank + 1),
            )
            for rank, i in enumerate(order[:limit])
        ]

    def replace(self, document: Document, chunks: Sequence[Chunk], vectors: Vectors) -> None:
        raise AssertionError("a run never writes to the store")

    def remove(self, document_id: str) -> None:
        raise AssertionError("a run never writes to the store")

    def documents(self) -> list[Document]:
        return []

    def optimise(self) -> None:
        pass

    def health(self) -> Health:
        return Health(1, len(self.texts), 0, "words")

    def close(self) -> None:
        pass


PROFILE = Profile(
    title="Scripted",
    model="scripted",
    caps=CapsTable(subquery=20, answer=50, synthesis=80),
    temperatures=Temperatures(decompose=0.0, answer=0.0, synthesise=0.0),
    reason_gain=0.0,
)


def scripted(
    texts: Sequence[str],
    replies: dict[Kind, list[Reply]],
    *,
    settings: Settings | None = None,
    profile: Profile = PROFILE,
    seconds: dict[Action, float] | None = None,
    context: int = 8_192,
) -> Session:
    """A session whose model says `replies` and whose index holds `texts`."""
    return Session(
        settings=settings or Settings(),
        profile_name="scripted",
        profile=profile,
        why="it is the only one",
        prompts=load_prompts("qwen"),
        guard=guard(settings or Settings(), WordEmbedder()),
        backend=ScriptedBackend(dict(replies), context),
        store=ListStore(texts),
        embedder=WordEmbedder(),
        seconds=lambda: seconds or {},
        versions={"argo-tui": "test"},
        directory=Path("weights"),
    )


def with_policy(**changes: object) -> Settings:
    """Shipped settings with some keys of [policy] changed."""
    base = Settings()
    return msgspec.structs.replace(base, policy=msgspec.structs.replace(base.policy, **changes))
