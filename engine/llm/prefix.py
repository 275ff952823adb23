"""What a model has seen: its cache, the ids that are in it, and the way back to a common prefix.

Prompts of one role begin alike (instruction, examples), so most of a prompt need not be computed:
that beginning is computed once and kept. The ids are kept beside the cache because the cache
itself does not know them: feeding after a wrong rewind gives silently wrong text. Not responsible
for which tokens are fed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

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
    def decode_bytes(self) -> int:
        """Weights that one decoded token reads."""
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

    def copy(self) -> Any:
        """What the cache holds, for `paste`."""
        ...

    def paste(self, copied: Any) -> None:
        """Hold what was copied, and nothing else."""
        ...


@dataclass(frozen=True, slots=True)
class Beginning:
    """The constant part of a role's prompts and its cache."""

    ids: tuple[int, ...]
    cache: Any


class Prefix:
    """One model's cache.

    After a beginning, only whole blocks that were fed as whole blocks are used again: in 16 bits
    the numbers depend on how tokens were grouped into forwards, and so an answer would depend on
    what was asked before. This way a prompt is always computed in the same forwards, reused or not.
    """

    def __init__(self, model: Incremental) -> None:
        self._model = model
        self._ids: list[int] = []
        self._start = 0
        """Length of the beginning that is in the cache; blocks are counted from there."""
        self._settled = 0
        """Tokens at the start that are the beginning, or were fed in whole blocks after it."""
        self._beginnings: list[Beginning] = []

    def __len__(self) -> int:
        """Number of tokens in the cache."""
        return len(self._ids)

    def keep(self, ids: Sequence[int]) -> None:
        """Compute the beginning of a role's prompts once, for all calls to come."""
        if not ids or any(known.ids == tuple(ids) for known in self._beginnings):
            return
        self.forget()
        for at in range(0, len(ids), BLOCK):
            self.feed(ids[at : at + BLOCK])
        self._beginnings.append(Beginning(tuple(ids), self._model.copy()))
        # Longest first: of two that fit a prompt, the longer one saves more.
        self._beginnings.sort(key=lambda known: -len(known.ids))
        self.forget()

    def forget(self, *, beginnings: bool = False) -> None:
        """Empty the cache, and drop what was kept if asked to."""
        if beginnings:
            self._beginnings.clear()
        self._start = 0
        self._cut(0)

    def rewind(self, ids: Sequence[int]) -> int:
        """Make the cache hold as much of `ids` as is known; return how much.

        At least one token is left to feed: without it there would be no logits.
        """
        most = len(ids) - 1
        known = next((b for b in self._beginnings if starts_with(ids[:most], b.ids)), None)
        start = len(known.ids) if known else 0
        common = min(common_prefix(self._ids[: self._settled], ids), most)
        if start == self._start and common >= start:
            self._cut(start + (common - start) // BLOCK * BLOCK)
        elif known:
            self._model.paste(known.cache)
            self._ids = list(known.ids)
            self._start = self._settled = start
        else:
            self.forget()
        return len(self._ids)

    def cut(self, length: int) -> None:
        """Go back to the first `length` tokens."""
        self._cut(max(length, self._start))

    def feed(self, ids: Sequence[int], logits: int = 1) -> torch.Tensor:
        """One forward over `ids` (at least one). The last `logits` rows: [logits, vocabulary]."""
        try:
            rows = self._model.extend(ids, logits)
        except BaseException:
            # Some layers may have these tokens and others not, which no count of ids shows.
            self._model.truncate(0)
            self.forget()
            raise
        if len(self._ids) == self._settled and len(ids) == BLOCK:
            self._settled += BLOCK
        self._ids.extend(ids)
        return rows

    def _cut(self, length: int) -> None:
        if length < len(self._ids):
            self._model.truncate(length)
            del self._ids[length:]
        whole = self._start + max(0, length - self._start) // BLOCK * BLOCK
        self._settled = min(self._settled, whole)


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """Number of equal ids at the start."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def starts_with(ids: Sequence[int], beginning: Sequence[int]) -> bool:
    """Whether `ids` begin with all of `beginning`."""
    return len(ids) >= len(beginning) and common_prefix(ids, beginning) == len(beginning)
