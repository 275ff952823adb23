"""What a model has seen: its cache, the ids that are in it, and the way back to a common prefix.

Consecutive prompts begin alike (instruction, examples, passages), so most of a prompt need not be
computed. The ids are kept beside the cache because the cache itself does not know them: feeding
after a wrong rewind gives silently wrong text. Not responsible for which tokens are fed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch


class Incremental(Protocol):
    """A model with its key-value cache."""

    @property
    def parameters(self) -> int:
        """Number of weights; tied ones count once."""
        ...

    @property
    def memory_bytes(self) -> int:
        """Memory that the weights take."""
        ...

    @property
    def context(self) -> int:
        """Longest sequence, in tokens."""
        ...

    def extend(self, ids: Sequence[int], logits: int) -> torch.Tensor:
        """One forward over `ids` after what the cache holds. The last rows: [logits, vocabulary]."""
        ...

    def truncate(self, length: int) -> None:
        """Forget all but the first `length` tokens."""
        ...


class Prefix:
    """One model's cache."""

    def __init__(self, model: Incremental) -> None:
        self._model = model
        self._ids: list[int] = []

    def __len__(self) -> int:
        """Number of tokens in the cache."""
        return len(self._ids)

    def rewind(self, ids: Sequence[int]) -> int:
        """Keep what `ids` and the cache have in common; return its length, below `len(ids)`.

        At least one token is left to feed: without it there would be no logits.
        """
        keep = min(common_prefix(self._ids, ids), len(ids) - 1)
        if keep < len(self._ids):
            self._model.truncate(keep)
            del self._ids[keep:]
        return keep

    def feed(self, ids: Sequence[int], logits: int = 1) -> torch.Tensor:
        """One forward over `ids` (at least one). The last `logits` rows: [logits, vocabulary]."""
        try:
            rows = self._model.extend(ids, logits)
        except BaseException:
            self.clear()  # some layers may have these tokens and others not
            raise
        self._ids.extend(ids)
        return rows

    def clear(self) -> None:
        """Forget everything."""
        self._model.truncate(0)
        self._ids = []


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """Number of equal ids at the start."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
