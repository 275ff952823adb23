"""The key-value cache of a model and the ids that are in it, rewound to a common prefix.

Consecutive prompts begin alike (instruction, examples, passages), so most of a prompt need not be
computed. The ids are kept beside the cache because the cache itself does not know them: feeding
after a wrong rewind gives silently wrong text. Not responsible for which tokens are fed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


class Prefix:
    """What a model has seen."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._cache: Any = None
        self._ids: list[int] = []

    def __len__(self) -> int:
        """Number of tokens in the cache."""
        return len(self._ids)

    def rewind(self, ids: Sequence[int]) -> int:
        """Keep what `ids` and the cache have in common; return its length, below `len(ids)`.

        At least one token is left to feed: without it there would be no logits.
        """
        keep = min(common_prefix(self._ids, ids), len(ids) - 1)
        if (surplus := len(self._ids) - keep) > 0:
            if keep == 0:
                self.clear()
            else:
                self._cache.crop(-surplus)
                del self._ids[keep:]
        return keep

    def feed(self, ids: Sequence[int], logits: int = 1) -> torch.Tensor:
        """One forward over `ids` (at least one). The last `logits` rows: [logits, vocabulary]."""
        import torch

        if self._cache is None:
            from transformers import DynamicCache

            self._cache = DynamicCache(config=self._model.config)
        try:
            output = self._model(
                input_ids=torch.tensor([list(ids)], device=self._model.device),
                past_key_values=self._cache,
                use_cache=True,
                logits_to_keep=logits,
            )
        except BaseException:
            self.clear()  # some layers may have these tokens and others not
            raise
        self._ids.extend(ids)
        rows: torch.Tensor = output.logits[0]
        return rows

    def clear(self) -> None:
        """Forget everything."""
        self._cache, self._ids = None, []


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """Number of equal ids at the start."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
