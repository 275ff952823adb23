"""Decoding: one token after the other, or several in one forward where a draft turns out right.

Each token is drawn from the model's own distribution at its own position, drafted or not, so a
draft changes the speed and never the text. Not responsible for text, stop strings or times.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.llm.backend import Cancel, Sampling
from engine.llm.lookup import Lookup
from engine.llm.meter import Meter
from engine.llm.prefix import Prefix
from engine.llm.sampling import Drawn, draw

if TYPE_CHECKING:
    import torch


def decode(
    prefix: Prefix,
    logits: torch.Tensor,
    sampling: Sampling,
    lookup: Lookup,
    meter: Meter,
    cancel: Cancel | None,
) -> Iterator[Drawn]:
    """Tokens after the prompt that `prefix` holds. `logits`: of the first, [vocabulary].

    Ends at the cap; the caller ends it at a stop. A cancel is looked at before every forward.
    """
    drawn = _draw(logits, sampling, len(prefix), meter)
    left = sampling.max_tokens - 1
    while True:
        lookup.add(drawn.token)
        yield drawn
        if left < 1 or (cancel is not None and cancel.is_set()):
            return
        draft = lookup.draft(left - 1)
        start = len(prefix)
        rows = _feed(prefix, [drawn.token, *draft], meter)
        accepted = 0
        for guess in draft:
            drawn = _draw(rows[accepted], sampling, start + 1 + accepted, meter)
            if drawn.token != guess:
                break
            accepted += 1
            left -= 1
            lookup.add(guess)
            yield drawn
        else:
            drawn = _draw(rows[accepted], sampling, start + 1 + accepted, meter)
        left -= 1
        if draft:
            prefix.cut(start + 1 + accepted)
            lookup.verified(len(draft), accepted)
            meter.drafted(len(draft), accepted)


def _feed(prefix: Prefix, ids: list[int], meter: Meter) -> torch.Tensor:
    """One forward; logits of every row, [ids, vocabulary]."""
    import torch

    meter.forwards += 1
    with meter.decode(), torch.inference_mode():
        return prefix.feed(ids, len(ids))


def _draw(logits: torch.Tensor, sampling: Sampling, position: int, meter: Meter) -> Drawn:
    import torch

    with meter.decode(), torch.inference_mode():
        return draw(logits, sampling, position)
