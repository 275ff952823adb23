"""What one call costs: tokens, forwards, nanoseconds.

Time that the caller spends between pieces is not counted. Not responsible for adding calls up
(engine.events.Usage does).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from engine.events import Usage
from engine.llm.hardware import synchronise


class Meter:
    """Counts while a call runs."""

    def __init__(self, device: str, prompt_tokens: int) -> None:
        self._device = device
        self._prompt_tokens = prompt_tokens
        self._reused_tokens = 0
        self._prefill_ns = 0
        self._decode_ns = 0
        self._logprobs: list[float] = []
        self._drafted = self._accepted = 0
        self.forwards = 0

    @property
    def tokens(self) -> int:
        """Decoded so far; the end token is not text and is not counted."""
        return len(self._logprobs)

    @contextmanager
    def prefill(self) -> Iterator[None]:
        """Times the block, up to the device's last operation."""
        start = time.monotonic_ns()
        try:
            yield
        finally:
            synchronise(self._device)
            self._prefill_ns += time.monotonic_ns() - start

    @contextmanager
    def decode(self) -> Iterator[None]:
        """Times the block. Reading a token waits for the device, so nothing else does here."""
        start = time.monotonic_ns()
        try:
            yield
        finally:
            self._decode_ns += time.monotonic_ns() - start

    def reused(self, tokens: int) -> None:
        """Prompt tokens that were in the cache."""
        self._reused_tokens = tokens

    def decoded(self, logprob: float) -> None:
        """One token was drawn."""
        self._logprobs.append(logprob)

    def drafted(self, tokens: int, accepted: int) -> None:
        """A draft was verified."""
        self._drafted += tokens
        self._accepted += accepted

    def usage(self) -> Usage:
        """The counts, as they travel in events."""
        return Usage(
            prompt_tokens=self._prompt_tokens,
            reused_tokens=self._reused_tokens,
            decoded_tokens=self.tokens,
            forwards=self.forwards,
            drafted_tokens=self._drafted,
            accepted_tokens=self._accepted,
            prefill_ns=self._prefill_ns,
            decode_ns=self._decode_ns,
        )

    def mean_logprob(self) -> float | None:
        """Mean over the decoded tokens; None where there are none."""
        return sum(self._logprobs) / self.tokens if self._logprobs else None
