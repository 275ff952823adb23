"""From the eager step to the compiled one, while questions are already answered.

A child compiles for the disk; when it is done, the step is compiled from there between two runs,
checked, timed, and used where it is right and faster. Whatever comes of it is a notice. Not
responsible for the step itself (engine.llm.fused.compiled) or for the child
(engine.llm.fused.warm).
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.config import Profile
from engine.llm.fused import attention, compiled, linear, network, opaque
from engine.llm.fused.compiled import Compile, Mode, StaticStep, by_inductor, judge
from engine.llm.fused.decoder import Decoder
from engine.llm.fused.warm import Child, Task, compiler_cache, is_warm
from engine.llm.prefix import Incremental
from engine.models.memory import free_bytes, free_on_gpu, gigabytes

if TYPE_CHECKING:
    from engine.llm.fused.network import Network

_WORK_BYTES: Final = 2_000_000_000
"""What the compiler takes beside the model."""
_COMPUTES: Final = (attention, compiled, linear, network, opaque)
"""Modules that decide what is compiled."""


class Background:
    """The way of one decoder's step. Called from the model's thread only."""

    def __init__(
        self, decoder: Decoder, compile: Compile, store: Path, child: Child | None = None
    ) -> None:
        self._decoder = decoder
        self._compile = compile
        self._store = store
        self._child = child
        self._settled = False
        self._notice = (
            "The compiled step is being prepared in the background; the eager step answers so far."
        )

    @property
    def running(self) -> bool:
        """Whether the child is still compiling."""
        return self._child is not None and self._child.running

    @property
    def notice(self) -> str:
        """What the user should know about it now."""
        return self._notice

    def settle(self) -> None:
        """Use the step if it is ready, right and faster. Does nothing before, or again."""
        if self._settled or self.running:
            return
        self._settled = True
        problem = self._child.problem if self._child is not None else ""
        if self._child is not None:
            self._child.end()
        self._notice = self._tried() if not problem else _not_used(problem)

    def close(self) -> None:
        """End the child. May be called twice."""
        self._settled = True
        self._decoder.use(None)
        if self._child is not None:
            self._child.end()

    def _tried(self) -> str:
        step = StaticStep(self._decoder.network, self._compile)
        with compiler_cache(self._store):
            verdict = judge(self._decoder.network, step)
        if verdict.problem:
            return _not_used(verdict.problem)
        self._decoder.use(step)
        times = f"{verdict.compiled_ms:.1f} ms a token against {verdict.eager_ms:.1f}"
        return f"The compiled step is used: {times}."


def begin(
    model: Incremental, profile: Profile, cache: Path | None
) -> tuple[Background | None, tuple[str, ...]]:
    """Start on the step that the profile asks for, or say why not.

    Where an earlier child has left it on the disk, it is in use when this returns.
    """
    mode = profile.compile
    if mode == "off":
        return None, ()
    if problem := _problem(model, cache):
        return None, (_not_used(problem),)
    assert isinstance(model, Decoder) and model.source is not None and cache is not None
    store = cache / "compiled" / _key(model.network, mode)
    compile = by_inductor(mode, model.source.device)
    child = None if is_warm(store) else Child(Task(model.source, mode, store, os.getpid()))
    background = Background(model, compile, store, child)
    background.settle()
    return background, ()


def _problem(model: Incremental, cache: Path | None) -> str:
    if not isinstance(model, Decoder) or model.source is None:
        return "only the fused step is compiled, and this is transformers' own"
    if cache is None:
        return "there is no directory to keep it in"
    free = free_bytes() if model.source.device == "cpu" else free_on_gpu() or free_bytes()
    if (needed := model.memory_bytes + _WORK_BYTES) > free:
        return (
            f"compiling takes a second copy of the model, {gigabytes(needed)}, "
            f"and {gigabytes(free)} are free"
        )
    return ""


def _not_used(problem: str) -> str:
    return f"The compiled step is not used: {problem}."


def _key(network: Network, mode: Mode) -> str:
    """Equal only where the compiler would make the same."""
    import torch

    weights = network.weights
    products = [(type(one.many).__name__, type(one.few).__name__) for one in weights.linears()]
    embedding = weights.embedding
    device = embedding.device.type
    on_gpu = device == "cuda"
    machine = torch.cuda.get_device_name() if on_gpu else torch.backends.cpu.get_cpu_capability()
    size = (tuple(embedding.shape), str(embedding.dtype), repr(network.shape), products)
    code = [Path(str(module.__file__)).read_bytes() for module in _COMPUTES]
    key = (mode, size, device, machine, torch.__version__, code)
    return hashlib.sha256(repr(key).encode()).hexdigest()[:16]
