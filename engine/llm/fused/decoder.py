"""Llama and Qwen2, fused: the same numbers as transformers in three fifths of the time a token.

Projections that read the same input are one product, keys and values lie in tensors that rewind by
setting a length, query heads that share keys are packed (no repeated K/V). It also saves the import
of transformers' model classes, 2 s at the start. Not responsible for the arithmetic
(engine.llm.fused.network) or for any other architecture (engine.llm.any_model); `supports` says no
to whatever is not exactly this one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache as cache_once
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from engine.llm.fused.attention import attend
from engine.llm.fused.calibrate import Largest, watched
from engine.llm.fused.linear import FewRowsInt4
from engine.llm.fused.network import Cache, Network, Pair, network, read_shape, rope
from engine.llm.fused.prepared import Prepared, prepared_path
from engine.llm.fused.weights import Bits, Checkpoint, Recipe, read_weights

if TYPE_CHECKING:
    import torch

    from engine.models.adapter import Adapter

_ROOM = 1024
"""Tokens of cache at first; doubled when it is full."""


def read_configuration(directory: Path) -> dict[str, Any]:
    """config.json. Raises OSError, msgspec.DecodeError."""
    return msgspec.json.decode((directory / "config.json").read_bytes(), type=dict[str, Any])


def supports(configuration: Mapping[str, Any]) -> bool:
    """Whether this is a plain Llama or Qwen2: nothing that this decoder leaves out."""
    rotary = rope(configuration)
    return (
        configuration.get("model_type") in ("llama", "qwen2")
        and configuration.get("hidden_act") == "silu"
        and rotary.get("rope_type", rotary.get("type", "default")) == "default"
        and rotary.get("partial_rotary_factor", 1.0) == 1.0
        and not configuration.get("use_sliding_window")
        and not configuration.get("attention_bias")
        and not configuration.get("mlp_bias")
        and not configuration.get("quantization_config")
    )


@dataclass(frozen=True, slots=True)
class Source:
    """What a decoder was loaded from, so that another process can load the same."""

    directory: Path
    recipe: Recipe
    device: str
    cache: Path | None
    adapter: str | None = None
    """Its directory."""


class OneToken(Protocol):
    """A step for one token with a cache of its own (engine.llm.fused.compiled)."""

    @property
    def cache(self) -> Cache:
        """Where it reads and writes: always the same tensors."""
        ...

    def __call__(self, token: int, position: int) -> torch.Tensor:
        """Logits after the token at that position, [1, vocabulary]."""
        ...


class Decoder:
    """Weights and cache. Satisfies engine.llm.prefix.Incremental."""

    def __init__(self, network: Network, source: Source | None = None) -> None:
        self.network = network
        self.source = source
        self._length = 0
        self._cache = network.new_cache(_ROOM)
        self._step: OneToken | None = None

    @classmethod
    def load(
        cls,
        directory: Path,
        recipe: Recipe,
        device: str = "cpu",
        cache: Path | None = None,
        sample: Sequence[int] = (),
        adapter: Adapter | None = None,
    ) -> Decoder:
        """From safetensors and config.json; quantised weights are kept below `cache`.

        `sample`: ids of a text on which activations are seen before they are quantised. `adapter`:
        merged into the weights before anything is made of them. Raises KeyError for a missing
        weight, OSError.
        """
        import torch

        configuration = read_configuration(directory)
        checkpoint = Checkpoint(directory, getattr(torch, recipe.dtype), device, adapter)
        digest = adapter.digest if adapter is not None else ""
        prepared = Prepared(prepared_path(cache, directory, repr(recipe), digest))
        layers = read_shape(configuration).layers
        tied = configuration.get("tie_word_embeddings", False)

        @cache_once
        def largest() -> Largest:
            if not sample:
                return {}
            plain = read_weights(checkpoint, layers, tied, Recipe(recipe.dtype), Prepared(None))
            seeing, seen = watched(plain)
            with torch.inference_mode():
                cls(network(configuration, seeing)).extend(sample, 1)
            return seen

        weights = read_weights(
            checkpoint, layers, tied, recipe, prepared, lambda name: largest().get(name)
        )
        prepared.save()
        merged = str(adapter.directory) if adapter is not None else None
        source = Source(directory, recipe, device, cache, merged)
        return cls(network(configuration, weights), source)

    @property
    def parameters(self) -> int:
        """Number of weights; tied ones count once."""
        return self.network.weights.parameters

    @property
    def memory_bytes(self) -> int:
        """Memory that the weights take, in every format that is kept."""
        return self.network.weights.nbytes

    @property
    def decode_bytes(self) -> int:
        """Weights that one decoded token reads."""
        return self.network.weights.decode_bytes

    def bits(self, recipe: Recipe) -> Bits:
        """What of the recipe's bits for decoding was lossless: int4, or int8 instead."""
        linears = self.network.weights.linears()
        if recipe.decode == "int4" and not any(isinstance(i.few, FewRowsInt4) for i in linears):
            return "int8"
        return recipe.decode

    @property
    def context(self) -> int:
        """Longest sequence, in tokens."""
        return self.network.shape.context

    def use(self, step: OneToken | None) -> None:
        """Take this step for single tokens as far as its cache has room; None: our own."""
        self._step = step

    def extend(self, ids: Sequence[int], logits: int) -> torch.Tensor:
        """One forward over `ids` after the cache. The last rows: [logits, vocabulary]."""
        start, end = self._length, self._length + len(ids)
        self._make_room(end)
        if len(ids) == 1 and self._step is not None and self._cache is self._step.cache:
            rows = self._step(ids[0], start)
        else:
            rows = self._eager(ids, start, end, logits)
        self._length = end
        return rows

    def truncate(self, length: int) -> None:
        """Forget all but the first `length` tokens."""
        self._length = length

    def copy(self) -> Cache:
        """What the cache holds."""
        length = self._length
        return tuple((k[:, :length].clone(), v[:, :length].clone()) for k, v in self._cache)

    def paste(self, copied: Cache) -> None:
        """Hold that, and nothing else."""
        length = _room(copied)
        self._length = 0
        self._make_room(length)
        _fill(self._cache, copied, length)
        self._length = length

    def _eager(self, ids: Sequence[int], start: int, end: int, logits: int) -> torch.Tensor:
        import torch

        network = self.network
        embedding = network.weights.embedding
        mask = self._mask(start, end) if len(ids) > 1 else None

        def mix(packed: torch.Tensor, pair: Pair, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
            keys, values = pair
            keys[:, start:end] = k
            values[:, start:end] = v
            return attend(packed, keys[:, :end], values[:, :end], mask)

        x = embedding[torch.tensor(ids, device=embedding.device)]
        cos, sin = network.cos[start:end, None], network.sin[start:end, None]
        return network.forward(x, cos, sin, self._cache, mix, logits)

    def _mask(self, start: int, end: int) -> torch.Tensor:
        """0 where a row may look, else minus infinity: [heads/groups * n, end]."""
        import torch

        shape, like = self.network.shape, self.network.weights.embedding
        position = torch.arange(end, device=like.device)
        hidden = position[None, :] > position[start:, None]
        # As numbers once, not as truth values that every layer turns into numbers.
        mask = like.new_zeros(hidden.shape).masked_fill_(hidden, float("-inf"))
        return mask.repeat(shape.heads // shape.groups, 1)

    def _make_room(self, length: int) -> None:
        """The step's cache wherever it is large enough: the step can use no other."""
        cache = self._cache
        if self._step is not None and length <= _room(self._step.cache):
            cache = self._step.cache
        elif length > (room := _room(cache)):
            larger = min(max(2 * room, length), max(self.context, length))
            cache = self.network.new_cache(larger)
        if cache is not self._cache:
            _fill(cache, self._cache, self._length)
            self._cache = cache


def _room(cache: Cache) -> int:
    return cache[0][0].shape[1]


def _fill(cache: Cache, other: Cache, length: int) -> None:
    """Copy the first `length` tokens."""
    for ours, theirs in zip(cache, other, strict=True):
        for to, of in zip(ours, theirs, strict=True):
            to[:, :length] = of[:, :length]
