"""A product with a weight matrix, in the format that suits the number of rows.

Decoding reads every weight for one row, so it pays to read few bytes; a prompt has many rows, so it
pays to compute fast. A matrix may be kept twice for that, and says what it takes. Not responsible
for quantising (engine.llm.fused.quantise) or for storing the result (engine.llm.fused.prepared).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from engine.llm.fused.quantise import GROUP, Int4, Int8

if TYPE_CHECKING:
    import torch


class Product(Protocol):
    """x [rows, in] to [rows, out], in the number format of x."""

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product."""
        ...

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        ...


@dataclass(frozen=True, slots=True)
class Dense:
    """The weight as it is: [out, in]."""

    weight: torch.Tensor

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product."""
        from torch.nn.functional import linear

        return linear(x, self.weight)

    @property
    def nbytes(self) -> int:
        """Of the weight."""
        return self.weight.nbytes


@dataclass(frozen=True, slots=True)
class FewRowsInt8:
    """int8 weights, full activations: for one row or few."""

    values: torch.Tensor
    scales: torch.Tensor
    """In the number format of x: [out]."""

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product."""
        import torch

        return torch._weight_int8pack_mm(x, self.values, self.scales)

    @property
    def nbytes(self) -> int:
        """Of values and scales."""
        return self.values.nbytes + self.scales.nbytes


@dataclass(frozen=True, slots=True)
class ManyRowsInt8:
    """int8 weights and activations, one scale a row: on a CPU twice as fast as bf16."""

    packed: torch.Tensor
    """Opaque: the weights in the layout of the kernel."""
    scales: torch.Tensor
    """float32 [out]."""
    zeros: torch.Tensor
    """int32 [out]: weights are symmetric."""
    nbytes: int
    smooth: torch.Tensor | None = None
    """In the number format of x, [in]: evens its channels out before they are rounded."""

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product. Unsigned activations around 128: the signed kernel is a slow reference."""
        import torch

        if self.smooth is not None:
            x = x * self.smooth
        largest = x.abs().amax(-1, keepdim=True).float().clamp_(min=1e-12)
        values = (x * (127 / largest)).round_().add_(128).to(torch.uint8)
        product: torch.Tensor = torch.ops.onednn.qlinear_pointwise.default(
            values, 1.0, 128, self.packed, self.scales, self.zeros,
            None, 1.0, 0, x.dtype, "none", [], "",
        )  # fmt: skip
        return product.mul_((largest / 127).to(x.dtype))


@dataclass(frozen=True, slots=True)
class FewRowsInt4:
    """4-bit weights in groups, full activations: for one row or few."""

    packed: torch.Tensor
    grids: torch.Tensor
    """Scale and middle value: [in / GROUP, out, 2], in the number format of x."""

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product."""
        import torch

        product: torch.Tensor = torch._weight_int4pack_mm_for_cpu(x, self.packed, GROUP, self.grids)
        return product

    @property
    def nbytes(self) -> int:
        """Of packed levels and grids."""
        return self.packed.nbytes + self.grids.nbytes


@dataclass(frozen=True, slots=True)
class Linear:
    """One matrix with its bias: `few` for up to `few_rows` rows, `many` for more."""

    many: Product
    few: Product
    few_rows: int = 0
    bias: torch.Tensor | None = None

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """x [rows, in] to [rows, out]."""
        y = self.few(x) if x.shape[0] <= self.few_rows else self.many(x)
        return y if self.bias is None else y + self.bias

    @property
    def nbytes(self) -> int:
        """Memory that it takes, in both formats."""
        kept = [self.many] if self.few is self.many else [self.many, self.few]
        return sum(product.nbytes for product in kept)

    @property
    def decode_bytes(self) -> int:
        """What one row reads."""
        return (self.few if self.few_rows else self.many).nbytes


def dense(weight: torch.Tensor, bias: torch.Tensor | None = None) -> Linear:
    """A matrix that is kept once, as it is."""
    product = Dense(weight)
    return Linear(product, product, bias=bias)


def many_rows_int8(found: Int8, dtype: torch.dtype) -> ManyRowsInt8:
    """Packed for the kernel, for activations of `dtype`; `found` is not needed any more."""
    import torch

    packed = torch.ops.onednn.qlinear_prepack(found.values, None)
    zeros = torch.zeros(len(found.scales), dtype=torch.int32)
    smooth = None if found.smooth is None else found.smooth.to(dtype)
    nbytes = found.values.nbytes + found.scales.nbytes + (0 if smooth is None else smooth.nbytes)
    return ManyRowsInt8(packed, found.scales, zeros, nbytes, smooth)


def few_rows_int8(found: Int8, dtype: torch.dtype) -> FewRowsInt8:
    """For activations of `dtype`."""
    return FewRowsInt8(found.values, found.scales.to(dtype))


def few_rows_int4(found: Int4, dtype: torch.dtype) -> FewRowsInt4:
    """For activations of `dtype`. The kernel's layout depends on the processor."""
    import torch

    packed = torch._convert_weight_to_int4pack_for_cpu(found.levels, 1)
    # The kernel computes (level - 8) x scale + middle.
    middle = found.smallest + 8 * found.scales
    grids = torch.stack((found.scales.t(), middle.t()), -1).to(dtype).contiguous()
    return FewRowsInt4(packed, grids)
