"""Loading what a row runs on, or saying why it cannot run here.

Not responsible for asking (engine.bench.speed_models).
"""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from msgspec.structs import replace

from engine.bench.published import Published
from engine.bench.rows import Row
from engine.bench.speed_models import Bench, Forgetful, Model
from engine.config import Profile
from engine.errors import ModelError
from engine.llm.backend import Backend
from engine.llm.hardware import choose
from engine.llm.local import LocalBackend

_TICK_S = 0.1
_WORK_BYTES = 1_000_000_000
"""Activations, caches of prompts, and what the program itself still takes."""


@dataclass(frozen=True, slots=True)
class Servers:
    """OpenAI-compatible servers that were given; the model is named as it is served."""

    plain: str | None = None
    flash: str | None = None
    model: str | None = None


def key(row: Row, base: Profile) -> Hashable:
    """Equal for rows that can use one loaded model.

    A row that reuses prompts has its own: it must not find what another row has just asked.
    """
    profile = row.profile(base)
    own = row.name if row.reuse and row.how != "published" else ""
    loading = (profile.attention, profile.decoder, profile.quantisation, profile.prefill)
    return (row.how == "published", row.server, own, *loading, profile.lookup, profile.compile)


def load_model(row: Row, bench: Bench, servers: Servers) -> Model:
    """Raises ModelError with the reason where the row cannot run here."""
    profile = row.profile(bench.profile)
    if row.server:
        return _served(row, profile, servers)
    if row.how == "published":
        return Published.load(bench.directory, profile)
    backend = LocalBackend.load(bench.directory, profile, cache=bench.home.cache / "prepared")
    if profile.quantisation != backend.info.quantisation:
        backend.close()
        raise ModelError(" ".join(backend.info.notices).rstrip(".") or "no quantised weights here")
    if profile.compile != "off" and not isinstance(backend, Warming):
        backend.close()
        raise ModelError("this back end compiles no step")
    if not row.reuse:
        return Forgetful(backend)
    backend.keep(bench.reader.prompts.constant(judges=profile.judges))
    return backend


@runtime_checkable
class Warming(Protocol):
    """A back end that prepares a compiled step while it already answers."""

    @property
    def warming(self) -> bool:
        """Whether the step is still being compiled."""
        ...


def wait_until_warm(model: Model) -> float:
    """Seconds until a compiled step is in use; 0 where none is being compiled."""
    start = time.monotonic()
    while isinstance(model, Warming) and model.warming:
        time.sleep(_TICK_S)
    return time.monotonic() - start


def needed_bytes(directory: Path) -> int:
    """Most that loading one row takes: the weights, a quantised copy, and room to make it."""
    weights = sum(file.stat().st_size for file in directory.glob("*.safetensors"))
    return 2 * weights + _WORK_BYTES


def _served(row: Row, profile: Profile, servers: Servers) -> Backend:
    from engine.llm.remote import RemoteBackend

    url = servers.flash if row.server == "flash" else servers.plain
    if url is None and row.server == "flash":
        if choose(profile).device != "cuda":
            raise ModelError("FlashAttention needs a CUDA device, and this machine has none")
        raise ModelError("no server with FlashAttention was given (--flash-server URL)")
    if url is None:
        raise ModelError("no server was given (--server URL)")
    served = replace(profile, kind="openai", url=url, model=servers.model or profile.model)
    return RemoteBackend.open(served)
