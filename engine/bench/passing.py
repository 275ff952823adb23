"""A back end that passes every call on: what a benchmark changes, it changes in one method.

Not responsible for the changes (engine.bench.recording, engine.bench.speed_models).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

from engine.llm.backend import Backend, Cancel, Kind, Message, ModelInfo, Piece, Sampling

B = TypeVar("B", bound=Backend)


class Passing(Generic[B]):
    """Satisfies Backend by another one."""

    def __init__(self, inner: B) -> None:
        self._inner = inner

    @property
    def info(self) -> ModelInfo:
        """What is loaded."""
        return self._inner.info

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        kind: Kind,
        stop: Sequence[str] = (),
        cancel: Cancel | None = None,
    ) -> Iterator[Piece]:
        """See Backend.stream."""
        return self._inner.stream(messages, sampling, kind=kind, stop=stop, cancel=cancel)

    def score(self, messages: Sequence[Message], continuations: Sequence[str]) -> tuple[float, ...]:
        """See Backend.score."""
        return self._inner.score(messages, continuations)

    def count(self, text: str) -> int:
        """See Backend.count."""
        return self._inner.count(text)

    def keep(self, calls: Sequence[Sequence[Message]]) -> None:
        """See Backend.keep."""
        self._inner.keep(calls)

    def begin_run(self) -> None:
        """See Backend.begin_run."""
        self._inner.begin_run()

    def close(self) -> None:
        """See Backend.close."""
        self._inner.close()
