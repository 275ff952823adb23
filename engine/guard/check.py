"""The guard: hold every sentence of an answer against the retrieved passages, in code.

The rule that a model cannot break: a sentence counts as supported only where a retrieved passage
holds its numbers, identifiers and names to the letter and most of its words, and where it speaks
of what was asked. Pure but for the embedder. Not responsible for asking the model (engine.roles)
or for wording a decline (engine.conclusion).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.complexity import split
from engine.events import Citation, Passage, Sentence
from engine.guard.claims import Claim, cited, claims
from engine.guard.quantities import contradicts
from engine.guard.relevance import relevance, score
from engine.guard.support import Held, Support, held, on_topic, support
from engine.guard.text import words
from engine.retrieval.store import Embedder

_WRONG = "orders its numbers the wrong way round"
_TELLING = 4
"""Content words from which a claim can be compared with a question by itself."""


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer after the check."""

    text: str
    """The sentences with the citations that hold, and no others."""
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    removed: int
    """Citations that the model wrote and that do not hold."""

    @property
    def grounded(self) -> bool:
        """Whether at least one sentence is supported."""
        return any(sentence.supported for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class Guard:
    """The thresholds in force and the glossary."""

    min_support: float
    """Share of a sentence's words that its window must hold."""
    min_relevance: float
    """Score below which a sentence does not answer the question; 0 switches that check off."""
    glossary: Mapping[str, str]
    embedder: Embedder

    def check(
        self, text: str, passages: Mapping[int, Passage], question: str, *sub_queries: str
    ) -> Checked:
        """Hold each sentence against the passages; keep, move or remove its citations.

        `passages` by citation number. A sentence keeps the numbers it names where those passages
        support it; else it gets the best passage that does; else it has none and is unsupported.
        A passage that names none of the identifiers of the question is about something else.
        """
        sources = {n: source for n, p in passages.items() if on_topic(source := held(p), question)}
        asked = tuple(dict.fromkeys((question, *split(question), *sub_queries)))
        judged = [self._judge(claim, sources, asked) for claim in claims(text)]
        kept = [(claim, one) for claim, one in judged if claim.text]
        citations = {(c.number, c.quote): c for _, one in kept for c in one.citations}
        sentences = tuple(one.sentence for _, one in kept)
        return Checked(
            text=" ".join(cited(sentence) for sentence in sentences),
            sentences=sentences,
            citations=tuple(citations.values()),
            removed=sum(
                len([n for n in claim.cited if n not in one.sentence.citations])
                for claim, one in judged
            ),
        )

    def _judge(
        self, claim: Claim, sources: Mapping[int, Held], asked: Sequence[str]
    ) -> tuple[Claim, _Judged]:
        known = frozenset(words(asked[0]))
        found = {
            n: support(claim.text, source, known, self.glossary) for n, source in sources.items()
        }
        wrong = contradicts(claim.text)
        holding = {
            n: s for n, s in found.items() if s.window and s.share >= self.min_support and not wrong
        }
        answering = {
            n: s for n, s in holding.items() if self._answers(asked, claim.text, s, sources[n])
        }
        numbers = tuple(n for n in claim.cited if n in answering)
        if not numbers and answering:
            numbers = (_nearest(answering, sources),)
        sentence = Sentence(
            text=claim.text,
            citations=numbers,
            support=max((found[n].share for n in numbers or found), default=0.0),
            supported=bool(numbers),
            why=_WRONG if wrong else "" if numbers else _why(claim, found, holding, sources),
        )
        return claim, _Judged(sentence, tuple(_citation(n, found[n]) for n in numbers))

    def _answers(self, asked: Sequence[str], claim: str, by: Support, source: Held) -> bool:
        if self.min_relevance <= 0 or by.window is None:
            return True
        place = " ".join((source.passage.document, *source.passage.section))
        # A bare value says nothing by itself: what it was read from is compared.
        said = claim if len(words(claim)) >= _TELLING else by.window.text
        vectors = self.embedder.embed([said, *asked])
        scores = [
            score(relevance(part, claim, by.window.text, place, self.glossary), float(similarity))
            for part, similarity in zip(asked, vectors[1:] @ vectors[0], strict=True)
        ]
        return max(scores) >= self.min_relevance


@dataclass(frozen=True, slots=True)
class _Judged:
    sentence: Sentence
    citations: tuple[Citation, ...]


def _nearest(some: Mapping[int, Support], sources: Mapping[int, Held]) -> int:
    return max(some, key=lambda n: (some[n].share, sources[n].passage.fused))


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
    number = next((n for n in claim.cited if n in found), _nearest(found, sources))
    missing = found[number].missing
    if missing:
        return "not in the passages: " + ", ".join(missing[:3])
    return "its words are not in the passages"
