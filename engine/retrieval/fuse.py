"""Reciprocal rank fusion of two lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

K: Final = 60
"""How little the first ranks stand out; the value of the paper that named the method."""


def fuse(dense: Sequence[str], lexical: Sequence[str]) -> list[tuple[str, float]]:
    """Ids of either list, best first, with 1.0 for what is first in both.

    Equal scores keep the order of the dense list, then of the lexical one.
    """
    scores: dict[str, float] = {}
    for ranked in (dense, lexical):
        for rank, identity in enumerate(dict.fromkeys(ranked), start=1):
            scores[identity] = scores.get(identity, 0.0) + 1 / (K + rank)
    best = 2 / (K + 1)
    return sorted(((i, score / best) for i, score in scores.items()), key=lambda pair: -pair[1])
