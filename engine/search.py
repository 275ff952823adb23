"""One search as the loop sees it: embed the query, search both ways, judge relevance, time both.

Not responsible for storing (engine.retrieval.lance) or for citation numbers (engine.run).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from engine.config import Retrieval
from engine.retrieval.store import Embedder, Hit, Store


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of one query, best first, and what they cost."""

    hits: tuple[Hit, ...]
    embed_ns: int
    search_ns: int


def find(query: str, store: Store, embedder: Embedder, settings: Retrieval, limit: int) -> Found:
    """Up to `limit` hits by fused rank. Raises StoreError."""
    start = time.monotonic_ns()
    vector = embedder.embed([query])[0]
    embedded = time.monotonic_ns()
    hits = store.search(query, vector, limit=limit, candidates=settings.candidates)
    done = time.monotonic_ns()
    return Found(tuple(hits), embedded - start, done - embedded)


def clears(hit: Hit, settings: Retrieval) -> bool:
    """Whether a passage is relevant enough to be read."""
    return hit.dense >= settings.min_dense or hit.lexical >= settings.min_lexical
