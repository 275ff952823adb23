"""What a model runs on here: device, number format, attention, threads.

Every choice that is not the first one comes with a notice; nothing falls back in silence. Not
responsible for whether a model fits (engine.models.memory).
"""

from __future__ import annotations

import gc
import os
import sys
from dataclasses import dataclass
from typing import Literal

from engine.config import Profile
from engine.errors import ModelError
from engine.llm.flash import Flash, flash_problem

Attention = Literal["auto", "sdpa", "eager"] | Flash


@dataclass(frozen=True, slots=True)
class Hardware:
    """Choices, as names, and what the user should know about them."""

    device: str
    dtype: str
    attention: str
    notices: tuple[str, ...]


def choose(profile: Profile) -> Hardware:
    """What the profile asks for, or the best there is where it says auto. Raises ModelError."""
    device = _device(profile.device)
    dtype, notices = _dtype(profile.dtype, device)
    attention, more = _attention(profile.attention, device, dtype)
    return Hardware(device, dtype, attention, (*notices, *more))


def use_physical_cores() -> None:
    """One thread a core: two on one core slow a memory-bound step down.

    An explicit OMP_NUM_THREADS is the user's decision. Call before torch is imported: only then
    can the threads be told not to spin while they wait for each other, which beside other busy
    programs made a token ten times slower. A short spin (some 20 microseconds) stays: a step has
    over a hundred products, and waking a sleeping thread for each costs more than they do.
    """
    if "torch" not in sys.modules:
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    if "OMP_NUM_THREADS" in os.environ:
        return
    import psutil
    import torch

    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    cores = psutil.cpu_count(logical=False) or 1
    torch.set_num_threads(max(1, min(cores, allowed or cores)))


def synchronise(device: str) -> None:
    """Wait for the device, so that a clock read afterwards tells the truth."""
    if device == "cuda":
        import torch

        torch.cuda.synchronize()
    elif device == "mps":
        import torch

        torch.mps.synchronize()


def release(device: str) -> None:
    """Give the memory of what is gone back to the device, so that something else fits in."""
    import torch

    gc.collect()
    if device == "cuda":
        torch.cuda.empty_cache()
    elif device == "mps":
        torch.mps.empty_cache()


def _device(wanted: str) -> str:
    import torch

    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if wanted == "auto":
        return next(name for name, available in there.items() if available)
    if not there[wanted]:
        raise ModelError(
            f"The profile asks for the device «{wanted}», which this machine does not have",
            where="profiles.*.device",
            remedy="Set it to auto or cpu.",
        )
    return wanted


def _dtype(wanted: str, device: str) -> tuple[str, tuple[str, ...]]:
    import torch

    if device == "cpu":
        native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        if wanted == "auto" and not native:
            notice = "This processor has no bfloat16; float32 is used, with twice the memory."
            return "float32", (notice,)
        if wanted in ("bfloat16", "float16") and not (native and wanted == "bfloat16"):
            return wanted, (f"{wanted} is not native on this processor, so it is slow.",)
        return (wanted if wanted != "auto" else "bfloat16"), ()
    if wanted != "auto":
        return wanted, ()
    if device == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        return "float16", ("This GPU has no bfloat16; float16 is used.",)
    return ("float16" if device == "mps" else "bfloat16"), ()


def _attention(wanted: Attention, device: str, dtype: str) -> tuple[str, tuple[str, ...]]:
    """sdpa where nothing else is named, on a GPU too.

    There sdpa has a flash kernel of its own, and it is what the fused step uses; FlashAttention
    runs in transformers' own step, helps with long prompts only, and not with decoding.
    """
    if wanted == "auto" or wanted == "sdpa":
        return "sdpa", ()
    if wanted == "eager":
        return wanted, ()
    if problem := flash_problem(wanted, device, dtype):
        return "sdpa", (f"{wanted}: flash-attn is not used ({problem}); sdpa is.",)
    return wanted, ()
