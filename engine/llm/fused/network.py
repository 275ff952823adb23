"""Llama and Qwen2 as arithmetic: all of a forward but where keys and values are kept.

Two steps share it, number for number: the eager one, whose cache grows (engine.llm.fused.decoder),
and the one of fixed shapes that torch.compile can take (engine.llm.fused.compiled). Not responsible
for positions, masks or caches: a step gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.llm.fused.weights import Layer, Weights

if TYPE_CHECKING:
    import torch

Pair = tuple["torch.Tensor", "torch.Tensor"]
Cache = tuple[Pair, ...]
"""Keys and values of each layer, [groups, room, width]. Tensors of their own: one tensor of all
layers would be copied as a whole at every write by a compiled step."""

Mix = Callable[["torch.Tensor", Pair, "torch.Tensor", "torch.Tensor"], "torch.Tensor"]
"""Keeps new keys and values, [groups, n, width], in a layer's pair, and gives the weighted values
for packed queries; both are [groups, heads/groups * n, width]."""


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


@dataclass(frozen=True, slots=True)
class Network:
    """Weights and what is computed from positions."""

    shape: Shape
    weights: Weights
    cos: torch.Tensor
    """By position, [context, width]."""
    sin: torch.Tensor
    """The same; the first half of the width is negative."""

    def forward(
        self,
        x: torch.Tensor,
        cos: torch.Tensor,
        sin: torch.Tensor,
        cache: Cache,
        mix: Mix,
        logits: int,
    ) -> torch.Tensor:
        """Logits of the last rows, [logits, vocabulary].

        `x`: embedded tokens, [n, hidden]; `cos`, `sin`: of their positions, [n, 1, width].
        """
        from torch.nn.functional import silu

        for layer, pair in zip(self.weights.layers, cache, strict=True):
            x = x + self._attention(
                layer, pair, self._normal(x, layer.before_attention), cos, sin, mix
            )
            gate, up = layer.gate_up(self._normal(x, layer.before_mlp)).chunk(2, -1)
            x = x + layer.down(silu(gate).mul_(up))
        return self.weights.head(self._normal(x[-logits:], self.weights.norm))

    def new_cache(self, room: int) -> Cache:
        """Zeros, so that what is masked is still a number."""
        shape, like = self.shape, self.weights.embedding
        size = (shape.groups, room, shape.width)
        return tuple((like.new_zeros(size), like.new_zeros(size)) for _ in range(shape.layers))

    def _attention(
        self,
        layer: Layer,
        pair: Pair,
        x: torch.Tensor,
        cos: torch.Tensor,
        sin: torch.Tensor,
        mix: Mix,
    ) -> torch.Tensor:
        import torch

        shape, count = self.shape, x.shape[0]
        qkv = layer.qkv(x).view(count, -1, shape.width)
        qk, v = torch.split(qkv, [shape.heads + shape.groups, shape.groups], 1)
        # Queries and keys are rotated together; the sign of the first half is in `sin`.
        qk = torch.addcmul(qk * cos, qk.roll(shape.width // 2, -1), sin)
        q, k = torch.split(qk, [shape.heads, shape.groups], 1)
        # Query heads of one group look at the same keys: they become rows of one product.
        packed = q.transpose(0, 1).reshape(shape.groups, -1, shape.width)
        mixed = mix(packed, pair, k.transpose(0, 1), v.transpose(0, 1))
        mixed = mixed.view(shape.heads, count, shape.width).transpose(0, 1)
        return layer.output(mixed.reshape(count, -1))

    def _normal(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import rms_norm

        return rms_norm(x, (x.shape[-1],), weight, self.shape.epsilon)


def network(configuration: Mapping[str, Any], weights: Weights) -> Network:
    """`configuration`: of config.json. Raises KeyError where it lacks a size."""
    shape = read_shape(configuration)
    return Network(shape, weights, *_rotation(shape, weights.embedding))


def read_shape(configuration: Mapping[str, Any]) -> Shape:
    """Raises KeyError where a size is missing."""
    heads = configuration["num_attention_heads"]
    return Shape(
        layers=configuration["num_hidden_layers"],
        heads=heads,
        groups=configuration.get("num_key_value_heads") or heads,
        width=configuration.get("head_dim") or configuration["hidden_size"] // heads,
        epsilon=configuration["rms_norm_eps"],
        theta=float(rope(configuration).get("rope_theta", 10_000.0)),
        context=configuration["max_position_embeddings"],
    )


def rope(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    """Rotary parameters of either spelling (a table; older: keys of the configuration)."""
    old = {k: configuration[k] for k in ("rope_theta",) if k in configuration}
    table = configuration.get("rope_parameters") or configuration.get("rope_scaling") or {}
    return {**old, **table}


def _rotation(shape: Shape, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    import torch

    steps = torch.arange(0, shape.width, 2, dtype=torch.float32) / shape.width
    angles = torch.outer(torch.arange(shape.context).float(), 1.0 / shape.theta**steps)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat((cos, cos), -1).to(like), torch.cat((-sin, sin), -1).to(like)
