"""Record first, then show: a run on its way from the engine to whoever shows it.

A disk that fills up must not cost the answer: recording stops, and that is said. Not responsible
for the store (engine.runs).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from engine.errors import StoreError
from engine.events import Event
from engine.runs import RunStore


class Recorder:
    """Writes events to a store; `store` None records nothing. `trouble` is told once a run."""

    def __init__(self, store: RunStore | None, trouble: Callable[[str], None]) -> None:
        self._store = store
        self._trouble = trouble

    def record(self, events: Iterable[Event]) -> Iterator[Event]:
        """The same events, each of them committed before it is handed on."""
        store = self._store
        for event in events:
            if store is not None:
                try:
                    store.write(event)
                except StoreError as error:
                    store = None
                    self._trouble(f"this run is not recorded from here on: {error}")
            yield event

    def close(self) -> None:
        """Close the store."""
        if self._store is not None:
            self._store.close()
