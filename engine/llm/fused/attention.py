"""Attention over packed query heads: the product that suits the number of rows.

Query heads of one group look at the same keys, so they are rows of one product and nothing is
repeated. Not responsible for the cache or for rotation (engine.llm.fused.network).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import torch

_MANY: Final = 128
"""Packed rows from which plain products beat the fused kernel on a CPU (half as fast again at 800
keys); the kernel divides its work by heads, of which packing leaves few."""


def attend(
    queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor | None
) -> torch.Tensor:
    """Weighted values, [groups, rows, width].

    `queries`: [groups, rows, width]; `keys`, `values`: [groups, length, width]; `mask`: added to
    the scores, [rows, length].
    """
    from torch.nn.functional import scaled_dot_product_attention

    if mask is not None and queries.device.type == "cpu" and queries.shape[1] >= _MANY:
        return _plain_products(queries, keys, values, mask)
    # The mask has two dimensions: with three the fused kernel is not taken.
    return scaled_dot_product_attention(queries[None], keys[None], values[None], attn_mask=mask)[0]


def _plain_products(
    queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor
) -> torch.Tensor:
    """Softmax over scores in float32, as the fused kernel does it."""
    import torch

    width = queries.shape[-1]
    scores = torch.add(mask, _scores(queries, keys.transpose(1, 2)), alpha=width**-0.5)
    return torch.bmm(scores.softmax(-1).to(values.dtype), values)


def _scores(queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    """The product in float32. A large score rounded to 16 bits moves the softmax: Qwen2's reach
    hundreds."""
    import torch

    scores = torch.bmm(queries, keys)
    if scores.dtype == torch.float32:
        return scores
    # A second 16-bit product brings what the first has rounded away; one in float32 takes longer.
    rounded_away = torch.baddbmm(scores, queries, keys, beta=-1)
    return scores.float().add_(rounded_away)
