"""Attention over packed query heads: the product that suits the number of rows.

Query heads of one group look at the same keys, so they are rows of one product and nothing is
repeated. Not responsible for the cache or for rotation (engine.llm.decoder).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import torch

_MANY: Final = 32
"""Packed rows from which two plain products beat the fused kernel on a CPU (by three times at
800 keys and 128 tokens); the kernel divides its work by heads, of which packing leaves few."""


def attend(
    queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor | None
) -> torch.Tensor:
    """Weighted values, [groups, rows, width].

    `queries`: [groups, rows, width]; `keys`, `values`: [groups, length, width]; `mask`: added to
    the scores, [rows, length].
    """
    from torch.nn.functional import scaled_dot_product_attention

    if mask is not None and queries.device.type == "cpu" and queries.shape[1] >= _MANY:
        return _two_products(queries, keys, values, mask)
    # The mask has two dimensions: with three the fused kernel is not taken.
    return scaled_dot_product_attention(queries[None], keys[None], values[None], attn_mask=mask)[0]


def _two_products(
    queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor
) -> torch.Tensor:
    """Softmax in float32, as the fused kernel does it."""
    import torch

    scores = torch.matmul(queries * queries.shape[-1] ** -0.5, keys.transpose(1, 2)).float()
    return torch.matmul(scores.add_(mask).softmax(-1).to(values.dtype), values)
