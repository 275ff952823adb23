"""Packed attention: the same weighted values whichever product is taken."""

from __future__ import annotations

import pytest
import torch

from engine.llm.fused.attention import attend

GROUPS, WIDTH = 2, 64


def exact(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    scores = q.double() @ k.double().transpose(1, 2) / WIDTH**0.5 + mask.double()
    return scores.softmax(-1) @ v.double()


def causal(rows: int, heads: int, length: int, dtype: torch.dtype) -> torch.Tensor:
    """Of the last `rows` tokens, for every query head of a group: [heads * rows, length]."""
    position = torch.arange(length)
    hidden = position[None] > position[length - rows :, None]
    return torch.zeros(hidden.shape, dtype=dtype).masked_fill_(hidden, -torch.inf).repeat(heads, 1)


@pytest.mark.parametrize("rows", [1, 7, 42, 43, 128])
@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-4), (torch.bfloat16, 1e-2)])
def test_large_scores_are_not_rounded_before_the_softmax(
    rows: int, dtype: torch.dtype, bound: float
) -> None:
    heads, length = 3, 200
    torch.manual_seed(rows)
    # A shared offset, as the biases of Qwen2 make it: scores in the hundreds that differ by little.
    q = (torch.randn(GROUPS, heads * rows, WIDTH) * 3 + 8 * torch.randn(WIDTH)).to(dtype)
    k = (torch.randn(GROUPS, length, WIDTH) + 8 * torch.randn(WIDTH)).to(dtype)
    v = torch.randn(GROUPS, length, WIDTH).to(dtype)
    mask = causal(rows, heads, length, dtype)
    wanted = exact(q, k, v, mask)
    error = (attend(q, k, v, mask).double() - wanted).abs().max() / wanted.abs().max()
    assert error < bound


def test_one_row_needs_no_mask() -> None:
    q, k, v = torch.randn(3, GROUPS, 5, WIDTH)
    everything = torch.zeros(5, 5)
    assert torch.allclose(
        attend(q, k, v, None).double(), exact(q, k, v, everything), atol=1e-5, rtol=1e-4
    )
