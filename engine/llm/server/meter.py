"""What a call to a server costs: its own token counts, and our clock.

What a server does not tell stays 0. Not responsible for adding calls up (engine.events.Usage).
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from engine.events import Usage
from engine.llm.server.wire import Chunk, Counted


class ServerMeter:
    """Counts while an answer comes."""

    def __init__(self) -> None:
        self._counted = Counted()
        self._logprobs: list[float] = []
        self._prefill_ns = 0
        self._decode_ns = 0

    def timed(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        """The same pieces. Waiting for the first text is prefill, for the others decoding.

        What the caller does between two pieces is not counted.
        """
        text_came = False
        while True:
            start = time.monotonic_ns()
            try:
                chunk = next(chunks, None)
            finally:
                spent = time.monotonic_ns() - start
                if text_came:
                    self._decode_ns += spent
                else:
                    self._prefill_ns += spent
            if chunk is None:
                return
            text_came = text_came or bool(chunk.text)
            self._counted = chunk.usage or self._counted
            self._logprobs += chunk.logprobs
            yield chunk

    @property
    def decoded(self) -> int:
        """Tokens: as the server counts, else those whose log-probability came, else 0."""
        return self._counted.completion_tokens or len(self._logprobs)

    def usage(self) -> Usage:
        """The counts, as they travel in events. A server does not tell its forwards."""
        details = self._counted.prompt_tokens_details
        return Usage(
            prompt_tokens=self._counted.prompt_tokens or 0,
            reused_tokens=(details.cached_tokens or 0) if details else 0,
            decoded_tokens=self.decoded,
            prefill_ns=self._prefill_ns,
            decode_ns=self._decode_ns,
        )

    def mean_logprob(self) -> float | None:
        """Mean over the tokens whose log-probability came; None where none did."""
        return sum(self._logprobs) / len(self._logprobs) if self._logprobs else None
