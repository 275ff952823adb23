"""The model calls of a question, noted as the loop makes them, to ask other servers the same.

Not responsible for asking anybody else (engine.bench.throughput).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from engine.bench.passing import Passing
from engine.events import Usage
from engine.llm.backend import Backend, Cancel, Kind, Message, ModelInfo, Piece, Sampling


@dataclass(frozen=True, slots=True)
class Call:
    """One call, and what was answered where somebody did."""

    kind: Kind
    messages: tuple[Message, ...]
    sampling: Sampling
    stop: tuple[str, ...]
    text: str = ""
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    """From the call to its last piece; what the caller does between two pieces is in it."""
    first_s: float = 0.0
    """To the first text; 0 where none came."""


class Recording(Passing[Backend]):
    """Notes every call and passes it on. Scores are not noted: servers score in their own ways."""

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self.calls: list[Call] = []
        """In the order in which they ended."""

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
        text, first = "", 0.0
        start = time.perf_counter()
        for piece in self._inner.stream(messages, sampling, kind=kind, stop=stop, cancel=cancel):
            text += piece.text
            passed = time.perf_counter() - start
            first = first or (passed if piece.text else 0.0)
            if piece.finish:
                said = Call(kind, tuple(messages), sampling, tuple(stop), text)
                self.calls.append(
                    replace(said, usage=piece.usage or Usage(), seconds=passed, first_s=first)
                )
            yield piece


class Silent:
    """A back end without a model: it answers every call with nothing. Satisfies Backend.

    With it the loop classifies, retrieves and writes its prompt, and no token is generated.
    """

    info = ModelInfo(
        name="none",
        device="none",
        dtype="none",
        attention="none",
        parameters=0,
        memory_bytes=0,
        context=32_768,
    )

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
        yield Piece("", finish="stop", usage=Usage())

    def score(self, messages: Sequence[Message], continuations: Sequence[str]) -> tuple[float, ...]:
        """All alike."""
        return (0.0,) * len(continuations)

    def count(self, text: str) -> int:
        """Words and a third: only used to see whether passages fit, and the context is large."""
        return len(text.split()) * 4 // 3

    def keep(self, calls: Sequence[Sequence[Message]]) -> None:
        """Nothing to keep."""

    def begin_run(self) -> None:
        """Nothing to swap."""

    def close(self) -> None:
        """Nothing to give back."""
