"""The store on LanceDB: one table of passages, shared by processes, changed by whole commits.

Not responsible for embedding, for cutting documents, or for deciding what is relevant.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.errors import StoreError
from engine.retrieval import index_text
from engine.retrieval.fuse import fuse
from engine.retrieval.rows import IDENTITY, document_of, hit_of, schema, table_of
from engine.retrieval.store import Chunk, Document, Health, Hit, Vectors

_TABLE: Final = "passages"
_FLAT: Final = 10_000
"""Up to so many passages the vector search looks at every one."""
_REMEDY: Final = "Delete the directory and ingest again (argo-tui corpus build, argo-tui ingest)."
_PATIENCE_S: Final = 300
_SHOWN: Final = ("id", "key", "document", "title", "source", "sha256", "collection")
_PASSAGE: Final = ("section", "line", "page", "text", "vector")


class LanceStore:
    """Passages with their vectors on disk. Build it with `open`."""

    def __init__(self, path: Path, table: Any, embedder: str) -> None:
        self._path = path
        self._table = table
        self._embedder = embedder

    @classmethod
    def open(cls, path: Path, embedder_name: str, dimensions: int) -> LanceStore:
        """Open the store in a directory, or make an empty one there.

        Raises StoreError where it is damaged, cannot be written, or holds the vectors of another
        embedder or of another version of this program.
        """
        # Read when the library is loaded: its warnings would land on the terminal.
        os.environ.setdefault("LANCEDB_LOG", "error")
        import lancedb

        with _reported(path, "The store cannot be opened"):
            path.mkdir(parents=True, exist_ok=True)
            # Zero: what another process has written is seen at once.
            database: Any = lancedb.connect(str(path), read_consistency_interval=timedelta(0))
            if _TABLE in database.list_tables().tables:
                table = database.open_table(_TABLE)
            else:
                with _writing(path):
                    wanted = schema(embedder_name, dimensions)
                    table = database.create_table(_TABLE, schema=wanted, exist_ok=True)
            if not _indexed(table, "words"):
                with _writing(path):
                    table.create_index("words", config=_full_text())
            made_by = dict(table.schema.metadata or {})
        for key, value in schema(embedder_name, dimensions).metadata.items():
            if made_by.get(key) != value:
                raise StoreError(
                    f"The store was made with {_readable(key)} {made_by.get(key, b'?').decode()}, "
                    f"not {value.decode()}",
                    where=str(path),
                    remedy=_REMEDY,
                )
        return cls(path, table, embedder_name)

    def search(self, text: str, vector: Vectors, *, limit: int, candidates: int) -> list[Hit]:
        """Best `limit` by fused rank of both searches over `candidates` each. `vector`: [dim].

        Of passages with the same text only the best is kept. Raises StoreError.
        """
        with _reported(self._path, "The search failed"):
            by_meaning = self._dense(vector, candidates)
            by_words = self._lexical(index_text.lexical_query(text), candidates)
        rows = {row["id"]: row for row in [*by_words, *by_meaning]}
        lexical = {row["id"]: float(row["_score"]) for row in by_words}
        order = fuse([row["id"] for row in by_meaning], list(lexical))
        hits: list[Hit] = []
        seen: set[str] = set()
        for identity, fused in order:
            row = rows[identity]
            if row["text"] in seen:
                continue
            seen.add(row["text"])
            cosine = float(np.dot(np.asarray(row["vector"], dtype=np.float32), vector))
            hits.append(hit_of(row, cosine, lexical.get(identity, 0.0), fused))
            if len(hits) == limit:
                break
        return hits

    def _dense(self, vector: Vectors, limit: int) -> list[dict[str, Any]]:
        query = self._table.search(vector, vector_column_name="vector").distance_type("cosine")
        found = query.select([*_SHOWN, *_PASSAGE, "_distance"]).limit(limit).to_arrow()
        return list(found.to_pylist())

    def _lexical(self, words: str, limit: int) -> list[dict[str, Any]]:
        from lancedb.query import MatchQuery

        if not words:
            return []
        # A match query is looked up as words; nothing in it is parsed as syntax.
        match: Any = MatchQuery  # typed as if every option had to be given
        query = self._table.search(match(words, column="words"))
        found = query.select([*_SHOWN, *_PASSAGE, "_score"]).limit(limit).to_arrow()
        return list(found.to_pylist())

    def replace(self, document: Document, chunks: Sequence[Chunk], vectors: Vectors) -> None:
        """Put a document's passages in place of its old ones, in one commit.

        `vectors`: [len(chunks), dim]. Raises StoreError; the old passages are then still there.
        """
        if not chunks:
            self.remove(document.id)
            return
        key = _key(document.id)
        with _reported(self._path, "The document cannot be stored"), _writing(self._path):
            (
                self._table.merge_insert("id")
                .when_matched_update_all()
                .when_not_matched_insert_all()
                .when_not_matched_by_source_delete(f"key = '{key}'")
                .execute(table_of(document, key, chunks, vectors, self._table.schema))
            )

    def remove(self, document_id: str) -> None:
        """Forget a document. Raises StoreError."""
        with _reported(self._path, "The document cannot be removed"), _writing(self._path):
            self._table.delete(f"key = '{_key(document_id)}'")

    def documents(self) -> list[Document]:
        """All documents, by id. Raises StoreError."""
        with _reported(self._path, "The store cannot be read"):
            rows = self._table.search().select([*IDENTITY]).to_arrow()
            counted = rows.group_by([*IDENTITY]).aggregate([([], "count_all")]).to_pylist()
        return sorted((document_of(row) for row in counted), key=lambda document: document.id)

    def optimise(self) -> None:
        """Compact and index after an ingestion. Raises StoreError."""
        with _reported(self._path, "The store cannot be compacted"), _writing(self._path):
            if self._table.count_rows() > _FLAT:
                self._index_vectors()
            # Old versions are kept for a while: a reader may be in the middle of one.
            self._table.optimize(cleanup_older_than=timedelta(minutes=5))

    def _index_vectors(self) -> None:
        from lancedb.index import IvfSq

        if not _indexed(self._table, "vector"):
            self._table.create_index("vector", config=IvfSq(distance_type="cosine"))

    def health(self) -> Health:
        """Counts, size, and what is wrong. Raises StoreError where nothing can be read."""
        documents = self.documents()
        with _reported(self._path, "The store cannot be read"):
            indices = self._table.list_indices()
            passages = self._table.count_rows()
        problems = []
        words = next((index for index in indices if "words" in index.columns), None)
        if words is None:
            problems.append("The full-text index is missing: search finds nothing by words.")
        elif passages and (words.num_unindexed_rows or 0) > 2000:
            problems.append("Much is not indexed yet: run argo-tui ingest again to finish.")
        if not passages:
            problems.append("The store is empty: run argo-tui corpus build.")
        size = sum(file.stat().st_size for file in self._path.rglob("*") if file.is_file())
        return Health(len(documents), passages, size, self._embedder, tuple(problems))

    def close(self) -> None:
        """Release files: LanceDB holds none open between calls, and this lets go of its caches."""
        self._table = None


def _key(document_id: str) -> str:
    """A document id in a form that is safe inside a filter expression."""
    return hashlib.blake2b(document_id.encode(), digest_size=16).hexdigest()


def _readable(key: bytes) -> str:
    return key.decode().removeprefix("argo.").replace("_", " ")


def _indexed(table: Any, column: str) -> bool:
    return any(column in index.columns for index in table.list_indices())


def _full_text() -> Any:
    from lancedb.index import FTS

    # Words come already split by engine.retrieval.index_text; noise is dropped from queries there.
    return FTS(with_position=False, max_token_length=64, remove_stop_words=True)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """One writer at a time across processes; readers do not wait."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(path / ".writer.lock", timeout=_PATIENCE_S):
            yield
    except Timeout as error:
        raise StoreError(
            "Another process has been writing to the store for five minutes",
            where=str(path),
            remedy="Wait for it to finish, then try again.",
        ) from error


@contextmanager
def _reported(path: Path, what: str) -> Iterator[None]:
    """Turn whatever the library raises into a StoreError; it has no base class of its own."""
    try:
        yield
    except StoreError:
        raise
    except PermissionError as error:
        raise StoreError(
            f"{what}: permission denied",
            where=str(path),
            remedy="Make the directory writable, or set ARGO_HOME to one that is.",
        ) from error
    except Exception as error:
        detail = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        full = "No space left" in str(error)
        remedy = "Free some space on the disk, then try again." if full else _REMEDY
        raise StoreError(f"{what}: {detail}", where=str(path), remedy=remedy) from error
