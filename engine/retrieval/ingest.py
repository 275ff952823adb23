"""Ingestion: documents to passages in the store, incrementally, one commit a document.

One bad file never stops the rest. Not responsible for showing progress (the caller does).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

import numpy as np

from engine.config import Retrieval
from engine.errors import DocumentError
from engine.llm.backend import Cancel
from engine.retrieval import chunk as chunking
from engine.retrieval import index_text
from engine.retrieval.excerpt import only_sources
from engine.retrieval.readers.read import load, parse
from engine.retrieval.report import Failure, IngestProgress, IngestReport
from engine.retrieval.store import Chunk, Document, Embedder, Store, Vectors
from engine.retrieval.walk import Found, walk

__all__ = ["Failure", "IngestProgress", "IngestReport", "ensure_primer", "ingest"]

PRIMER: Final = Path(__file__).parent.parent / "primer"
_SLICE: Final = 64
"""Passages embedded between two looks at `cancel`."""
_COMPACT_EVERY: Final = 200
"""Documents between two compactions: many small commits slow every later one."""

Outcome = Literal["added", "replaced", "unchanged", "empty"]


class _CancelledError(Exception):
    """Leaves a document half embedded; nothing of it was stored."""


def ingest(
    paths: Sequence[Path],
    store: Store,
    embedder: Embedder,
    settings: Retrieval,
    *,
    collection: str = "user",
    prune: bool = False,
    progress: Callable[[IngestProgress], None] | None = None,
    cancel: Cancel | None = None,
) -> IngestReport:
    """Bring files and directories into the store; what has not changed is left alone.

    `prune` also forgets documents of the named directories that are no longer there. A cancel
    keeps every document that was finished. Raises StoreError.
    """
    walked = walk(paths)
    report = _Ingestion(store, embedder, settings, collection, progress, cancel).run(walked.files)
    report = replace(
        report,
        skipped=walked.skipped,
        failed=(*(Failure(path, why) for path, why in walked.problems), *report.failed),
    )
    if prune and not report.cancelled:
        present = {found.id for found in walked.files}
        roots = tuple(directory.rstrip("/") + "/" for directory in walked.directories)
        gone = [
            document
            for document in store.documents()
            if document.collection == collection
            and document.id.startswith(roots)
            and document.id not in present
        ]
        report = replace(report, removed=_remove(store, gone))
    if report.changed:
        store.optimise()
    return report


def ensure_primer(
    store: Store,
    embedder: Embedder,
    settings: Retrieval,
    *,
    progress: Callable[[IngestProgress], None] | None = None,
    directory: Path = PRIMER,
) -> bool:
    """Bring the bundled primer up to date; True if something changed. Raises StoreError,
    DocumentError where it is missing or damaged.
    """
    files = sorted(directory.glob("*.md"))
    if not files:
        raise DocumentError(
            "The bundled primer is missing",
            where=str(directory),
            remedy="Reinstall argo-tui.",
        )
    found = [Found(file, f"primer/{file.name}", f"primer/{file.name}") for file in files]
    report = _Ingestion(store, embedder, settings, "primer", progress, None).run(found)
    if report.failed:
        first = report.failed[0]
        raise DocumentError(first.reason, where=first.source, remedy="Reinstall argo-tui.")
    present = {item.id for item in found}
    gone = [d for d in store.documents() if d.collection == "primer" and d.id not in present]
    report = replace(report, removed=_remove(store, gone))
    if report.changed:
        store.optimise()
    return report.changed


def _remove(store: Store, documents: Sequence[Document]) -> tuple[str, ...]:
    for document in documents:
        store.remove(document.id)
    return tuple(document.source for document in documents)


class _Ingestion:
    """One pass over files, with the vectors of texts that were met before."""

    def __init__(
        self,
        store: Store,
        embedder: Embedder,
        settings: Retrieval,
        collection: str,
        progress: Callable[[IngestProgress], None] | None,
        cancel: Cancel | None,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._limit = settings.passage_tokens
        self._collection = collection
        self._progress = progress or (lambda _: None)
        self._cancel = cancel
        self._known = {document.id: document.sha256 for document in store.documents()}
        self._vectors: dict[bytes, Vectors] = {}
        self._passages = 0
        self._uncompacted = 0
        self._notes: list[Failure] = []

    def run(self, files: Sequence[Found]) -> IngestReport:
        """Every file, in order."""
        by: dict[Outcome, list[str]] = {"added": [], "replaced": [], "unchanged": [], "empty": []}
        failed: list[Failure] = []
        cancelled = False
        for done, found in enumerate(files):
            self._progress(IngestProgress(done, len(files), found.source, self._passages))
            try:
                by[self._one(found)].append(found.source)
            except DocumentError as error:
                failed.append(Failure(found.source, f"{error.what}. {error.remedy}"))
            except _CancelledError:
                cancelled = True
                break
        if not cancelled:
            self._progress(IngestProgress(len(files), len(files), "", self._passages))
        return IngestReport(
            **{name: tuple(sources) for name, sources in by.items()},
            failed=tuple(failed),
            notes=tuple(self._notes),
            passages=self._passages,
            embedded=len(self._vectors),
            cancelled=cancelled,
        )

    def _one(self, found: Found) -> Outcome:
        self._check()
        data = load(found.path)
        sha256 = self._digest(data)
        known = self._known.get(found.id)
        if known == sha256:
            return "unchanged"
        parsed = parse(data, found.path)
        self._notes += [Failure(found.source, note) for note in parsed.notes]
        chunks = self._telling(chunking.chunk(found.id, parsed.blocks, self._limit))
        document = Document(
            found.id, parsed.title, found.source, sha256, self._collection, len(chunks)
        )
        if not chunks:
            if known:
                self._store.remove(found.id)
            return "empty"
        self._store.replace(document, chunks, self._embed(document, chunks))
        self._passages += len(chunks)
        self._uncompacted += 1
        if self._uncompacted == _COMPACT_EVERY:
            self._store.optimise()
            self._uncompacted = 0
        return "replaced" if known else "added"

    def _telling(self, chunks: list[Chunk]) -> list[Chunk]:
        """Of the primer, what says more than where it is from."""
        return [c for c in chunks if self._collection != "primer" or not only_sources(c.text)]

    def _digest(self, data: bytes) -> str:
        """Of the content and of how it would be cut: a changed setting counts as a change."""
        own = "/without sources" if self._collection == "primer" else ""
        recipe = f"{chunking.VERSION}/{self._limit}{own}\0".encode()
        return hashlib.sha256(recipe + data).hexdigest()

    def _embed(self, document: Document, chunks: Sequence[Chunk]) -> Vectors:
        """Vectors [len(chunks), dim]; a text that was met before is not embedded again."""
        texts = [index_text.dense_text(document, chunk) for chunk in chunks]
        keys = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._vectors}
        for part in _slices(list(new)):
            self._check()
            rows = self._embedder.embed([new[key] for key in part])
            self._vectors.update(zip(part, rows, strict=True))
        return np.stack([self._vectors[key] for key in keys])

    def _check(self) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise _CancelledError


def _slices(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(keys), _SLICE):
        yield keys[start : start + _SLICE]
