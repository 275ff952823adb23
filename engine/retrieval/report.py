"""What an ingestion says while it runs and when it is done.

Not responsible for ingesting (engine.retrieval.ingest) or for showing it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """Where an ingestion stands: about to read `document`, after `done` of `total`."""

    done: int
    total: int
    document: str
    passages: int
    """Stored so far in this ingestion."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be ingested."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingestion did, by source."""

    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    """Formats that are not read."""
    empty: tuple[str, ...] = ()
    """Documents without text."""
    failed: tuple[Failure, ...] = ()
    notes: tuple[Failure, ...] = ()
    """Ingested, but something was guessed."""
    passages: int = 0
    embedded: int = 0
    """Passages that needed the model; the others were repeats."""
    cancelled: bool = False

    @property
    def changed(self) -> bool:
        """Whether the store differs from before."""
        return bool(self.added or self.replaced or self.removed)
