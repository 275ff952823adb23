"""Weights in 8 and in 4 bits: how far they may be from what was there, and when they are exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType as Kind
from gguf import quants
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.llm.fused.quantise import GROUP, Int4, fits_int4, on_grid, to_int4, to_int8

pytest_plugins = ("tests.engine.local_fixture",)
pytestmark = pytest.mark.usefixtures("one_thread")

seeds = st.integers(0, 2**31)
few_examples = settings(max_examples=60, deadline=None)


def random_weights(seed: int, out: int, width: int, spread: float = 0.02) -> torch.Tensor:
    return spread * torch.randn(out, width, generator=torch.Generator().manual_seed(seed))


def random_grid(seed: int, out: int, width: int, most: int = 15) -> Int4:
    """As a 4-bit file holds it: a smallest value and a step a group, levels 0 to `most`."""
    chance = torch.Generator().manual_seed(seed)
    groups = (out, width // GROUP)
    levels = torch.randint(0, most + 1, (out, width), generator=chance, dtype=torch.int32)
    scales = 0.001 + 0.009 * torch.rand(groups, generator=chance)
    # The range of a group's weights includes zero.
    smallest = -scales * most * torch.rand(groups, generator=chance)
    return Int4(levels, scales.half().float(), smallest.half().float())


def weights_of(grid: Int4) -> torch.Tensor:
    """What the levels stand for: float32 [out, in]."""
    out, width = grid.levels.shape
    groups = grid.levels.view(out, -1, GROUP) * grid.scales[..., None] + grid.smallest[..., None]
    return groups.view(out, width)


def assert_recovered(found: Int4, grid: Int4) -> None:
    """Up to the rounding to bf16 (2^-8) of the weights at both ends of a group, which give it."""
    meant = weights_of(grid)
    error = (weights_of(found) - meant).view(-1, GROUP).abs().amax(-1)
    assert bool((error <= 1.01 * 2**-8 * meant.view(-1, GROUP).abs().amax(-1)).all())


@few_examples
@given(seeds, st.integers(1, 40), st.integers(1, 80), st.integers(-30, 30))
def test_int8_is_off_by_half_a_step_at_most(seed: int, out: int, width: int, power: int) -> None:
    weights = random_weights(seed, out, width, 2.0**power)
    found = to_int8(weights)
    assert found.values.dtype == torch.int8
    assert found.scales.shape == (out,)
    error = (found.values * found.scales[:, None] - weights).abs()
    assert bool((error <= 0.5001 * found.scales[:, None]).all())


@few_examples
@given(seeds, st.integers(1, 40), st.integers(1, 80))
def test_the_largest_weight_of_a_channel_becomes_127(seed: int, out: int, width: int) -> None:
    found = to_int8(random_weights(seed, out, width))
    assert found.values.abs().amax(-1).tolist() == [127] * out


def test_a_channel_of_zeros_stays_zero() -> None:
    weights = random_weights(1, 3, 64)
    weights[1] = 0
    found = to_int8(weights)
    assert not found.values[1].any()
    assert bool(found.scales.isfinite().all())


def test_one_large_channel_does_not_coarsen_the_others() -> None:
    weights = random_weights(1, 3, 64)
    alone = to_int8(weights).values[0]
    weights[1] *= 1000
    assert torch.equal(to_int8(weights).values[0], alone)


@few_examples
@given(seeds, st.integers(1, 5), st.integers(1, 6))
def test_a_4_bit_grid_rounded_to_bf16_is_found_again(seed: int, height: int, groups: int) -> None:
    grid = random_grid(seed, 16 * height, GROUP * groups)
    stored = weights_of(grid).bfloat16()
    assert on_grid(stored)
    found = to_int4(stored)
    assert_recovered(found, grid)
    same = (found.levels == grid.levels).view(-1, GROUP).all(-1)
    assert bool(same[uses_both_ends(grid)].all())


def uses_both_ends(grid: Int4) -> torch.Tensor:
    """Whether levels 0 and 15 stand in each group: then there is one grid that it lies on."""
    low, high = grid.levels.view(-1, GROUP).aminmax(dim=-1)
    return (low == 0) & (high == 15)


@few_examples
@given(seeds, st.integers(1, 14))
def test_a_group_that_uses_few_levels_is_found_again(seed: int, most: int) -> None:
    grid = random_grid(seed, 32, 96, most)
    stored = weights_of(grid).bfloat16()
    assert on_grid(stored)
    assert_recovered(to_int4(stored), grid)


def test_a_group_of_one_value_is_that_value() -> None:
    grid = random_grid(3, 16, 64)
    stored = weights_of(grid)
    stored[2, :GROUP] = 0.125
    stored[3, GROUP:] = 0
    found = weights_of(to_int4(stored))
    assert found[2, :GROUP].tolist() == [0.125] * GROUP
    assert not found[3, GROUP:].any()


@pytest.mark.parametrize("kind", [Kind.Q4_0, Kind.Q4_1, Kind.Q4_K], ids=lambda kind: str(kind.name))
def test_the_weights_of_a_4_bit_file_are_on_a_grid_and_lose_nothing(kind: Any) -> None:
    weights = q4_k(16, 512) if kind == Kind.Q4_K else quantised(kind, random_weights(5, 64, 512))
    stored = weights.bfloat16()
    assert on_grid(stored)
    error = (weights_of(to_int4(stored)) - weights).norm() / weights.norm()
    assert error < 0.004


@pytest.mark.parametrize("kind", [Kind.Q5_0, Kind.Q5_1, Kind.Q8_0], ids=lambda kind: str(kind.name))
def test_the_weights_of_a_file_with_more_bits_are_on_none(kind: Any) -> None:
    assert not on_grid(quantised(kind, random_weights(5, 64, 512)).bfloat16())


@few_examples
@given(seeds, st.sampled_from(["normal", "uniform"]), st.booleans())
def test_random_weights_are_on_no_grid(seed: int, kind: str, half: bool) -> None:
    weights = random_weights(seed, 32, 128)
    if kind == "uniform":
        weights = weights.uniform_(-0.1, 0.1, generator=torch.Generator().manual_seed(seed))
    assert not on_grid(weights.bfloat16() if half else weights)


@few_examples
@given(seeds)
def test_off_any_grid_int4_is_off_by_half_of_a_15th_of_the_range(seed: int) -> None:
    weights = random_weights(seed, 32, 128)
    found = to_int4(weights)
    low, high = weights.view(32, -1, GROUP).aminmax(dim=-1)
    step = ((high - low) / 15)[..., None]
    error = (weights_of(found) - weights).view(32, -1, GROUP).abs()
    assert bool((error <= 0.5001 * step).all())


@few_examples
@given(seeds, st.booleans())
def test_levels_take_4_bits(seed: int, grid: bool) -> None:
    weights = weights_of(random_grid(seed, 16, 64)) if grid else random_weights(seed, 16, 64)
    found = to_int4(weights)
    assert found.levels.dtype == torch.int32
    assert 0 <= int(found.levels.min()) <= int(found.levels.max()) <= 15


def test_a_tall_matrix_is_the_same_from_top_to_bottom() -> None:
    part = weights_of(random_grid(9, 16, 32))
    found = weights_of(to_int4(part.repeat(300, 1)))
    assert torch.equal(found, weights_of(to_int4(part)).repeat(300, 1))


@given(st.integers(1, 100), st.integers(1, 200))
def test_only_whole_groups_and_16_rows_fit_int4(out: int, width: int) -> None:
    weights = torch.zeros(out, width)
    fits = width % 32 == 0 and out % 16 == 0
    assert fits_int4(weights) == fits
    if not fits:
        assert not on_grid(weights)
        with pytest.raises(ValueError, match=rf"{out} x {width} cannot be cut into groups of 32"):
            to_int4(weights)


def quantised(kind: Any, weights: torch.Tensor) -> torch.Tensor:
    """What a GGUF file of that kind holds of these weights."""
    packed = quants.quantize(weights.numpy(), kind)
    return torch.from_numpy(quants.dequantize(packed, kind))


def q4_k(out: int, width: int) -> torch.Tensor:
    """Blocks of 256 weights in llama.cpp's layout, with random contents."""
    chance = np.random.default_rng(4)
    blocks = out * width // 256
    step = chance.uniform(1e-4, 3e-4, (blocks, 1)).astype(np.float16)
    header = np.concatenate((step, 4 * step), 1).view(np.uint8)
    # Scales and smallest values of 6 bits: none below 16, so that the range spans zero.
    multiples = chance.integers(0, 256, (blocks, 12), dtype=np.uint8)
    multiples[:, :8] |= 0x50
    levels = chance.integers(0, 256, (blocks, 128), dtype=np.uint8)
    packed = np.concatenate((header, multiples, levels), 1)
    return torch.from_numpy(quants.dequantize(packed.reshape(-1), Kind.Q4_K)).view(out, width)
