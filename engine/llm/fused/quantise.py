"""Weights in fewer bits. Pure: a matrix in, integers and scales out.

int8: one scale an output channel, symmetric. int4: groups of 32 along the input with a scale and a
smallest value each, which is the grid of 4-bit GGUF files: weights that came from one are found
again exactly, up to the rounding of scales to 16 bits. Not responsible for products
(engine.llm.fused.linear) or for which weights are quantised (engine.llm.fused.weights).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import torch

GROUP: Final = 32
"""Weights that share a scale in int4."""
_ROWS: Final = 4096
"""Rows worked on at once: it bounds the memory of the search for a grid."""
SAMPLE: Final = 64
"""Rows that are looked at to see whether a matrix lies on a 4-bit grid."""
_EXACT: Final = 0.06
"""Distance from a grid, in its steps (root mean square), that 16-bit rounding explains."""


@dataclass(frozen=True, slots=True)
class Int8:
    """`values`: int8 [out, in]; `scales`: float32 [out]. Weight = value x scale."""

    values: torch.Tensor
    scales: torch.Tensor
    smooth: torch.Tensor | None = None
    """What activations are multiplied with first, float32 [in]: the weights are divided by it."""


@dataclass(frozen=True, slots=True)
class Int4:
    """`levels`: 0 to 15 as int32 [out, in]; weight = level x scale + smallest, by group.

    `scales`, `smallest`: float32 [out, in / GROUP].
    """

    levels: torch.Tensor
    scales: torch.Tensor
    smallest: torch.Tensor


def to_int8(weight: torch.Tensor, largest: torch.Tensor | None = None) -> Int8:
    """Nearest values; the largest weight of a channel becomes 127.

    `largest`: of the activations, [in], where these will be rounded too. A channel of activations
    that outgrows the others takes their precision, so half of it, in powers, is moved into the
    weights: smooth = sqrt(largest weight / largest activation) (SmoothQuant, arXiv:2211.10438).
    """
    import torch

    weight = weight.float()
    smooth = None
    if largest is not None:
        heaviest = weight.abs().amax(0).clamp(min=1e-4)
        smooth = (heaviest / largest.float().clamp(min=1e-3)).sqrt()
        weight = weight / smooth
    scales = weight.abs().amax(-1).clamp(min=1e-12) / 127
    values = (weight / scales[:, None]).round().to(torch.int8)
    return Int8(values, scales, smooth)


def fits_int4(weight: torch.Tensor) -> bool:
    """Whether the kernels take this matrix in int4."""
    return size_fits_int4(*weight.shape)


def size_fits_int4(height: int, width: int) -> bool:
    """The same of a matrix that was not read: its width in groups, its height in 16s."""
    return width % GROUP == 0 and height % 16 == 0


def on_grid(weight: torch.Tensor) -> bool:
    """Whether the weights came out of a 4-bit file, so that int4 loses nothing."""
    if not fits_int4(weight):
        return False
    groups = weight[:SAMPLE].float().view(-1, GROUP)
    low, scales = _grids(groups)
    return bool((_error(groups, low, scales) <= _EXACT * scales).float().mean() > 0.95)


def to_int4(weight: torch.Tensor) -> Int4:
    """The grid of every group. Raises ValueError where `fits_int4` says no."""
    import torch

    out, width = weight.shape
    if not fits_int4(weight):
        raise ValueError(f"a matrix of {out} x {width} cannot be cut into groups of {GROUP}")
    search = on_grid(weight)
    levels, scales, smallest = [], [], []
    for rows in torch.split(weight, _ROWS):
        groups = rows.float().view(-1, GROUP)
        low, scale = _grids(groups) if search else _whole_range(groups)
        levels.append(_levels(groups, low, scale).to(torch.int32).view(-1, width))
        scales.append(scale.view(-1, width // GROUP))
        smallest.append(low.view(-1, width // GROUP))
    return Int4(torch.cat(levels), torch.cat(scales), torch.cat(smallest))


def _whole_range(groups: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """From the smallest to the largest weight of a group in 15 steps: (smallest, step)."""
    low, high = groups.aminmax(dim=-1)
    return low, (high - low).clamp(min=1e-12) / 15


def _grids(groups: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """As `_whole_range`, but a group that does not use all 16 levels gets the steps it has."""
    low, scales = _whole_range(groups)
    span = scales * 15
    left = (_error(groups, low, scales) > _EXACT * scales).nonzero()[:, 0]
    for steps in range(14, 2, -1):
        if not len(left):
            break
        tried = span[left] / steps
        found = _error(groups[left], low[left], tried) <= _EXACT * tried
        scales[left[found]] = tried[found]
        left = left[~found]
    return low, scales


def _levels(groups: torch.Tensor, low: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    """[groups, GROUP], 0 to 15, still as floating-point numbers."""
    return ((groups - low[:, None]) / scales[:, None]).round_().clamp_(0, 15)


def _error(groups: torch.Tensor, low: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    """Root mean square distance from the grid, by group, in the units of the weights."""
    levels = _levels(groups, low, scales)
    return (groups - low[:, None] - levels * scales[:, None]).square().mean(-1).sqrt()
