"""What the engine thread needs of the engine and of the run store. Protocols only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from engine.events import Event
from engine.layers import Configuration
from engine.llm.backend import Cancel, ModelInfo


class Engine(Protocol):
    """Satisfied by engine.argo.Argo."""

    @property
    def profile_name(self) -> str:
        """The profile that is loaded."""
        ...

    @property
    def info(self) -> ModelInfo:
        """What is loaded."""
        ...

    @property
    def why(self) -> str:
        """Why this profile."""
        ...

    def answer(
        self,
        question: str,
        *,
        options: Sequence[str],
        earlier: str | None,
        cancel: Cancel,
        run: str,
    ) -> Iterator[Event]:
        """The events of one run; `earlier` is the question of the turn before."""
        ...

    def adopt(self, configuration: Configuration) -> bool:
        """Go on under other settings; False where the engine must be opened anew."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


class Recorder(Protocol):
    """Satisfied by engine.runs.RunStore."""

    def write(self, event: Event) -> None:
        """Keep one event; it is on the disk when this returns. Raises StoreError."""
        ...

    def close(self) -> None:
        """Release the file."""
        ...


OpenEngine = Callable[[Configuration, str, Callable[[str], None]], Engine]
"""Configuration, profile, where to report phases. Raises ArgoError."""
OpenRecorder = Callable[[], Recorder]
"""Raises StoreError."""
