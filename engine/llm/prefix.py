"""What a model has seen: its cache, the ids that are in it, and the way back to a common prefix.

Consecutive prompts begin alike (instruction, examples, passages), so most of a prompt need not be
computed. The ids are kept beside the cache because the cache itself does not know them: feeding
after a wrong rewind gives silently wrong text. Not responsible for which tokens are fed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import torch


BLOCK: Final = 128
"""Tokens of a prompt in one forward. Larger: computed faster; smaller: more of it reused."""


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
        """One forward over `ids` after the cache. The last rows: [logits, vocabulary]."""
        ...

    def truncate(self, length: int) -> None:
        """Forget all but the first `length` tokens."""
        ...


class Prefix:
    """One model's cache.

    Only whole blocks that were fed as whole blocks are used again: in 16 bits the numbers depend
    on how tokens were grouped into forwards, and so an answer would depend on what was asked
    before. This way a prompt is always computed in the same forwards, reused or not.
    """

    def __init__(self, model: Incremental) -> None:
        self._model = model
        self._ids: list[int] = []
        self._settled = 0
        """Tokens at the start that were fed in whole blocks."""

    def __len__(self) -> int:
        """Number of tokens in the cache."""
        return len(self._ids)

    def rewind(self, ids: Sequence[int]) -> int:
        """Keep the whole blocks that `ids` and the cache have in common; return their length.

        At least one token is left to feed: without it there would be no logits.
        """
        common = min(common_prefix(self._ids[: self._settled], ids), len(ids) - 1)
        keep = common // BLOCK * BLOCK
        self.cut(keep)
        return keep

    def cut(self, length: int) -> None:
        """Go back to the first `length` tokens."""
        if length < len(self._ids):
            self._model.truncate(length)
            del self._ids[length:]
        self._settled = min(self._settled, length // BLOCK * BLOCK)

    def feed(self, ids: Sequence[int], logits: int = 1) -> torch.Tensor:
        """One forward over `ids` (at least one). The last `logits` rows: [logits, vocabulary]."""
        try:
            rows = self._model.extend(ids, logits)
        except BaseException:
            self.cut(0)  # some layers may have these tokens and others not
            raise
        if len(self._ids) == self._settled and len(ids) == BLOCK:
            self._settled += BLOCK
        self._ids.extend(ids)
        return rows


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """Number of equal ids at the start."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
