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


@dataclass(frozen=True, slots=True)
class Layer:
    """Weights of one layer; `qkv` and `gate_up` are stacked along the output."""

    before_attention: torch.Tensor
    qkv: torch.Tensor
    qkv_bias: torch.Tensor | None
    output: torch.Tensor
    before_mlp: torch.Tensor
    gate_up: torch.Tensor
    down: torch.Tensor


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

    def __init__(
        self,
        shape: Shape,
        embedding: torch.Tensor,
        layers: Sequence[Layer],
        norm: torch.Tensor,
        head: torch.Tensor,
    ) -> None:
        self._shape = shape
        self._embedding = embedding
        self._layers = tuple(layers)
        self._norm = norm
        self._head = head
        self._length = 0
        self._cache = self._new_cache(_ROOM)
        self._cos, self._sin = _rotation(shape, embedding)

    @classmethod
    def load(cls, directory: Path, dtype: str, device: str = "cpu") -> Decoder:
        """From safetensors and config.json. Raises KeyError for a missing weight, OSError."""
        import torch

        configuration = read_configuration(directory)
        shape = _shape(configuration)
        weights = _Weights(directory, getattr(torch, dtype), device)
        embedding = weights["model.embed_tokens.weight"]
        tied = configuration.get("tie_word_embeddings", False)
        return cls(
            shape,
            embedding,
            [_layer(weights, f"model.layers.{n}.") for n in range(shape.layers)],
            weights["model.norm.weight"],
            embedding if tied else weights["lm_head.weight"],
        )

    @property
    def parameters(self) -> int:
        """Number of weights; tied ones count once."""
        return sum(t.numel() for t in self._tensors())

    @property
    def memory_bytes(self) -> int:
        """Memory that the weights take."""
        return sum(t.nbytes for t in self._tensors())

    @property
    def context(self) -> int:
        """Longest sequence, in tokens."""
        return self._shape.context

    def extend(self, ids: Sequence[int], logits: int) -> torch.Tensor:
        """One forward over `ids` after the cache. The last rows: [logits, vocabulary]."""
        import torch
        from torch.nn.functional import linear

        start, end = self._length, self._length + len(ids)
        self._make_room(end)
        x = self._embedding[torch.tensor(ids, device=self._embedding.device)]
        cos, sin = self._cos[start:end, None], self._sin[start:end, None]
        mask = self._mask(start, end) if len(ids) > 1 else None
        for layer, cache in zip(self._layers, self._cache, strict=True):
            x = x + self._attention(
                layer, cache, self._normal(x, layer.before_attention), cos, sin, start, mask
            )
            gate, up = linear(self._normal(x, layer.before_mlp), layer.gate_up).chunk(2, -1)
            x = x + linear(torch.nn.functional.silu(gate) * up, layer.down)
        self._length = end
        return linear(self._normal(x[-logits:], self._norm), self._head)

    def truncate(self, length: int) -> None:
        """Forget all but the first `length` tokens."""
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
        from torch.nn.functional import linear, scaled_dot_product_attention

        shape, count = self._shape, x.shape[0]
        end = start + count
        qkv = linear(x, layer.qkv, layer.qkv_bias).view(count, -1, shape.width)
        qk, v = torch.split(qkv, [shape.heads + shape.groups, shape.groups], 1)
        # Rotate queries and keys together.
        low, high = qk.chunk(2, -1)
        qk = qk * cos + torch.cat((-high, low), -1) * sin
        q, k = torch.split(qk, [shape.heads, shape.groups], 1)
        cache[0, :, start:end] = k.transpose(0, 1)
        cache[1, :, start:end] = v.transpose(0, 1)
        # Query heads of one group look at the same keys: they become rows of one product.
        packed = q.transpose(0, 1).reshape(1, shape.groups, -1, shape.width)
        keys, values = cache[None, 0, :, :end], cache[None, 1, :, :end]
        mixed = scaled_dot_product_attention(packed, keys, values, attn_mask=mask)
        mixed = mixed.view(shape.heads, count, shape.width).transpose(0, 1)
        return linear(mixed.reshape(count, -1), layer.output)

    def _normal(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import rms_norm

        return rms_norm(x, (x.shape[-1],), weight, self._shape.epsilon)

    def _mask(self, start: int, end: int) -> torch.Tensor:
        """True where a row may look: [heads/groups * n, end]."""
        import torch

        position = torch.arange(end, device=self._embedding.device)
        mask = position[None, :] <= position[start:, None]
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
        return self._embedding.new_zeros(size)

    def _tensors(self) -> list[torch.Tensor]:
        found = [self._embedding, self._norm]
        if self._head is not self._embedding:
            found.append(self._head)
        for layer in self._layers:
            found += [layer.before_attention, layer.qkv, layer.output, layer.before_mlp]
            found += [layer.gate_up, layer.down]
            if layer.qkv_bias is not None:
                found.append(layer.qkv_bias)
        return found


class _Weights(Mapping[str, Any]):
    """Tensors of a directory by name, read when asked for."""

    def __init__(self, directory: Path, dtype: torch.dtype, device: str) -> None:
        from safetensors import safe_open

        self._dtype, self._device = dtype, device
        files: list[Any] = [safe_open(p, "pt") for p in sorted(directory.glob("*.safetensors"))]
        self._files = {name: file for file in files for name in file.keys()}  # noqa: SIM118

    def __getitem__(self, name: str) -> torch.Tensor:
        tensor: torch.Tensor = self._files[name].get_tensor(name)
        return tensor.to(self._device, self._dtype)

    def __iter__(self) -> Any:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def _layer(weights: _Weights, prefix: str) -> Layer:
    import torch

    def stacked(names: Sequence[str], kind: str) -> torch.Tensor:
        return torch.cat([weights[f"{prefix}{name}.{kind}"] for name in names])

    projections = [f"self_attn.{name}_proj" for name in "qkv"]
    biased = f"{prefix}self_attn.q_proj.bias" in weights
    return Layer(
        before_attention=weights[f"{prefix}input_layernorm.weight"],
        qkv=stacked(projections, "weight"),
        qkv_bias=stacked(projections, "bias") if biased else None,
        output=weights[f"{prefix}self_attn.o_proj.weight"],
        before_mlp=weights[f"{prefix}post_attention_layernorm.weight"],
        gate_up=stacked(("mlp.gate_proj", "mlp.up_proj"), "weight"),
        down=weights[f"{prefix}mlp.down_proj.weight"],
    )


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
    """Cosines and sines by position: two of [context, width]."""
    import torch

    steps = torch.arange(0, shape.width, 2, dtype=torch.float32) / shape.width
    angles = torch.outer(torch.arange(shape.context).float(), 1.0 / shape.theta**steps)
    angles = torch.cat((angles, angles), -1)
    return angles.cos().to(like), angles.sin().to(like)
