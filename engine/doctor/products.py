"""How fast products of a middle-sized model's matrix are: over a prompt, and over one token.

Not responsible for the memory's bandwidth (engine.bench.bandwidth) or for what follows
(engine.doctor.estimate).
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import TYPE_CHECKING, Final

from engine.doctor.estimate import PROMPT_TOKENS, Bits
from engine.llm.hardware import Hardware, synchronise

if TYPE_CHECKING:
    import torch

    from engine.llm.fused.linear import Product

Multiply = Callable[["torch.Tensor"], object]
"""Rows [n, in] by a matrix."""
_OUT: Final = 8_960
_IN: Final = 1_536
_TIMES: Final = 5
_READ: Final = 150_000_000
"""Bytes of different weights in one turn: more than a cache holds."""


def product_rate(hardware: Hardware) -> float:
    """Operations a second of a prompt's product in the device's format."""
    import torch

    x, weight = _ones(PROMPT_TOKENS, hardware), _ones(_OUT, hardware)
    seconds = _seconds(lambda: torch.nn.functional.linear(x, weight), hardware)
    return _operations() / seconds


def int8_rate(hardware: Hardware) -> float:
    """The same of the CPU's product in int8; 0 where it is not used here."""
    from engine.llm.fused.kernels import prompt_problem
    from engine.llm.fused.linear import many_rows_int8
    from engine.llm.fused.quantise import to_int8

    if hardware.device != "cpu" or prompt_problem(hardware.dtype):
        return 0.0
    product = many_rows_int8(to_int8(_weights()), _ones(1, hardware).dtype)
    x = _ones(PROMPT_TOKENS, hardware)
    return _operations() / _seconds(lambda: product(x), hardware)


def reading_rates(hardware: Hardware) -> Mapping[Bits, float]:
    """Bytes a second that a product of one row reads, for each format that is used here."""

    from engine.llm.fused.kernels import int4_problem, int8_problem
    from engine.llm.fused.linear import few_rows_int4, few_rows_int8
    from engine.llm.fused.quantise import to_int4, to_int8

    weight = _ones(_OUT, hardware)
    copies = [weight.clone() for _ in range(max(1, _READ // weight.nbytes))]
    full = [_linear(each) for each in copies]
    rates: dict[Bits, float] = {"none": _reading(full, weight.nbytes, hardware)}
    if hardware.device != "cpu":
        return rates
    dtype: torch.dtype = weight.dtype
    if not int8_problem(hardware.dtype):
        eight = few_rows_int8(to_int8(_weights()), dtype)
        rates["int8"] = _reading(_copies(eight, eight.nbytes), eight.nbytes, hardware)
    if not int4_problem(hardware.dtype):
        four = few_rows_int4(to_int4(_weights()), dtype)
        rates["int4"] = _reading(_copies(four, four.nbytes), four.nbytes, hardware)
    return rates


def _copies(product: Product, size: int) -> list[Multiply]:
    return [copy.deepcopy(product) for _ in range(max(1, _READ // size))]


def _linear(weight: torch.Tensor) -> Multiply:
    import torch

    return lambda x: torch.nn.functional.linear(x, weight)


def _reading(products: list[Multiply], size: int, hardware: Hardware) -> float:
    x = _ones(1, hardware)

    def once() -> None:
        for product in products:
            product(x)

    return len(products) * size / _seconds(once, hardware)


def _operations() -> int:
    return 2 * PROMPT_TOKENS * _IN * _OUT


def _ones(rows: int, hardware: Hardware) -> torch.Tensor:
    import torch

    dtype: torch.dtype = getattr(torch, hardware.dtype)
    return torch.ones(rows, _IN, dtype=dtype, device=hardware.device)


def _weights() -> torch.Tensor:
    """Made up, float32, [_OUT, _IN]."""
    import torch

    return torch.randn(_OUT, _IN, generator=torch.Generator().manual_seed(1))


def _seconds(multiply: Callable[[], object], hardware: Hardware) -> float:
    """Median of a few turns, after one that warms up."""
    import torch

    seconds = []
    with torch.inference_mode():
        multiply()
        for _ in range(_TIMES):
            synchronise(hardware.device)
            start = time.monotonic_ns()
            multiply()
            synchronise(hardware.device)
            seconds.append((time.monotonic_ns() - start) / 1e9)
    return median(seconds)
