"""Llama and Qwen2 for training: one pack at a time, gradients for the low-rank part only.

A pack is a prefix with branches behind it. The prefix is computed once; a branch sees the prefix
and itself, never its neighbours. Not responsible for tokens (packing) or for steps (train).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import rms_norm

from engine.llm.fused.decoder import read_configuration
from engine.llm.fused.network import Shape, read_shape
from engine.llm.fused.weights import Checkpoint, matrix_names
from tools.adapter.attention import Span, attend, spans
from tools.adapter.lora import Adapted, Form
from tools.adapter.packing import Pack

Tensor = torch.Tensor


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: frozen norms, and matrices with their low-rank part."""

    before_attention: Tensor
    qkv: Adapted
    output: Adapted
    before_mlp: Tensor
    gate_up: Adapted
    down: Adapted

    def products(self) -> tuple[Adapted, ...]:
        """In the order of the forward."""
        return (self.qkv, self.output, self.gate_up, self.down)


@dataclass(frozen=True, slots=True)
class Trainee:
    """A frozen base with an adapter."""

    shape: Shape
    embedding: Tensor
    layers: tuple[Layer, ...]
    norm: Tensor
    head: Tensor

    def products(self) -> tuple[Adapted, ...]:
        """Every adapted product of the model."""
        return tuple(product for layer in self.layers for product in layer.products())

    def logits(self, pack: Pack) -> Tensor:
        """At the positions that predict a label, [labels, vocabulary]."""
        x = self.embedding[torch.tensor(pack.ids)]
        if torch.is_grad_enabled():
            x.requires_grad_(True)  # what lies above is reached by autograd through it
        rotation = self._rotation(torch.tensor(pack.positions))
        found = spans(pack)
        for layer in self.layers:
            normal = self._normal(x, layer.before_attention)
            mixed = self._attention(layer.qkv(normal), rotation, found, pack.prefix)
            x = x + layer.output(mixed)
            gate_up = layer.gate_up(self._normal(x, layer.before_mlp))
            x = x + layer.down(_gated(gate_up))
        rows = self._normal(x[torch.tensor(pack.predicting)], self.norm)
        return torch.nn.functional.linear(rows, self.head)

    def _normal(self, x: Tensor, weight: Tensor) -> Tensor:
        return rms_norm(x, (x.shape[-1],), weight, self.shape.epsilon)

    def _rotation(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines, and sines whose first half is negative: [n, 1, width]."""
        shape = self.shape
        steps = torch.arange(0, shape.width, 2, dtype=torch.float32) / shape.width
        angles = torch.outer(positions.float(), 1.0 / shape.theta**steps)[:, None]
        cos, sin = angles.cos(), angles.sin()
        like = self.embedding
        return torch.cat((cos, cos), -1).to(like), torch.cat((-sin, sin), -1).to(like)

    def _attention(
        self,
        qkv: Tensor,
        rotation: tuple[Tensor, Tensor],
        found: tuple[Span, ...],
        prefix: int,
    ) -> Tensor:
        shape, count = self.shape, qkv.shape[0]
        heads = qkv.view(count, -1, shape.width)
        qk, v = torch.split(heads, [shape.heads + shape.groups, shape.groups], 1)
        q, k = torch.split(_rotated(qk, *rotation), [shape.heads, shape.groups], 1)
        q, k, v = (part.transpose(0, 1) for part in (q, k, v))
        mixed = attend(q, k, v, found, prefix)
        return mixed.transpose(0, 1).reshape(count, -1)


def load(directory: Path, form: Form, dtype: torch.dtype, seed: int) -> Trainee:
    """The base of a directory with a fresh adapter. Raises KeyError for a missing weight."""
    configuration = read_configuration(directory)
    checkpoint = Checkpoint(directory, dtype, "cpu")
    shape = read_shape(configuration)
    generator = torch.Generator().manual_seed(seed)

    def product(names: tuple[str, ...]) -> Adapted:
        biases = [name.removesuffix("weight") + "bias" for name in names]
        bias = torch.cat([checkpoint[b] for b in biases]) if biases[0] in checkpoint else None
        return Adapted.fresh(names, [checkpoint[n] for n in names], bias, form, generator)

    def layer(number: int) -> Layer:
        prefix = f"model.layers.{number}."
        names = matrix_names(prefix)
        return Layer(
            checkpoint[f"{prefix}input_layernorm.weight"],
            product(names.qkv),
            product(names.output),
            checkpoint[f"{prefix}post_attention_layernorm.weight"],
            product(names.gate_up),
            product(names.down),
        )

    embedding = checkpoint["model.embed_tokens.weight"]
    tied = configuration.get("tie_word_embeddings", False)
    return Trainee(
        shape,
        embedding,
        tuple(layer(number) for number in range(shape.layers)),
        checkpoint["model.norm.weight"],
        embedding if tied else checkpoint["lm_head.weight"],
    )


class _Gated(torch.autograd.Function):
    """silu(gate) x up of stacked halves; keeps its input only."""

    @staticmethod
    def forward(ctx: Any, gate_up: Tensor) -> Tensor:
        ctx.save_for_backward(gate_up)
        gate, up = gate_up.chunk(2, -1)
        return torch.nn.functional.silu(gate).mul_(up)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (gradient,) = gradients
        (gate_up,) = ctx.saved_tensors
        gate, up = gate_up.chunk(2, -1)
        both = torch.empty_like(gate_up)
        of_gate, of_up = both.chunk(2, -1)
        torch.mul(gradient, torch.nn.functional.silu(gate), out=of_up)
        torch.ops.aten.silu_backward.grad_input(gradient * up, gate, grad_input=of_gate)
        return both


class _Rotated(torch.autograd.Function):
    """Rotary positions: x cos + (x, halves swapped) sin."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        ctx.save_for_backward(cos, sin)
        return torch.addcmul(x * cos, x.roll(x.shape[-1] // 2, -1), sin)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = gradients
        cos, sin = ctx.saved_tensors
        swapped = (gradient * sin).roll(gradient.shape[-1] // 2, -1)
        return torch.addcmul(swapped, gradient, cos), None, None


def _gated(gate_up: Tensor) -> Tensor:
    gated: Tensor = _Gated.apply(gate_up)  # type: ignore[no-untyped-call]
    return gated


def _rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    rotated: Tensor = _Rotated.apply(x, cos, sin)  # type: ignore[no-untyped-call]
    return rotated
