"""The guard: hold every sentence of an answer against the retrieved passages, in code.

The rule that a model cannot break: a sentence counts as supported only where a retrieved passage
holds its numbers, identifiers and names to the letter and most of its words, and where it speaks
of what was asked. Pure but for the embedder. Not responsible for asking the model (engine.roles)
or for wording a decline (engine.conclusion).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from engine.complexity import split
from engine.events import Citation, Passage, Sentence
from engine.guard.checked import Checked
from engine.guard.claims import Claim, claims, joined, once
from engine.guard.columns import from_another_column
from engine.guard.quantities import contradicts
from engine.guard.relevance import relevance, score
from engine.guard.support import Held, Said, Support, held, on_topic, read, weigh
from engine.guard.text import words
from engine.guard.unchecked import unchecked
from engine.retrieval.store import Embedder, Vectors

_WRONG = "orders its numbers the wrong way round"
_TELLING = 3
"""Content words from which a claim can be compared with a question by itself."""


@dataclass(frozen=True, slots=True)
class Guard:
    """The thresholds in force and the glossary."""

    min_support: float
    """Share of a sentence's words that its window must hold."""
    min_relevance: float
    """Score below which a sentence does not answer the question; 0 switches that check off."""
    glossary: Mapping[str, str]
    embedder: Embedder
    strict: bool = True
    """False: nothing is held against anything; for measuring."""

    def check(
        self, text: str, passages: Mapping[int, Passage], question: str, *sub_queries: str
    ) -> Checked:
        """Hold each sentence against the passages; keep, move or remove its citations.

        `passages` by citation number. A sentence keeps the numbers it names where those passages
        support it; else it gets the best passage that does; else it has none and is unsupported.
        A passage that names none of the identifiers of the question is about something else.
        """
        if not self.strict:
            return unchecked(text, passages)
        sources = {n: source for n, p in passages.items() if on_topic(source := held(p), question)}
        topic = self._topic(question, *split(question), *sub_queries)
        judged = [self._judge(claim, sources, topic) for claim in once(claims(text))]
        kept = [(claim, one) for claim, one in judged if claim.text]
        citations = {(c.number, c.quote): c for _, one in kept for c in one.citations}
        sentences = tuple(one.sentence for _, one in kept)
        return Checked(
            text=joined(sentences),
            sentences=sentences,
            citations=tuple(citations.values()),
            removed=sum(
                len([n for n in claim.cited if n not in one.sentence.citations])
                for claim, one in judged
            ),
        )

    def _topic(self, *asked: str) -> _Topic:
        texts = tuple(dict.fromkeys(asked))
        return _Topic(texts, frozenset(words(texts[0])), self.embedder)

    def _judge(
        self, claim: Claim, sources: Mapping[int, Held], topic: _Topic
    ) -> tuple[Claim, _Judged]:
        said = read(claim.text)
        found = {
            n: weigh(said, source, topic.words, self.glossary) for n, source in sources.items()
        }
        wrong = contradicts(claim.text)
        holding = {
            n: s for n, s in found.items() if s.window and s.share >= self.min_support and not wrong
        }

        def answers(n: int) -> bool:
            return n in holding and self._answers(topic, said, holding[n], sources[n])

        numbers = tuple(n for n in claim.cited if answers(n))
        if not numbers:
            others = (n for n in _nearest(found, sources) if n not in claim.cited)
            numbers = tuple(islice((n for n in others if answers(n)), 1))
        sentence = Sentence(
            text=claim.text,
            citations=numbers,
            support=max((found[n].share for n in numbers or found), default=0.0),
            supported=bool(numbers),
            why=_WRONG if wrong else "" if numbers else _why(claim, found, holding, sources),
        )
        return claim, _Judged(sentence, tuple(_citation(n, found[n]) for n in numbers))

    def _answers(self, topic: _Topic, claim: Said, by: Support, source: Held) -> bool:
        if self.min_relevance <= 0 or by.window is None:
            return True
        place = " ".join((source.passage.document, *source.passage.section))
        fresh = [one for one in claim.literals if one not in topic.words]
        if from_another_column(fresh, source.passage.text, topic.texts[0]):
            return False
        # A bare value says nothing by itself: what it was read from is compared.
        said = claim.text if len(claim.words) >= _TELLING else by.window.text
        similar = topic.vectors @ self.embedder.embed([said])[0]
        scores = [
            score(
                relevance(part, claim.text, by.window.text, place, self.glossary), float(similarity)
            )
            for part, similarity in zip(topic.texts, similar, strict=True)
        ]
        return max(scores) >= self.min_relevance


@dataclass(frozen=True)
class _Topic:
    """What was asked: the question first, then its parts and the sub-queries."""

    texts: tuple[str, ...]
    words: frozenset[str]
    """Of the question."""
    embedder: Embedder

    @cached_property
    def vectors(self) -> Vectors:
        """One of each text. Most answers that are declined are never compared."""
        return self.embedder.embed(self.texts)


@dataclass(frozen=True, slots=True)
class _Judged:
    sentence: Sentence
    citations: tuple[Citation, ...]


def _nearest(found: Mapping[int, Support], sources: Mapping[int, Held]) -> list[int]:
    """Numbers of passages, those first that give most; of equals the first number."""
    return sorted(found, key=lambda n: (-found[n].share, -sources[n].passage.fused, n))


def _citation(number: int, by: Support) -> Citation:
    assert by.window is not None
    return Citation(number=number, quote=by.window.text)


def _why(
    claim: Claim,
    found: Mapping[int, Support],
    holding: Mapping[int, Support],
    sources: Mapping[int, Held],
) -> str:
    """Why a sentence has no citation, in a few words."""
    if holding:
        return "says nothing about what was asked"
    if not sources:
        return "no passage is about this"
    number = next((n for n in claim.cited if n in found), _nearest(found, sources)[0])
    if found[number].against:
        return found[number].against
    missing = found[number].missing
    if missing:
        return "not in the passages: " + ", ".join(missing[:3])
    return "its words are not in the passages"
