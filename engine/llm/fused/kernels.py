"""Whether this processor's kernels for quantised weights exist and compute the right thing.

They are private functions of torch, and not every processor has each: an 8-bit product of
unsigned and signed numbers saturates, without a word, where VNNI is missing. So each is tried on a
small product before a model is loaded, and what fails gives way to the next format. Not
responsible for how fast they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from engine.llm.fused.linear import Product, few_rows_int4, few_rows_int8, many_rows_int8
from engine.llm.fused.quantise import GROUP, to_int4, to_int8
from engine.llm.fused.weights import Recipe
from engine.llm.reason import reason

if TYPE_CHECKING:
    import torch

_OUT: Final = 112
"""64 + 32 + 16: every block size of the kernels."""
_IN: Final = 256
_WIDE: Final = 1024
"""The width where all is as large as it can be: sums outgrow float16 there."""
_MOST: Final = 0.02
"""Largest error, relative to the exact product (root mean square). Healthy: 0.003 from rounding
to bfloat16, 0.008 with activations in int8; saturated: 0.04 to 1."""


def fitting(recipe: Recipe) -> tuple[Recipe, tuple[str, ...]]:
    """The recipe with formats that work on this processor, and what was given up for it."""
    notices: list[str] = []
    if recipe.decode == "int4" and (problem := int4_problem(recipe.dtype)):
        recipe = replace(recipe, decode="int8")
        notices.append(f"Without int4 weights: {problem}; int8 is tried.")
    # In an int4 recipe too: the matrices that a 4-bit file holds in more bits.
    if recipe.decode != "none" and (problem := int8_problem(recipe.dtype)):
        recipe = replace(recipe, decode="none")
        notices.append(f"Without quantised weights: {problem}; they are kept in {recipe.dtype}.")
    if recipe.prefill == "int8" and (problem := prompt_problem(recipe.dtype)):
        recipe = replace(recipe, prefill="full")
        notices.append(f"Without prefill = int8: {problem}; products over a prompt are full.")
    return recipe, tuple(notices)


def int4_problem(dtype: str) -> str:
    """What is wrong with the int4 product of one row or few; empty where nothing is."""

    def build(weight: torch.Tensor) -> tuple[Product, torch.Tensor]:
        found = to_int4(weight)
        levels = found.levels.view(len(weight), -1, GROUP)
        exact = levels * found.scales[..., None] + found.smallest[..., None]
        return few_rows_int4(found, _type(dtype)), exact.view(weight.shape)

    return _problem("int4", build, rows=4, dtype=dtype)


def int8_problem(dtype: str) -> str:
    """The same for int8."""

    def build(weight: torch.Tensor) -> tuple[Product, torch.Tensor]:
        found = to_int8(weight)
        return few_rows_int8(found, _type(dtype)), found.values * found.scales[:, None]

    return _problem("int8", build, rows=4, dtype=dtype)


def prompt_problem(dtype: str) -> str:
    """The same for the product of many rows with int8 weights and activations."""

    def build(weight: torch.Tensor) -> tuple[Product, torch.Tensor]:
        found = to_int8(weight)
        return many_rows_int8(found, _type(dtype)), found.values * found.scales[:, None]

    return _problem("int8 prompt", build, rows=32, dtype=dtype)


Build = Callable[["torch.Tensor"], "tuple[Product, torch.Tensor]"]
"""A weight [out, in] to its product and to the weight that this product stands for."""


def _problem(kernel: str, build: Build, *, rows: int, dtype: str) -> str:
    try:
        error = max(_error(build, *example, dtype) for example in _examples(rows))
    except Exception as error_:
        return f"the {kernel} kernel does not run here ({reason(error_)})"
    if not math.isfinite(error):
        return f"the {kernel} kernel gives no numbers in {dtype}"
    return f"the {kernel} kernel is wrong here, by {error:.0%}" if error > _MOST else ""


def _examples(rows: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Inputs and a weight: of every size, and all as large as they can be, which saturates."""
    import torch

    chance = torch.Generator().manual_seed(3)
    yield torch.randn(rows, _IN, generator=chance), torch.randn(_OUT, _IN, generator=chance)
    yield torch.ones(rows, _WIDE), torch.ones(16, _WIDE)


def _error(build: Build, x: torch.Tensor, weight: torch.Tensor, dtype: str) -> float:
    """Relative error of the product, for one row and for all."""
    product, exact = build(weight)
    x = x.to(_type(dtype))
    expected = x.float() @ exact.t()
    found = (product(x[:1]), product(x))
    pairs = zip(found, (expected[:1], expected), strict=True)
    return max(float((ours.float() - right).norm() / right.norm()) for ours, right in pairs)


def _type(dtype: str) -> torch.dtype:
    import torch

    found: torch.dtype = getattr(torch, dtype)
    return found
