"""FlashAttention 2 and 3: whether they are here, and whether they compute the right thing.

They make long prompts faster and save memory there. They do not make decoding faster at batch 1: a
single row reads the whole cache whichever kernel does it. So a profile gets them by name only.
Not responsible for a whole model with them (engine.llm.load compares its tokens).
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal

from engine.llm.reason import reason

if TYPE_CHECKING:
    import torch

Flash = Literal["flash_attention_2", "flash_attention_3"]
"""As transformers calls them."""

_MODULES: Final = {
    "flash_attention_2": ("flash_attn", "pip install flash-attn --no-build-isolation"),
    "flash_attention_3": (
        "flash_attn_interface",
        "it is built from the directory hopper of github.com/Dao-AILab/flash-attention",
    ),
}
_HEADS: Final = 4
_GROUPS: Final = 2
_WIDTH: Final = 64
_SHAPES: Final = ((24, 24), (5, 24), (1, 24))
"""Queries and keys: a prompt, a block after a cached prefix, one token."""
_TOLERANCE: Final = 2e-2


def flash_problem(wanted: Flash, device: str, dtype: str) -> str:
    """Why it cannot be used here; empty where it gives what plain attention gives."""
    module, remedy = _MODULES[wanted]
    if device != "cuda":
        return "it needs a CUDA device"
    if dtype == "float32":
        return "it needs bfloat16 or float16"
    if importlib.util.find_spec(module) is None:
        return f"there is no module {module}: {remedy}"
    try:
        function: Any = importlib.import_module(module)
        right = agrees(function.flash_attn_func, device, dtype)
    except Exception as error:
        return reason(error)
    return "" if right else "its self-check failed"


def agrees(function: Callable[..., Any], device: str, dtype: str) -> bool:
    """Whether `function` is causal attention with grouped keys, also after a cached prefix.

    `function`: q [1, queries, heads, width], k and v [1, keys, groups, width] and causal=True, to
    the mixture in the shape of q (FlashAttention 3 may put further values behind it).
    """
    import torch

    chance = torch.Generator().manual_seed(7)

    def random(rows: int, heads: int) -> torch.Tensor:
        values = torch.randn(1, rows, heads, _WIDTH, generator=chance)
        return values.to(device, getattr(torch, dtype))

    for queries, keys in _SHAPES:
        q, k, v = random(queries, _HEADS), random(keys, _GROUPS), random(keys, _GROUPS)
        output = function(q, k, v, causal=True)
        mixed = output[0] if isinstance(output, tuple) else output
        expected = _attention(q.float(), k.float(), v.float())
        if not torch.allclose(mixed.float(), expected, atol=_TOLERANCE, rtol=_TOLERANCE):
            return False
    return True


def _attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Written out: the last query sees every key, the one before it one less."""
    import torch

    queries, keys = q.shape[1], k.shape[1]
    q, k, v = (x.transpose(1, 2) for x in (q, k, v))
    k, v = (x.repeat_interleave(_HEADS // _GROUPS, 1) for x in (k, v))
    hidden = torch.ones(queries, keys, dtype=torch.bool, device=q.device).triu(keys - queries + 1)
    scores = (q @ k.transpose(2, 3) / _WIDTH**0.5).masked_fill(hidden, float("-inf"))
    mixed: torch.Tensor = (scores.softmax(-1) @ v).transpose(1, 2)
    return mixed
