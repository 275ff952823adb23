"""One search as the loop sees it: embed the query, search both ways, judge relevance, time both.

Not responsible for storing (engine.retrieval.lance) or for citation numbers (engine.run).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from engine.config import Retrieval
from engine.glossary import expansions
from engine.retrieval.store import Embedder, Hit, Store


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of one query, best first, and what they cost."""

    hits: tuple[Hit, ...]
    embed_ns: int
    search_ns: int


def find(
    query: str,
    store: Store,
    embedder: Embedder,
    settings: Retrieval,
    limit: int,
    glossary: Mapping[str, str] = MappingProxyType({}),
) -> Found:
    """Up to `limit` hits by fused rank. Raises StoreError.

    An acronym that none of the hits holds is looked up once more by what it stands for: documents
    may spell it out. Always adding that costs more than it brings (docs/guard.md).
    """
    start = time.monotonic_ns()
    vector = embedder.embed([query])[0]
    embedded = time.monotonic_ns()
    hits = store.search(query, vector, limit=limit, candidates=settings.candidates)
    if spelled := _unmet(query, hits, glossary):
        longer = " ".join((query, *spelled))
        hits = store.search(longer, vector, limit=limit, candidates=settings.candidates)
    done = time.monotonic_ns()
    return Found(tuple(hits), embedded - start, done - embedded)


def _unmet(query: str, hits: Sequence[Hit], glossary: Mapping[str, str]) -> list[str]:
    texts = " ".join(" ".join((h.document.title, *h.chunk.section, h.chunk.text)) for h in hits)
    return [long for short, long in expansions(query, glossary).items() if short not in texts]


def clears(hit: Hit, settings: Retrieval) -> bool:
    """Whether a passage is relevant enough to be read."""
    return hit.dense >= settings.min_dense or hit.lexical >= settings.min_lexical
