"""Products that the compiler must call and not look into.

The product of many rows in int8 belongs to oneDNN, and the compiler insists that its weights be
constants. As an operation of our own it is called as it is. Not responsible for the product itself
(engine.llm.fused.linear).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from engine.llm.fused.linear import Linear, ManyRowsInt8, Product
from engine.llm.fused.network import Network
from engine.llm.fused.weights import Layer, Weights

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Opaque:
    """The product of many rows in int8, as one operation."""

    product: ManyRowsInt8
    operation: Callable[..., torch.Tensor]

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product."""
        product = self.product
        tensors = (product.packed, product.scales, product.zeros, product.smooth)
        return self.operation(x, *tensors)

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return self.product.nbytes


def opaque(network: Network) -> Network:
    """The same network; its tensors are not copied."""
    weights = network.weights
    if not any(isinstance(p, ManyRowsInt8) for p in _products(weights)):
        return network
    hidden = replace(
        weights, head=_linear(weights.head), layers=tuple(_layer(layer) for layer in weights.layers)
    )
    return replace(network, weights=hidden)


def tensors(network: Network) -> Iterator[torch.Tensor]:
    """Everything that a step reads, but the cache."""
    yield from (network.cos, network.sin, network.weights.embedding, *network.weights.vectors())
    for product in _products(network.weights):
        yield from _tensors(product)


def _products(weights: Weights) -> Iterator[Product]:
    for linear in weights.linears():
        yield from (linear.many, linear.few)


def _tensors(part: Any) -> Iterator[torch.Tensor]:
    import torch

    if isinstance(part, Opaque):
        part = part.product
    values = (getattr(part, field.name) for field in fields(part))
    yield from (value for value in values if isinstance(value, torch.Tensor))


def _layer(layer: Layer) -> Layer:
    return replace(
        layer,
        qkv=_linear(layer.qkv),
        output=_linear(layer.output),
        gate_up=_linear(layer.gate_up),
        down=_linear(layer.down),
    )


def _linear(linear: Linear) -> Linear:
    return replace(linear, many=_product(linear.many), few=_product(linear.few))


def _product(product: Product) -> Product:
    return Opaque(product, _operation()) if isinstance(product, ManyRowsInt8) else product


@cache
def _operation() -> Callable[..., torch.Tensor]:
    """Registered with torch once in a process, under our name."""
    import torch

    def product(
        x: torch.Tensor,
        packed: torch.Tensor,
        scales: torch.Tensor,
        zeros: torch.Tensor,
        smooth: torch.Tensor | None,
    ) -> torch.Tensor:
        return ManyRowsInt8(packed, scales, zeros, 0, smooth)(x)

    def shape(x: torch.Tensor, _packed: object, scales: torch.Tensor, *_: object) -> torch.Tensor:
        return x.new_empty(x.shape[0], scales.shape[0])

    schema = "(Tensor x, Tensor packed, Tensor scales, Tensor zeros, Tensor? smooth) -> Tensor"
    operation = torch.library.custom_op(
        "argo_tui::many_rows_int8", product, mutates_args=(), schema=schema
    )
    operation.register_fake(shape)
    return operation
