"""Where texts differ, word by word.

Pure. Not responsible for how a difference is marked.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Final

LONGEST: Final = 1_000
"""Words of a text that are compared; what comes after them is taken for common. The time grows
with the square."""

_WORD: Final = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of a text."""

    start: int
    end: int


def differences(texts: Sequence[str]) -> tuple[tuple[Span, ...], ...]:
    """For each text the spans that another text lacks: whole words, in order, apart.

    A word is common where it is matched, in its order, in every other text. Without the spans
    two texts have the same words. No spans for equal texts, or where there is only one.
    """
    words = [list(islice(_WORD.finditer(text), LONGEST)) for text in texts]
    lists = [[word.group() for word in each] for each in words]
    common = [[True] * len(each) for each in words]
    for i, j in combinations(range(len(texts)), 2):
        ours, theirs = _matched(lists[i], lists[j])
        common[i] = [both and n in ours for n, both in enumerate(common[i])]
        common[j] = [both and n in theirs for n, both in enumerate(common[j])]
    return tuple(tuple(_spans(*each)) for each in zip(words, common, strict=True))


def _matched(one: Sequence[str], other: Sequence[str]) -> tuple[set[int], set[int]]:
    """The places of the words that stand in both, in the same order."""
    # No automatic junk: it would call frequent words different in a long text.
    blocks = difflib.SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    ours = {block.a + n for block in blocks for n in range(block.size)}
    return ours, {block.b + n for block in blocks for n in range(block.size)}


def _spans(words: Sequence[re.Match[str]], common: Sequence[bool]) -> Iterator[Span]:
    """Neighbouring words that differ, as one span."""
    start: int | None = None
    end = 0
    for word, same in zip(words, common, strict=True):
        if same and start is not None:
            yield Span(start, end)
            start = None
        elif not same:
            start = word.start() if start is None else start
            end = word.end()
    if start is not None:
        yield Span(start, end)
