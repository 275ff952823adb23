"""Passages as they are shown: cut, ranked and excerpted by the engine's own code."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from engine.events import Passage
from engine.retrieval.chunk import chunk
from engine.retrieval.excerpt import excerpts
from engine.retrieval.index_text import lexical_query, words
from engine.retrieval.readers.read import parse
from tools.adapter.facts import Mention, flat


@dataclass(frozen=True, slots=True)
class Source:
    """A passage before anybody asks."""

    title: str
    path: str
    section: tuple[str, ...]
    text: str


def sources(path: str, text: str, limit: int) -> list[Source]:
    """The passages of a document."""
    parsed = parse(text.encode(), Path(path))
    return [
        Source(parsed.title, path, c.section, c.text) for c in chunk(path, parsed.blocks, limit)
    ]


class Ranking:
    """BM25 over sources, on the words that the engine's index holds."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = list(sources)
        self._counts = [Counter(_stems(" ".join((s.title, *s.section, s.text)))) for s in sources]
        self._lengths = [sum(count.values()) for count in self._counts]
        self._mean = sum(self._lengths) / max(1, len(self._lengths))
        self._holding = Counter(stem for count in self._counts for stem in count)

    def best(self, query: str, count: int) -> list[int]:
        """Indices, best first."""
        stems = set(_stems(lexical_query(query)))
        scores = [self._score(stems, n) for n in range(len(self.sources))]
        return sorted(range(len(scores)), key=lambda n: -scores[n])[:count]

    def _score(self, stems: set[str], n: int) -> float:
        count, total = self._counts[n], len(self.sources)
        norm = 1.2 * (0.25 + 0.75 * self._lengths[n] / self._mean)

        def part(stem: str) -> float:
            rare = math.log(1 + (total - self._holding[stem] + 0.5) / (self._holding[stem] + 0.5))
            return rare * count[stem] * 2.2 / (count[stem] + norm)

        # An exact sum: a set has no order, and the same seed must give the same packs.
        return math.fsum(part(stem) for stem in stems & count.keys())


def _stems(text: str) -> list[str]:
    return [word.lower()[:6] for word in words(text)]


def read(random: Random, chosen: Sequence[Source], query: str, limit: int) -> list[Passage]:
    """The chosen sources, best first, as the model sees them; the order is sometimes changed."""
    cut = excerpts([source.text for source in chosen], query, limit)
    passages = [
        Passage(
            number=number, id=f"p-{number}", document=source.title, source=source.path,
            section=source.section, text=source.text, dense=0.5, lexical=1.0, fused=0.5,
            excerpt=excerpt if excerpt != source.text else "",
        )
        for number, (source, excerpt) in enumerate(zip(chosen, cut, strict=True), 1)
    ]  # fmt: skip
    if random.random() < 0.6:
        random.shuffle(passages)
    return passages


def visible(passage: Passage) -> str:
    """The text that is shown of a passage."""
    return flat(passage.excerpt or passage.text)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the passages of a pack say."""

    passages: tuple[Passage, ...]
    texts: tuple[str, ...]

    @classmethod
    def of(cls, passages: Sequence[Passage]) -> Shown:
        """Over the passages, in the order of the prompt."""
        return cls(tuple(passages), tuple(visible(passage) for passage in passages))

    def number(self, mention: Mention, path: str) -> int:
        """The passage that states it wholly; 0: none does, -1: a part of it is shown."""
        partly = False
        for number, (passage, text) in enumerate(zip(self.passages, self.texts, strict=True), 1):
            if passage.source != path:
                continue
            held = [part in text for part in mention.parts]
            if all(held) and all(need in text for need in mention.needs):
                return number
            partly = partly or any(held)
        return -1 if partly else 0
