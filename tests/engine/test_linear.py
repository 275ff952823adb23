"""A product in any format is that with the weights which the format stands for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest
import torch

from engine.llm.fused.linear import (
    Dense,
    Linear,
    Product,
    dense,
    few_rows_int4,
    few_rows_int8,
    many_rows_int8,
)
from engine.llm.fused.quantise import GROUP, to_int4, to_int8

pytest_plugins = ("tests.engine.local_fixture",)
pytestmark = pytest.mark.usefixtures("one_thread")

OUT, WIDTH = 96, 256
ROWS: Final = range(1, 41)
ROUNDING: Final = {torch.float32: 2.0**-20, torch.bfloat16: 2.0**-8}
"""Half a step of the format relative to a number, and what sums of 256 numbers add in float32."""


def weights(seed: int = 1) -> torch.Tensor:
    return 0.05 * torch.randn(OUT, WIDTH, generator=torch.Generator().manual_seed(seed))


def activations(rows: int, dtype: torch.dtype) -> torch.Tensor:
    x = torch.randn(rows, WIDTH, generator=torch.Generator().manual_seed(rows))
    x[:, 7] *= 20  # as in real models: a few channels are large
    return x.to(dtype)


@dataclass(frozen=True, slots=True)
class Meant:
    """What a product stands for."""

    weight: torch.Tensor
    """Dequantised, float32 [out, in]."""
    size: torch.Tensor
    """Sum of the sizes of the numbers that are rounded to make a weight: [out, in]."""


def meant_dense() -> Meant:
    return Meant(weights(), weights().abs())


def meant_int8() -> Meant:
    found = to_int8(weights())
    weight = found.values * found.scales[:, None]
    return Meant(weight, weight.abs())


def meant_int4() -> Meant:
    found = to_int4(weights())
    levels = found.levels.view(OUT, -1, GROUP)
    scales, smallest = found.scales[..., None], found.smallest[..., None]
    weight = levels * scales + smallest
    # The kernel's form: around the middle level.
    size = (levels - 8).abs() * scales + (smallest + 8 * scales).abs()
    return Meant(weight.view(OUT, WIDTH), size.view(OUT, WIDTH))


def of_dense(dtype: torch.dtype) -> Product:
    return Dense(weights().to(dtype))


def of_few_int8(dtype: torch.dtype) -> Product:
    return few_rows_int8(to_int8(weights()), dtype)


def of_many_int8(dtype: torch.dtype) -> Product:
    return many_rows_int8(to_int8(weights()), dtype)


def of_few_int4(dtype: torch.dtype) -> Product:
    return few_rows_int4(to_int4(weights()), dtype)


Maker = Callable[[torch.dtype], Product]
FORMATS: Final[dict[str, tuple[Maker, Callable[[], Meant]]]] = {
    "dense": (of_dense, meant_dense),
    "few rows, int8": (of_few_int8, meant_int8),
    "many rows, int8": (of_many_int8, meant_int8),
    "few rows, int4": (of_few_int4, meant_int4),
}


def assert_within_bound(name: str, product: Product, x: torch.Tensor) -> None:
    """Rounding of what the weights are made of and of the result.

    With activations in int8 also half a step of each, which is 1/254 of the row's largest.
    """
    meant = FORMATS[name][1]()
    exact = x.double() @ meant.weight.double().t()
    bound = ROUNDING[x.dtype] * (2 * x.double().abs() @ meant.size.double().t() + exact.abs())
    if name == "many rows, int8":
        largest = x.double().abs().amax(-1, keepdim=True)
        bound = bound + 1.001 * largest / 254 * meant.weight.double().abs().sum(-1)
        # The row's scale is rounded to the format after the product.
        bound = bound + 2 * ROUNDING[x.dtype] * exact.abs()
    y = product(x)
    assert y.dtype == x.dtype
    assert y.shape == (len(x), OUT)
    assert bool(((y.double() - exact).abs() <= bound).all())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("name", FORMATS)
def test_any_number_of_rows_gives_the_product_with_the_weights_meant(
    name: str, dtype: torch.dtype
) -> None:
    product = FORMATS[name][0](dtype)
    for rows in ROWS:
        assert_within_bound(name, product, activations(rows, dtype))


def test_the_rounding_of_activations_has_no_bias() -> None:
    """Rounding to the nearest: the error is spread evenly over one step, so 1/sqrt(12) of it."""
    x, meant = activations(400, torch.float32), meant_int8()
    error = of_many_int8(torch.float32)(x).double() - x.double() @ meant.weight.double().t()
    step = x.double().abs().amax(-1, keepdim=True) / 127
    expected = step * meant.weight.double().norm(dim=-1) / 12**0.5
    assert (error / expected).square().mean().sqrt() < 1.2
    assert (error / expected).mean(0).abs().max() < 0.3


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("few", ["dense", "few rows, int8", "few rows, int4"])
@pytest.mark.parametrize("many", ["dense", "many rows, int8"])
def test_few_rows_take_one_format_and_many_the_other(
    few: str, many: str, dtype: torch.dtype
) -> None:
    linear = Linear(FORMATS[many][0](dtype), FORMATS[few][0](dtype), 8)
    for rows in (1, 2, 7, 8, 9, 10, 33, 40):
        x = activations(rows, dtype)
        name = few if rows <= 8 else many
        assert_within_bound(name, linear, x)
        assert torch.equal(linear(x), FORMATS[name][0](dtype)(x))


@pytest.mark.parametrize("name", FORMATS)
def test_a_row_of_zeros_gives_zeros_and_leaves_the_others_alone(name: str) -> None:
    product = FORMATS[name][0](torch.float32)
    x = activations(5, torch.float32)
    x[2] = 0
    assert not product(x)[2].any()
    assert_within_bound(name, product, x)


@pytest.mark.parametrize("name", FORMATS)
def test_the_activations_are_left_as_they_were(name: str) -> None:
    x = activations(5, torch.float32)
    before = x.clone()
    FORMATS[name][0](torch.float32)(x)
    assert torch.equal(x, before)


@pytest.mark.parametrize("rows", [1, 8, 9, 40])
@pytest.mark.parametrize("few", ["dense", "few rows, int8", "few rows, int4"])
def test_a_bias_is_added_in_either_format(few: str, rows: int) -> None:
    bias = torch.randn(OUT, generator=torch.Generator().manual_seed(2))
    many, few_product = of_dense(torch.float32), FORMATS[few][0](torch.float32)
    x = activations(rows, torch.float32)
    without = Linear(many, few_product, 8)(x)
    torch.testing.assert_close(Linear(many, few_product, 8, bias)(x), without + bias)


def test_what_is_kept_twice_counts_twice_and_a_token_reads_one_of_them() -> None:
    many, few = of_dense(torch.bfloat16), of_few_int4(torch.bfloat16)
    linear = Linear(many, few, 8)
    assert linear.nbytes == many.nbytes + few.nbytes
    assert linear.decode_bytes == few.nbytes < many.nbytes


def test_what_is_kept_once_counts_once() -> None:
    for product in (of_few_int8(torch.float32), of_few_int4(torch.float32)):
        linear = Linear(product, product, 8)
        assert linear.nbytes == linear.decode_bytes == product.nbytes
    linear = dense(weights())
    assert linear.nbytes == linear.decode_bytes == 4 * OUT * WIDTH


def test_a_format_for_few_rows_that_no_row_takes_is_not_what_a_token_reads() -> None:
    many, few = of_dense(torch.bfloat16), of_few_int8(torch.bfloat16)
    assert Linear(many, few, 0).decode_bytes == many.nbytes


def test_formats_take_the_bytes_that_their_bits_say() -> None:
    groups = WIDTH // GROUP
    assert of_dense(torch.bfloat16).nbytes == 2 * OUT * WIDTH
    assert of_few_int8(torch.bfloat16).nbytes == OUT * WIDTH + 2 * OUT
    assert of_many_int8(torch.bfloat16).nbytes == OUT * WIDTH + 4 * OUT
    assert of_few_int4(torch.bfloat16).nbytes == OUT * WIDTH // 2 + 2 * 2 * OUT * groups
