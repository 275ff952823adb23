"""Loaded models, kept while memory holds them, so that rows can alternate.

Where it does not hold all of them the later ones are loaded for their turn and freed after it;
loading is never part of a measured time. Not responsible for how a model is loaded.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    """Something that takes memory until it is closed."""

    def close(self) -> None:
        """Give the memory back."""
        ...


M = TypeVar("M", bound=Closable)


@dataclass(slots=True)
class Pool(Generic[M]):
    """Models by key, oldest first."""

    free: Callable[[], int]
    """Bytes that can be had now."""
    largest: int
    """Bytes that loading the largest model takes; never taken by what is kept."""
    _kept: dict[Hashable, M] = field(default_factory=dict, init=False)

    def get(self, key: Hashable, load: Callable[[], M]) -> tuple[M, bool]:
        """The model, and whether it was loaded just now. Raises what `load` raises."""
        if key in self._kept:
            return self._kept[key], False
        while self._kept and self.free() < self.largest:
            self._drop(next(reversed(self._kept)))
        self._kept[key] = load()
        return self._kept[key], True

    def settle(self, key: Hashable) -> bool:
        """After a turn: keep the model if another can still be loaded. Whether it was kept."""
        if key in self._kept and self.free() < self.largest:
            self._drop(key)
        return key in self._kept

    def close(self) -> None:
        """Free everything."""
        for key in list(self._kept):
            self._drop(key)

    def _drop(self, key: Hashable) -> None:
        self._kept.pop(key).close()
        gc.collect()
