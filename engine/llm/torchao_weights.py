"""Weights in fewer bits by torchao, inside transformers' own model: what a GPU has for them.

They save memory. Without a compiled step they save no time: int8 is unpacked for every product. The
CPU has packed products of its own in the fused step (engine.llm.fused.weights). Not responsible for
loading (engine.llm.any_model).
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from engine.llm.quiet import quiet_transformers
from engine.llm.reason import reason

if TYPE_CHECKING:
    import torch

Fewer = Literal["int8", "int4"]

_GROUPS: Final = (128, 64, 32)
"""Weights that share a scale in int4. The largest that fits: its kernel is the most used one."""
_MOST: Final = {"int8": 0.03, "int4": 0.2}
"""Largest error of a small product, relative to the full one (root mean square). Healthy: 0.01
and 0.1, from rounding the weights."""


def torchao_problem(bits: Fewer, directory: Path, device: str, dtype: str) -> str:
    """Why these weights cannot be had in fewer bits here; empty where a small product is right."""
    if importlib.util.find_spec("torchao") is None:
        return "torchao is not installed (pip install 'argo-tui[cuda]')"
    if bits == "int4" and device != "cuda":
        return f"torchao's int4 product needs a CUDA device, and this is {device}"
    if bits == "int4" and dtype != "bfloat16":
        return f"torchao's int4 product needs bfloat16, and this is {dtype}"
    if bits == "int4" and _group(directory) is None:
        return f"not every matrix can be cut into groups of {_GROUPS[-1]}"
    try:
        with quiet_transformers():
            error = _error(bits, device, dtype)
    except Exception as error_:
        return f"torchao does not run here ({reason(error_)})"
    if not math.isfinite(error):
        return f"torchao's {bits} product gives no numbers in {dtype}"
    return f"torchao's {bits} product is wrong here, by {error:.0%}" if error > _MOST[bits] else ""


def configuration(bits: Fewer, directory: Path) -> Any:
    """What transformers is told while it loads. Raises ImportError without torchao."""
    from transformers import TorchAoConfig

    return TorchAoConfig(_recipe(bits, _group(directory) or _GROUPS[0]))


def pack(model: Any, bits: Fewer, directory: Path) -> None:
    """The matrices of a model that is there already, all but the head: as at a load in few bits."""
    import torch
    from torchao.quantization import quantize_

    head = model.get_output_embeddings()
    quantize_(
        model,
        _recipe(bits, _group(directory) or _GROUPS[0]),
        filter_fn=lambda module, _: isinstance(module, torch.nn.Linear) and module is not head,
    )


def plain(tensor: torch.Tensor) -> Iterator[torch.Tensor]:
    """The tensors that hold its numbers: itself, or the parts of a packed one.

    A packed tensor gives the size of what it stands for, and 0 as its address.
    """
    if not packed(tensor):
        yield tensor
        return
    names, _ = tensor.__tensor_flatten__()  # type: ignore[attr-defined]
    for name in names:
        yield from plain(getattr(tensor, name))


def packed(tensor: torch.Tensor) -> bool:
    """Whether its numbers lie in other tensors."""
    return hasattr(tensor, "__tensor_flatten__")


def left_full(model: Any) -> int:
    """Matrices of the layers that torchao did not pack."""
    import torch

    head = model.get_output_embeddings()
    linears = (m for m in model.modules() if isinstance(m, torch.nn.Linear) and m is not head)
    return sum(not packed(linear.weight) for linear in linears)


def _recipe(bits: Fewer, group: int) -> Any:
    """torchao's own words. The Inductor settings are left alone: they hold for the process."""
    from torchao.quantization import Int4WeightOnlyConfig, Int8WeightOnlyConfig

    if bits == "int8":
        return Int8WeightOnlyConfig(set_inductor_config=False)
    return Int4WeightOnlyConfig(
        group_size=group, int4_packing_format="tile_packed_to_4d", set_inductor_config=False
    )


def _error(bits: Fewer, device: str, dtype: str) -> float:
    """Of one row and of several, on a small matrix of made-up weights."""
    import torch
    from torchao.quantization import quantize_

    chance = torch.Generator().manual_seed(5)
    weight = torch.randn(96, 256, generator=chance)
    x = torch.randn(16, 256, generator=chance)
    linear = torch.nn.Linear(256, 96, bias=False)
    with torch.inference_mode(False), torch.no_grad():
        linear.weight.copy_(weight)
        small = torch.nn.Sequential(linear.to(device, getattr(torch, dtype)))
        quantize_(small, _recipe(bits, _GROUPS[0]))
        rows = x.to(device, getattr(torch, dtype))
        found = torch.cat((small(rows[:1]), small(rows))).float().cpu()
    expected = torch.cat((x[:1], x)) @ weight.t()
    return float((found - expected).norm() / expected.norm())


def _group(directory: Path) -> int | None:
    """The largest group that every matrix can be cut into; None where there is none."""
    from safetensors import safe_open

    width = 0
    for path in directory.glob("*.safetensors"):
        file: Any = safe_open(path, "pt")
        shapes = (file.get_slice(name).get_shape() for name in file.keys())  # noqa: SIM118
        width = math.gcd(width, *(shape[1] for shape in shapes if len(shape) == 2))
    return next((group for group in _GROUPS if width % group == 0), None)
