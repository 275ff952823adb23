"""Llama and Qwen2, fused: the same numbers as transformers with a third fewer milliseconds.

Projections that read the same input are one product, keys and values lie in one tensor that
rewinds by setting a length, query heads that share keys are packed (no repeated K/V). It also
saves the import of transformers' model classes, 2 s at the start. Not responsible for any other
architecture (engine.llm.any_model); `supports` says no to whatever is not exactly this one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from engine.llm.attention import attend
from engine.llm.prepared import Prepared, prepared_path
from engine.llm.weights import Checkpoint, Layer, Recipe, Weights, read_weights

if TYPE_CHECKING:
    import torch

_ROOM = 1024
"""Tokens of cache at first; doubled when it is full."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a model."""

    layers: int
    heads: int
    groups: int
    """Key-value heads."""
    width: int
    """Of one head."""
    epsilon: float
    theta: float
    context: int


def read_configuration(directory: Path) -> dict[str, Any]:
    """config.json. Raises OSError, msgspec.DecodeError."""
    return msgspec.json.decode((directory / "config.json").read_bytes(), type=dict[str, Any])


def supports(configuration: Mapping[str, Any]) -> bool:
    """Whether this is a plain Llama or Qwen2: nothing that this decoder leaves out."""
    rope = _rope(configuration)
    return (
        configuration.get("model_type") in ("llama", "qwen2")
        and configuration.get("hidden_act") == "silu"
        and rope.get("rope_type", rope.get("type", "default")) == "default"
        and rope.get("partial_rotary_factor", 1.0) == 1.0
        and not configuration.get("use_sliding_window")
        and not configuration.get("attention_bias")
        and not configuration.get("mlp_bias")
        and not configuration.get("quantization_config")
    )


class Decoder:
    """Weights and cache. Satisfies engine.llm.prefix.Incremental."""

    def __init__(self, shape: Shape, weights: Weights) -> None:
        self._shape = shape
        self._weights = weights
        self._length = 0
        self._cache = self._new_cache(_ROOM)
        self._cos, self._sin = _rotation(shape, weights.embedding)

    @classmethod
    def load(
        cls, directory: Path, recipe: Recipe, device: str = "cpu", cache: Path | None = None
    ) -> Decoder:
        """From safetensors and config.json; quantised weights are kept below `cache`.

        Raises KeyError for a missing weight, OSError.
        """
        import torch

        configuration = read_configuration(directory)
        shape = _shape(configuration)
        checkpoint = Checkpoint(directory, getattr(torch, recipe.dtype), device)
        prepared = Prepared(prepared_path(cache, directory, repr(recipe)))
        tied = configuration.get("tie_word_embeddings", False)
        weights = read_weights(checkpoint, shape.layers, tied, recipe, prepared)
        prepared.save()
        return cls(shape, weights)

    @property
    def parameters(self) -> int:
        """Number of weights; tied ones count once."""
        return self._weights.parameters

    @property
    def memory_bytes(self) -> int:
        """Memory that the weights take, in every format that is kept."""
        return self._weights.nbytes

    @property
    def decode_bytes(self) -> int:
        """Weights that one decoded token reads."""
        return self._weights.decode_bytes

    @property
    def context(self) -> int:
        """Longest sequence, in tokens."""
        return self._shape.context

    def extend(self, ids: Sequence[int], logits: int) -> torch.Tensor:
        """One forward over `ids` after the cache. The last rows: [logits, vocabulary]."""
        import torch
        from torch.nn.functional import silu

        weights = self._weights
        start, end = self._length, self._length + len(ids)
        self._make_room(end)
        x = weights.embedding[torch.tensor(ids, device=weights.embedding.device)]
        cos, sin = self._cos[start:end, None], self._sin[start:end, None]
        mask = self._mask(start, end) if len(ids) > 1 else None
        for layer, cache in zip(weights.layers, self._cache, strict=True):
            x = x + self._attention(
                layer, cache, self._normal(x, layer.before_attention), cos, sin, start, mask
            )
            gate, up = layer.gate_up(self._normal(x, layer.before_mlp)).chunk(2, -1)
            x = x + layer.down(silu(gate).mul_(up))
        self._length = end
        return weights.head(self._normal(x[-logits:], weights.norm))

    def truncate(self, length: int) -> None:
        """Forget all but the first `length` tokens."""
        self._length = length

    def copy(self) -> torch.Tensor:
        """What the cache holds: [layers, 2, groups, length, width]."""
        return self._cache[:, :, :, : self._length].clone()

    def paste(self, copied: torch.Tensor) -> None:
        """Hold that, and nothing else."""
        length = copied.shape[3]
        self._make_room(length)
        self._cache[:, :, :, :length] = copied
        self._length = length

    def _attention(
        self,
        layer: Layer,
        cache: torch.Tensor,
        x: torch.Tensor,
        cos: torch.Tensor,
        sin: torch.Tensor,
        start: int,
        mask: torch.Tensor | None,
    ) -> torch.Tensor:
        """`x`: [n, hidden]; `cache`: [2, groups, room, width]; `mask`: [heads/groups * n, end]."""
        import torch

        shape, count = self._shape, x.shape[0]
        end = start + count
        qkv = layer.qkv(x).view(count, -1, shape.width)
        qk, v = torch.split(qkv, [shape.heads + shape.groups, shape.groups], 1)
        # Queries and keys are rotated together; the sign of the first half is in `sin`.
        qk = torch.addcmul(qk * cos, qk.roll(shape.width // 2, -1), sin)
        q, k = torch.split(qk, [shape.heads, shape.groups], 1)
        cache[0, :, start:end] = k.transpose(0, 1)
        cache[1, :, start:end] = v.transpose(0, 1)
        # Query heads of one group look at the same keys: they become rows of one product.
        packed = q.transpose(0, 1).reshape(shape.groups, -1, shape.width)
        mixed = attend(packed, cache[0, :, :end], cache[1, :, :end], mask)
        mixed = mixed.view(shape.heads, count, shape.width).transpose(0, 1)
        return layer.output(mixed.reshape(count, -1))

    def _normal(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import rms_norm

        return rms_norm(x, (x.shape[-1],), weight, self._shape.epsilon)

    def _mask(self, start: int, end: int) -> torch.Tensor:
        """0 where a row may look, else minus infinity: [heads/groups * n, end]."""
        import torch

        like = self._weights.embedding
        position = torch.arange(end, device=like.device)
        hidden = position[None, :] > position[start:, None]
        # As numbers once, not as truth values that every layer turns into numbers.
        mask = like.new_zeros(hidden.shape).masked_fill_(hidden, float("-inf"))
        return mask.repeat(self._shape.heads // self._shape.groups, 1)

    def _make_room(self, length: int) -> None:
        if length <= (room := self._cache.shape[3]):
            return
        larger = self._new_cache(min(max(2 * room, length), max(self._shape.context, length)))
        larger[:, :, :, : self._length] = self._cache[:, :, :, : self._length]
        self._cache = larger

    def _new_cache(self, room: int) -> torch.Tensor:
        """[layers, 2, groups, room, width]; zeros, so that what is masked is still a number."""
        shape = self._shape
        size = (shape.layers, 2, shape.groups, room, shape.width)
        return self._weights.embedding.new_zeros(size)


def _shape(configuration: Mapping[str, Any]) -> Shape:
    heads = configuration["num_attention_heads"]
    return Shape(
        layers=configuration["num_hidden_layers"],
        heads=heads,
        groups=configuration.get("num_key_value_heads") or heads,
        width=configuration.get("head_dim") or configuration["hidden_size"] // heads,
        epsilon=configuration["rms_norm_eps"],
        theta=float(_rope(configuration).get("rope_theta", 10_000.0)),
        context=configuration["max_position_embeddings"],
    )


def _rope(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    """Rotary parameters of either spelling (a table; older: keys of the configuration)."""
    old = {k: configuration[k] for k in ("rope_theta",) if k in configuration}
    table = configuration.get("rope_parameters") or configuration.get("rope_scaling") or {}
    return {**old, **table}


def _rotation(shape: Shape, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Cosines and sines by position, [context, width]; the sines of the first half negative."""
    import torch

    steps = torch.arange(0, shape.width, 2, dtype=torch.float32) / shape.width
    angles = torch.outer(torch.arange(shape.context).float(), 1.0 / shape.theta**steps)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat((cos, cos), -1).to(like), torch.cat((-sin, sin), -1).to(like)
