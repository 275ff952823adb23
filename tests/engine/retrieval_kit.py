"""What the retrieval tests share: an embedder without a model, and documents by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from engine.retrieval.store import Chunk, Document, Vectors

DIMENSIONS = 384


class BagOfWords:
    """Texts with common words get close vectors; for tests in which meaning is no topic."""

    name = "bag-of-words"
    dimensions = DIMENSIONS

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        vectors = np.full((len(texts), DIMENSIONS), 1e-6, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                digest = hashlib.blake2b(word.encode(), digest_size=4).digest()
                vectors[row, int.from_bytes(digest, "little") % DIMENSIONS] += 1
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def document(identity: str, passages: int = 0, sha256: str = "0" * 64) -> Document:
    return Document(identity, identity.title(), f"docs/{identity}.md", sha256, "user", passages)


def chunks(identity: str, *texts: str) -> list[Chunk]:
    return [
        Chunk(f"{identity}-{n}", text, ("Section",), n, None) for n, text in enumerate(texts, 1)
    ]
