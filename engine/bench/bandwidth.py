"""How fast this machine reads memory: the floor under every decoded token.

A token at batch 1 reads every weight once, so it cannot take less than their bytes over this
figure. Measured, not looked up: shared machines differ from their data sheets.
"""

from __future__ import annotations

import time
from statistics import median
from typing import Final

from engine.llm.hardware import synchronise

BUFFER: Final = 1 << 30
"""Bytes; much larger than any cache."""


def read_bandwidth(device: str, *, buffer: int = BUFFER, times: int = 7) -> float:
    """Bytes a second, the median of several readings of a buffer with all threads."""
    import torch

    numbers = torch.ones(buffer // 4, dtype=torch.float32, device=device)
    numbers.sum()
    seconds = []
    for _ in range(times):
        synchronise(device)
        start = time.monotonic_ns()
        numbers.sum()
        synchronise(device)
        seconds.append((time.monotonic_ns() - start) / 1e9)
    return numbers.nbytes / median(seconds)


def floor_share(decode_bytes: int, bandwidth: float, seconds_per_token: float) -> float | None:
    """The floor over what a token took, 0..1; None where either is unknown.

    With drafts verified together it can pass 1: several tokens come out of one reading.
    """
    if not (decode_bytes and bandwidth and seconds_per_token):
        return None
    return decode_bytes / bandwidth / seconds_per_token
