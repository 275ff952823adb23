"""The part of a passage that a question is about: neighbouring sentences, literally from the text.

Every token of a prompt is computed before the first word of an answer, and on a CPU that is most of
the wait. Not responsible for choosing passages (the store) or for the length (settings).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from engine.retrieval.index_text import lexical_query, words
from engine.retrieval.sentences import sentences

_STEM = 5
"""Letters by which two forms of a word are the same."""
_LINE = re.compile(r"(?<=\n)")
_SOURCES = re.compile(r"Sources?: \S")


def excerpts(texts: Sequence[str], query: str, limit: int) -> list[str]:
    """Of each text the run of sentences that says most about the query. Best text first.

    Up to `limit` words of the first and half as many of the others, which are more often read in
    vain; 0: everything. A word of the query weighs more the fewer sentences hold it. A text that
    is short enough stays whole; so does a sentence that is too long by itself.
    """
    texts = [without_sources(text) for text in texts]
    if limit <= 0:
        return list(texts)
    limits = [limit if n == 0 else limit // 2 for n in range(len(texts))]
    units = [_units(text, limit // 2) for text in texts]
    weights = _weights(query, [unit for of_one in units for unit in of_one])
    return [
        text if length(text) <= most else _best(parts, weights, most)
        for text, parts, most in zip(texts, units, limits, strict=True)
    ]


def without_sources(text: str) -> str:
    """A text without a last paragraph that only says where it is from.

    It names what the passage is about, so it would win the place of what the passage says.
    """
    above, _, last = text.rstrip().rpartition("\n")
    return above.rstrip() if above.strip() and _SOURCES.match(last) else text


def only_sources(text: str) -> bool:
    """Whether a text says nothing but where it is from."""
    bare = text.strip()
    return "\n" not in bare and _SOURCES.match(bare) is not None


def length(text: str) -> int:
    """Words and punctuation marks."""
    return len(_TOKEN.findall(text))


_TOKEN = re.compile(r"\w+|[^\w\s]")


def _units(text: str, limit: int) -> list[str]:
    """Sentences; lines where a sentence is too long, as in a table or a listing."""
    found: list[str] = []
    for sentence in sentences(text):
        found += [sentence] if length(sentence) <= limit else _LINE.split(sentence)
    return [unit for unit in found if unit]


def _weights(query: str, units: Sequence[str]) -> dict[str, float]:
    """By stem: how much a unit that holds it says about the query."""
    asked = _stems(lexical_query(query))
    held = [_stems(unit) for unit in units]
    return {
        stem: math.log(1 + len(units) / (1 + sum(stem in stems for stems in held)))
        for stem in asked
    }


def _stems(text: str) -> frozenset[str]:
    return frozenset(word.lower()[:_STEM] for word in words(text))


def _best(units: Sequence[str], weights: Mapping[str, float], limit: int) -> str:
    """The run within `limit` with the largest weight; of equals the one with most behind it."""
    sizes = [length(unit) for unit in units]
    stems = [_stems(unit) & weights.keys() for unit in units]
    best, chosen = -1.0, (0, 1)
    for start in (n for n, unit in enumerate(units) if unit.strip()):
        size, held, end = 0, set[str](), start
        while end < len(units) and (end == start or size + sizes[end] <= limit):
            size += sizes[end]
            held |= stems[end]
            end += 1
        # What the first sentence holds counts a little more: what explains it follows it.
        # Exact sums, because sets have no order and equals must stay equal.
        value = math.fsum(weights[s] for s in held)
        value += 0.25 * math.fsum(weights[s] for s in stems[start])
        if value > best:
            best, chosen = value, (start, end)
    return "".join(units[slice(*chosen)]).strip()
