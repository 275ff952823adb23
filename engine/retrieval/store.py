"""The protocols of retrieval: what the rest of the engine may know of a store and an embedder.

Not responsible for any implementation: LanceDB is in `lance.py`, MiniLM in `minilm.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a document that becomes one passage."""

    id: str
    """Stable: document id and position."""
    text: str
    section: tuple[str, ...]
    """Headings from the outermost to the innermost."""
    line: int | None = None
    """First line in the source, from 1."""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What the store knows of one document."""

    id: str
    """Its source, made unique: the path as ingested, or `primer/FILE`."""
    title: str
    source: str
    sha256: str
    """Of the content and of how it was cut; ingestion skips an unchanged document."""
    collection: str
    """`primer` or `user`."""
    passages: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """One found passage with its scores kept apart."""

    chunk: Chunk
    document: Document
    dense: float
    """Cosine similarity; computed also for passages found only by words."""
    lexical: float
    """BM25 score; 0 where not found by words."""
    fused: float
    """Reciprocal rank fusion (k = 60), scaled so that first in both lists is 1."""


@dataclass(frozen=True, slots=True)
class Health:
    """State of a store."""

    documents: int
    passages: int
    bytes: int
    embedder: str
    problems: tuple[str, ...] = ()


class Embedder(Protocol):
    """Texts to unit vectors."""

    @property
    def name(self) -> str:
        """Identity kept in the store; another embedder's store is refused."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape [len(texts), dimensions], float32, rows of length 1."""
        ...


class Store(Protocol):
    """Passages with their vectors, on disk, shared by processes."""

    def search(self, text: str, vector: Vectors, *, limit: int, candidates: int) -> list[Hit]:
        """Best `limit` by fused rank of both searches over `candidates` each. `vector`: [dim]."""
        ...

    def replace(self, document: Document, chunks: Sequence[Chunk], vectors: Vectors) -> None:
        """Put a document's passages in place of its old ones, in one commit."""
        ...

    def remove(self, document_id: str) -> None:
        """Forget a document."""
        ...

    def documents(self) -> list[Document]:
        """All documents, by id."""
        ...

    def optimise(self) -> None:
        """Compact and index after an ingestion."""
        ...

    def health(self) -> Health:
        """Counts, size, and what is wrong."""
        ...

    def close(self) -> None:
        """Release files."""
        ...
