"""Rows of the store's table: the schema, and the way to and from Document, Chunk and Hit.

Not responsible for reading or writing the table (engine.retrieval.lance).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from engine.retrieval import index_text
from engine.retrieval.store import Chunk, Document, Hit, Vectors

VERSION: Final = 1
"""Raised when the columns change."""
IDENTITY: Final = ("document", "title", "source", "sha256", "collection")


def schema(embedder: str, dimensions: int) -> Any:
    """Columns, and in the metadata what a store must agree on to be searched."""
    pa = _arrow()

    fields = [(name, pa.string()) for name in ("id", "key", *IDENTITY)]
    fields += [
        ("section", pa.list_(pa.string())),
        ("line", pa.int32()),
        ("page", pa.int32()),
        ("text", pa.string()),
        ("words", pa.string()),
        ("vector", pa.list_(pa.float32(), dimensions)),
    ]
    metadata = {
        "argo.version": f"{VERSION}.{index_text.VERSION}",
        "argo.embedder": embedder,
        "argo.dimensions": str(dimensions),
    }
    return pa.schema(fields, metadata=metadata)


def table_of(
    document: Document, key: str, chunks: Sequence[Chunk], vectors: Vectors, columns: Any
) -> Any:
    """One row a chunk. `vectors`: [len(chunks), dim]."""
    pa = _arrow()

    count = len(chunks)
    flat = pa.array(np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1))
    data = {
        "id": [chunk.id for chunk in chunks],
        "key": [key] * count,
        "document": [document.id] * count,
        "title": [document.title] * count,
        "source": [document.source] * count,
        "sha256": [document.sha256] * count,
        "collection": [document.collection] * count,
        "section": [list(chunk.section) for chunk in chunks],
        "line": [chunk.line for chunk in chunks],
        "page": [chunk.page for chunk in chunks],
        "text": [chunk.text for chunk in chunks],
        "words": [index_text.lexical_text(document, chunk) for chunk in chunks],
        "vector": pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1]),
    }
    return pa.table(data, schema=columns)


def document_of(row: Mapping[str, Any]) -> Document:
    """The document of a row, or of a group of rows with their number in `count_all`."""
    return Document(
        id=row["document"],
        title=row["title"],
        source=row["source"],
        sha256=row["sha256"],
        collection=row["collection"],
        passages=row.get("count_all", 0),
    )


def hit_of(row: Mapping[str, Any], dense: float, lexical: float, fused: float) -> Hit:
    """A found row with its scores."""
    chunk = Chunk(row["id"], row["text"], tuple(row["section"]), row["line"], row["page"])
    return Hit(chunk, document_of(row), dense, lexical, fused)


def _arrow() -> Any:
    # Any: the package is not typed.
    import pyarrow

    return pyarrow
