"""Which token comes next: greedy, or drawn with noise that only seed and position decide.

No global generator is touched, so concurrent seeds do not disturb each other and a run can be
repeated on any device. Not responsible for computing logits.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.llm.backend import Sampling

if TYPE_CHECKING:
    import torch

_LIKELY = 1024
"""Tokens that are sorted at first; the whole vocabulary only where they hold less than top_p."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A token and its log-probability under the model (temperature 1, whole vocabulary)."""

    token: int
    logprob: float


def draw(logits: torch.Tensor, sampling: Sampling, position: int) -> Drawn:
    """The token at `position` (counted from the start of the prompt). `logits`: [vocabulary]."""
    import torch

    logits = logits.float()
    if sampling.temperature == 0:
        token = logits.argmax()
    else:
        token = _nucleus(logits / sampling.temperature, sampling, position)
    logprob = logits[token] - torch.logsumexp(logits, dim=-1)
    # Ids below 2^24 are exact in float32; one transfer instead of two.
    index, value = torch.stack((token.float(), logprob)).tolist()
    return Drawn(int(index), value)


def noise(seed: int, position: int) -> float:
    """A number in [0, 1), uniform over seeds and positions."""
    digest = hashlib.blake2b(f"{seed}:{position}".encode(), digest_size=7).digest()
    return (int.from_bytes(digest, "big") >> 3) / 2**53


def _nucleus(logits: torch.Tensor, sampling: Sampling, position: int) -> torch.Tensor:
    """Drawn from the smallest set of likeliest tokens that holds `top_p`."""
    import torch

    total = torch.logsumexp(logits, dim=-1)
    size = logits.shape[-1]
    for count in (min(_LIKELY, size), size):
        values, tokens = logits.topk(count)
        below = (values - total).exp().double().cumsum(-1)
        if count == size or below[-1] >= sampling.top_p:
            break
    # A token belongs to the nucleus if those before it hold less than top_p.
    inside = int((below < sampling.top_p).sum()) + 1
    below = below[:inside]
    point = noise(sampling.seed, position) * below[-1]
    chosen = torch.searchsorted(below, point, right=True).clamp(max=below.shape[-1] - 1)
    return tokens[chosen]
