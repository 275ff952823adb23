"""The weights of a Llama or Qwen2: read from safetensors, put into the formats of a recipe.

What is quantised: the matrices of the layers and the head; embeddings, norms and biases stay. In
int4 a matrix that a 4-bit file held in more bits (Q4_K_M does so for some) becomes int8, so that
nothing is lost; so does one that an adapter moved off its grid. Where no matrix of the file lies
on a 4-bit grid all of them become int4 and the head int8.
Not responsible for the forward (engine.llm.fused.decoder).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from engine.llm.fused.linear import (
    Dense,
    FewRowsInt4,
    Linear,
    Product,
    dense,
    few_rows_int4,
    few_rows_int8,
    many_rows_int8,
)
from engine.llm.fused.quantise import SAMPLE, Int8, on_grid, size_fits_int4, to_int4, to_int8

if TYPE_CHECKING:
    import torch

    from engine.models.adapter import Adapter

Bits = Literal["none", "int8", "int4"]

_FEW = 8
"""Rows up to which a product with fewer bits beats the one for many rows."""
_FEW_OF_LARGE = 3
"""The same beside int8 products, for matrices that are so large that calls cost nothing."""
_LARGE = 2_000_000
"""Weights of such a matrix."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The formats of the matrices."""

    dtype: str
    decode: Bits = "none"
    prefill: Literal["full", "int8"] = "full"


@dataclass(frozen=True, slots=True)
class Layer:
    """Weights of one layer; `qkv` and `gate_up` are stacked along the output."""

    before_attention: torch.Tensor
    qkv: Linear
    output: Linear
    before_mlp: torch.Tensor
    gate_up: Linear
    down: Linear


@dataclass(frozen=True, slots=True)
class Weights:
    """All of a model."""

    embedding: torch.Tensor
    layers: tuple[Layer, ...]
    norm: torch.Tensor
    head: Linear
    parameters: int
    """Tied ones count once."""

    def linears(self) -> Iterator[Linear]:
        """Every matrix that is multiplied."""
        yield self.head
        for layer in self.layers:
            yield from (layer.qkv, layer.output, layer.gate_up, layer.down)

    def vectors(self) -> Iterator[torch.Tensor]:
        """Every norm and bias."""
        yield self.norm
        for layer in self.layers:
            yield from (layer.before_attention, layer.before_mlp)
        yield from (linear.bias for linear in self.linears() if linear.bias is not None)

    @property
    def nbytes(self) -> int:
        """Memory that the weights take, in every format that is kept."""
        head_is_embedding = isinstance(self.head.many, Dense) and (
            self.head.many.weight is self.embedding
        )
        embedding = 0 if head_is_embedding else self.embedding.nbytes
        matrices = sum(linear.nbytes for linear in self.linears())
        return embedding + matrices + sum(vector.nbytes for vector in self.vectors())

    @property
    def decode_bytes(self) -> int:
        """What one decoded token reads (of the embedding one row, which is not counted)."""
        matrices = sum(linear.decode_bytes for linear in self.linears())
        return matrices + sum(vector.nbytes for vector in self.vectors())


class Kept(Protocol):
    """Quantised tensors from an earlier load, by name (engine.llm.fused.prepared)."""

    def get(self, name: str) -> dict[str, torch.Tensor] | None:
        """The tensors of one product."""
        ...

    def put(self, name: str, tensors: dict[str, torch.Tensor]) -> None:
        """Keep them for the next load."""
        ...


@dataclass(frozen=True, slots=True)
class Names:
    """Of the matrices of one layer in a checkpoint, as they are stacked."""

    qkv: tuple[str, str, str]
    output: tuple[str]
    gate_up: tuple[str, str]
    down: tuple[str]


def matrix_names(prefix: str) -> Names:
    """`prefix`: of the layer, with its dot."""
    q, k, v, o = (f"{prefix}self_attn.{name}_proj.weight" for name in "qkvo")
    gate, up, down = (f"{prefix}mlp.{name}_proj.weight" for name in ("gate", "up", "down"))
    return Names((q, k, v), (o,), (gate, up), (down,))


Ranges = Callable[[str], "torch.Tensor | None"]
"""The largest magnitude of each input channel of a matrix, [in], by its first name."""


class Checkpoint(Mapping[str, Any]):
    """Tensors of a directory by name, read when asked for, with an adapter merged into them."""

    def __init__(
        self, directory: Path, dtype: torch.dtype, device: str, adapter: Adapter | None = None
    ) -> None:
        from safetensors import safe_open

        self._dtype, self._device, self._adapter = dtype, device, adapter
        files: list[Any] = [safe_open(p, "pt") for p in sorted(directory.glob("*.safetensors"))]
        self._files = {name: file for file in files for name in file.keys()}  # noqa: SIM118
        if adapter is not None and (missing := sorted(adapter.names - self._files.keys())):
            raise KeyError(f"the adapter changes {missing[0]}, which these weights do not have")

    def __getitem__(self, name: str) -> torch.Tensor:
        # Out of the mapped file: its small pages make a product half as fast again.
        tensor: torch.Tensor = self._files[name].get_tensor(name)
        if self._adapter is not None and self.changed(name):
            # In float32 and rounded once: the sum has to see the adapter's smallest steps.
            return self._adapter.merged(name, tensor).to(self._device, self._dtype)
        return tensor.to(self._device, self._dtype, copy=True)

    def __iter__(self) -> Any:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def changed(self, name: str) -> bool:
        """Whether an adapter changes this tensor."""
        return self._adapter is not None and name in self._adapter.names

    def beginning(self, name: str) -> torch.Tensor:
        """The first rows of a matrix in the file, as many as show its grid; no more is read."""
        rows: torch.Tensor = self._files[name].get_slice(name)[:SAMPLE]
        return rows.to(self._device, self._dtype)

    def shape(self, name: str) -> tuple[int, ...]:
        """Of a tensor; nothing is read."""
        return tuple(self._files[name].get_slice(name).get_shape())

    def size(self, names: Sequence[str]) -> int:
        """Number of weights in these tensors; nothing is read."""
        return sum(math.prod(self.shape(name)) for name in names)


def read_weights(
    checkpoint: Checkpoint,
    layers: int,
    tied: bool,
    recipe: Recipe,
    kept: Kept,
    ranges: Ranges = lambda _: None,
) -> Weights:
    """`ranges` is asked only for what is quantised anew, activations with it.

    Raises KeyError for a missing weight, OSError.
    """
    embedding = checkpoint["model.embed_tokens.weight"]
    head = "model.embed_tokens.weight" if tied else "lm_head.weight"
    reader = _Reader(checkpoint, recipe, kept, ranges)
    return Weights(
        embedding=embedding,
        layers=tuple(reader.layer(f"model.layers.{n}.") for n in range(layers)),
        norm=checkpoint["model.norm.weight"],
        head=dense(embedding)
        if tied and recipe.decode == "none" and recipe.prefill == "full"
        else reader.matrix([head]),
        parameters=checkpoint.size([n for n in checkpoint if not (tied and n == "lm_head.weight")]),
    )


class _Reader:
    """Matrices in the formats of a recipe."""

    def __init__(self, checkpoint: Checkpoint, recipe: Recipe, kept: Kept, ranges: Ranges) -> None:
        self._checkpoint = checkpoint
        self._recipe = recipe
        self._kept = kept
        self._ranges = ranges

    def layer(self, prefix: str) -> Layer:
        names = matrix_names(prefix)
        biases = [name.replace("weight", "bias") for name in names.qkv]
        return Layer(
            before_attention=self._checkpoint[f"{prefix}input_layernorm.weight"],
            qkv=self.matrix(names.qkv, biases if biases[0] in self._checkpoint else ()),
            output=self.matrix(names.output),
            before_mlp=self._checkpoint[f"{prefix}post_attention_layernorm.weight"],
            gate_up=self.matrix(names.gate_up),
            down=self.matrix(names.down),
        )

    def matrix(self, names: Sequence[str], biases: Sequence[str] = ()) -> Linear:
        """Matrices stacked along the output."""
        recipe = self._recipe
        bias = self._stacked(biases) if biases else None
        many: Product = (
            many_rows_int8(self._int8(names), self._dtype)
            if recipe.prefill == "int8"
            else Dense(self._stacked(names))
        )
        few = self._few(names)
        if few is None:
            return Linear(many, many, 0, bias)
        large = recipe.prefill == "int8" and self._checkpoint.size(names) >= _LARGE
        return Linear(many, few, _FEW_OF_LARGE if large else _FEW, bias)

    def _few(self, names: Sequence[str]) -> Product | None:
        """What decoding reads; None where that is what a prompt reads."""
        recipe = self._recipe
        if recipe.decode == "none":
            return None
        name = f"{names[0]}.int4"
        if recipe.decode == "int4":
            if (found := self._kept.get(name)) is not None:
                return FewRowsInt4(**found)
            if self._becomes_int4(names):
                product = few_rows_int4(to_int4(self._stacked(names)), self._dtype)
                self._kept.put(name, {"packed": product.packed, "grids": product.grids})
                return product
        # The same bytes, and at one row the same speed: one copy does for both.
        if recipe.prefill == "int8":
            return None
        return few_rows_int8(self._int8(names), self._dtype)

    def _becomes_int4(self, names: Sequence[str]) -> bool:
        """Where int4 loses nothing; or anywhere but in the head, if the model is no 4-bit file."""
        if not all(size_fits_int4(*self._checkpoint.shape(name)) for name in names):
            return False
        if all(on_grid(self._checkpoint.beginning(name)) for name in names):
            return not any(self._checkpoint.changed(name) for name in names)
        whole = on_grid(self._checkpoint.beginning("model.layers.0.mlp.gate_proj.weight"))
        head = "layers" not in names[0]
        return not whole and not head

    def _int8(self, names: Sequence[str]) -> Int8:
        name = f"{names[0]}.int8"
        if (found := self._kept.get(name)) is not None:
            return Int8(**found)
        largest = self._ranges(names[0]) if self._recipe.prefill == "int8" else None
        quantised = to_int8(self._stacked(names), largest)
        tensors = {"values": quantised.values, "scales": quantised.scales}
        if quantised.smooth is not None:
            tensors["smooth"] = quantised.smooth
        self._kept.put(name, tensors)
        return quantised

    @property
    def _dtype(self) -> torch.dtype:
        import torch

        found: torch.dtype = getattr(torch, self._recipe.dtype)
        return found

    def _stacked(self, names: Sequence[str]) -> torch.Tensor:
        import torch

        tensors = [self._checkpoint[name] for name in names]
        return tensors[0] if len(tensors) == 1 else torch.cat(tensors)
