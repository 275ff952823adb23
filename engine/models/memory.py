"""Whether a model fits into the memory that is free now. An estimate, before anything is loaded.

Not responsible for what happens when it does not after all (engine.llm.local says so).
"""

from __future__ import annotations

import sys
from pathlib import Path

from engine.config import Profile

_WORK_BYTES = 600_000_000
"""torch itself, the key-value cache of a prompt, activations."""


def needed_bytes(parameters: int, profile: Profile) -> int:
    """Weights in the profile's format (an untied head included) and room to work."""
    on_cpu = profile.device == "cpu" or free_on_gpu() is None
    wide = profile.dtype == "auto" and on_cpu and not _has_bfloat16()
    width = 4 if wide or profile.dtype == "float32" else 2
    return int(1.17 * parameters * width) + _WORK_BYTES


def free_bytes() -> int:
    """Memory that a new process can have, within the container's limit."""
    import psutil

    available: int = psutil.virtual_memory().available
    return min(available, _container_free(Path("/sys/fs/cgroup")) or available)


def free_on_gpu() -> int | None:
    """Free memory of the current CUDA device; None where none is known without importing torch."""
    # Another thread may be importing torch just now: it is there, but not yet all of it.
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    ready = getattr(cuda, "mem_get_info", None) and getattr(cuda, "is_available", None)
    if cuda is None or ready is None or not ready():
        return None
    free, _ = cuda.mem_get_info()
    return int(free)


def _container_free(group: Path) -> int | None:
    """What a container's memory limit leaves; None without a limit."""
    try:
        limit = (group / "memory.max").read_text().strip()
        used = int((group / "memory.current").read_text())
        statistics = (group / "memory.stat").read_text().split()
    except (OSError, ValueError):
        return None
    if limit == "max":
        return None
    # Cached file pages count as used but are given back when needed.
    cached = dict(zip(statistics[::2], statistics[1::2], strict=False)).get("inactive_file", "0")
    return max(0, int(limit) - used + int(cached))


def gigabytes(count: int) -> str:
    """`3.1 GB`."""
    return f"{count / 1e9:.1f} GB"


def _has_bfloat16() -> bool:
    """Whether the processor computes in bfloat16; where it cannot be read, no."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in text or "amx_bf16" in text
