"""Attention of a pack, forward and backward, span by span: what is masked is hardly computed.

The prefix looks at itself; a few branches at a time look at the prefix and at one another under a
mask. Query heads that share keys are rows of one product. Plain products take a third of the time
of the fused kernel, whose backward is slow on a CPU. Not responsible for projections or rotation
(network).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import torch

from tools.adapter.packing import Pack

Tensor = torch.Tensor
_ROWS: Final = 160
"""Tokens of branches in a span, at least: smaller products are not worth their calls."""


@dataclass(frozen=True, slots=True)
class Span:
    """Rows `start` to `end`; their keys are the prefix and, behind it, the rows themselves."""

    start: int
    end: int
    hidden: Tensor
    """0 where a row may look, else minus infinity: float32 [rows, keys]."""


def spans(pack: Pack) -> tuple[Span, ...]:
    """Of the prefix, if there is one, and of the branches behind it."""
    owners = torch.tensor(pack.owners)
    borders = [at for at in range(pack.prefix, len(pack.ids)) if _begins(pack, at)]
    found = [_span(owners, 0, pack.prefix, 0)] if pack.prefix else []
    start = pack.prefix
    for border in [*borders[1:], len(pack.ids)]:
        if border - start >= _ROWS or border == len(pack.ids):
            found.append(_span(owners, start, border, pack.prefix))
            start = border
    return tuple(found)


def _begins(pack: Pack, at: int) -> bool:
    return at == pack.prefix or pack.owners[at] != pack.owners[at - 1]


def _span(owners: Tensor, start: int, end: int, prefix: int) -> Span:
    keys = torch.cat((torch.arange(prefix), torch.arange(start, end)))
    rows = torch.arange(start, end)[:, None]
    mine = (owners[keys][None] < 0) | (owners[keys][None] == owners[rows])
    seen = (keys[None] <= rows) & mine
    return Span(start, end, torch.zeros(seen.shape).masked_fill_(~seen, float("-inf")))


def attend(q: Tensor, k: Tensor, v: Tensor, found: tuple[Span, ...], prefix: int) -> Tensor:
    """Weighted values, [heads, n, width]; `q`: the same; `k`, `v`: [groups, n, width]."""
    mixed: Tensor = _Attention.apply(q, k, v, found, prefix)  # type: ignore[no-untyped-call]
    return mixed


class _Attention(torch.autograd.Function):
    """Keeps the weights of each span, in the number format of its input."""

    @staticmethod
    def forward(
        ctx: Any, q: Tensor, k: Tensor, v: Tensor, found: tuple[Span, ...], prefix: int
    ) -> Tensor:
        out = torch.empty_like(q)
        kept = []
        for span in found:
            queries = _packed(q, span, len(k))
            keys, values = _of_span(k, span, prefix), _of_span(v, span, prefix)
            # In float32: a large score rounded to 16 bits moves the softmax.
            scores = torch.bmm(queries.float() * _scale(q), keys.float().transpose(1, 2))
            scores.view(-1, *span.hidden.shape).add_(span.hidden)
            weights = scores.softmax(-1).to(q.dtype)
            out[:, span.start : span.end] = torch.bmm(weights, values).view(len(q), -1, q.shape[-1])
            kept.append(weights)
        ctx.save_for_backward(q, k, v, *kept)
        ctx.found, ctx.prefix = found, prefix
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        (gradient,) = gradients
        q, k, v, *kept = ctx.saved_tensors
        of_q = torch.empty_like(q)
        of_k, of_v = (torch.zeros_like(t, dtype=torch.float32) for t in (k, v))
        for span, weights in zip(ctx.found, kept, strict=True):
            queries, of_mixed = _packed(q, span, len(k)), _packed(gradient, span, len(k))
            keys, values = _of_span(k, span, ctx.prefix), _of_span(v, span, ctx.prefix)
            _spread(of_v, torch.bmm(weights.transpose(1, 2), of_mixed), span, ctx.prefix)
            of_weights = torch.bmm(of_mixed, values.transpose(1, 2))
            of_scores = torch._softmax_backward_data(of_weights, weights, -1, q.dtype)
            of_scores *= _scale(q)
            of_q[:, span.start : span.end] = torch.bmm(of_scores, keys).view(
                len(q), -1, q.shape[-1]
            )
            _spread(of_k, torch.bmm(of_scores.transpose(1, 2), queries), span, ctx.prefix)
        return of_q, of_k.to(k.dtype), of_v.to(v.dtype), None, None


def _scale(q: Tensor) -> float:
    return float(q.shape[-1] ** -0.5)


def _packed(q: Tensor, span: Span, groups: int) -> Tensor:
    """Rows of a span, [groups, heads/groups * rows, width]."""
    return q[:, span.start : span.end].reshape(groups, -1, q.shape[-1])


def _of_span(k: Tensor, span: Span, prefix: int) -> Tensor:
    """What the span looks at, [groups, keys, width]."""
    own = k[:, span.start : span.end]
    return torch.cat((k[:, :prefix], own), 1) if span.start else own


def _spread(of_k: Tensor, gradient: Tensor, span: Span, prefix: int) -> None:
    """Add a gradient of `_of_span` where it came from."""
    before = prefix if span.start else 0
    of_k[:, :before] += gradient[:, :before]
    of_k[:, span.start : span.end] += gradient[:, before:]
