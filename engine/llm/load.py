"""Which implementation runs the weights of a directory, and in which formats.

Llama and Qwen2 by our fused step, any other architecture by transformers' own. What a profile asks
for and cannot have here is announced, never dropped in silence, and what no test can reach checks
itself first. Not responsible for devices and number formats (engine.llm.hardware).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from engine.config import Profile
from engine.errors import ModelError
from engine.llm.any_model import AnyModel
from engine.llm.backend import ModelInfo
from engine.llm.fused.decoder import Decoder, read_configuration, supports
from engine.llm.fused.kernels import fitting
from engine.llm.fused.weights import Bits, Recipe
from engine.llm.hardware import Hardware, release
from engine.llm.prefix import Incremental
from engine.llm.reason import reason
from engine.llm.self_check import Load, checked, wrong
from engine.llm.torchao_weights import Fewer, torchao_problem

Loaded = tuple[Incremental, tuple[str, ...]]
"""A model, and what the user should know about it."""


def load_model(
    directory: Path,
    profile: Profile,
    hardware: Hardware,
    cache: Path | None,
    sample: Sequence[int] = (),
) -> Loaded:
    """The model that the profile asks for, or what comes nearest. Raises ModelError.

    `cache`, `sample`: see Decoder.load.
    """
    import torch

    try:
        return _load(directory, profile, hardware, cache, sample)
    except torch.OutOfMemoryError as error:
        raise ModelError(
            f"The model does not fit into the memory of {hardware.device}",
            where=str(directory),
            remedy="Choose a smaller profile, or device = cpu.",
        ) from error
    except Exception as error:
        raise ModelError(
            f"The weights cannot be loaded: {error}",
            where=str(directory),
            remedy="Delete that directory and fetch the model again: argo-tui models fetch NAME.",
        ) from error


def describe(
    model: Incremental, profile: Profile, hardware: Hardware, notices: tuple[str, ...]
) -> ModelInfo:
    """What was loaded."""
    recipe, _ = _recipe(profile, hardware)
    return ModelInfo(
        name=profile.title,
        device=hardware.device,
        dtype=hardware.dtype,
        attention=model.attention if isinstance(model, AnyModel) else "sdpa",
        parameters=model.parameters,
        memory_bytes=model.memory_bytes,
        context=model.context,
        quantisation=model.quantisation if isinstance(model, AnyModel) else recipe.decode,
        decode_bytes=model.decode_bytes,
        notices=(*hardware.notices, *notices),
    )


def _load(
    directory: Path,
    profile: Profile,
    hardware: Hardware,
    cache: Path | None,
    sample: Sequence[int],
) -> Loaded:
    problem = _not_fused(directory, profile, hardware)
    recipe, given_up = _recipe(profile, hardware)

    def fused() -> Decoder:
        return Decoder.load(directory, recipe, hardware.device, cache, sample)

    # The tests run the CPU's fused step; on a device that they cannot reach it checks itself.
    if problem is None and hardware.device == "cpu":
        return fused(), given_up
    notices = _without_prefill(profile, hardware, problem)
    if profile.quantisation != "none":
        quantised, more = _by_torchao(directory, profile.quantisation, hardware)
        notices += more
        if quantised is not None:
            return quantised, notices
    if problem is not None:
        model, more = _own_step(directory, hardware)
    else:
        model, more = _proven(
            ("The fused step", "transformers' own step"),
            lambda: AnyModel.load(directory, hardware),
            fused,
            hardware,
        )
    return model, (*notices, *more)


def _not_fused(directory: Path, profile: Profile, hardware: Hardware) -> str | None:
    """Why the fused step cannot run this, or None where it can."""
    if profile.decoder == "transformers":
        return "the profile asks for transformers' own step"
    if hardware.attention != "sdpa":
        return f"attention = {hardware.attention} needs transformers' own step"
    if not supports(read_configuration(directory)):
        return "the fused step knows Llama and Qwen2 only"
    return None


def _recipe(profile: Profile, hardware: Hardware) -> tuple[Recipe, tuple[str, ...]]:
    """The formats of the fused step. Its packed products are the CPU's."""
    if hardware.device != "cpu":
        return Recipe(hardware.dtype), ()
    return fitting(Recipe(hardware.dtype, profile.quantisation, profile.prefill))


def _without_prefill(profile: Profile, hardware: Hardware, problem: str | None) -> tuple[str, ...]:
    if profile.prefill == "full":
        return ()
    why = problem or f"that product is the CPU's, and this is {hardware.device}"
    return (f"Without prefill = {profile.prefill}: {why}.",)


def _by_torchao(
    directory: Path, bits: Fewer, hardware: Hardware
) -> tuple[Incremental | None, tuple[str, ...]]:
    """transformers' own model in fewer bits, or None; and what the user should know."""
    problem = torchao_problem(bits, directory, hardware.device, hardware.dtype)
    model, notices = (None, (problem,)) if problem else _packed(directory, bits, hardware)
    if model is None:
        release(hardware.device)
        return None, tuple(f"Without quantisation = {bits}: {notice}." for notice in notices)
    return model, notices


def _packed(
    directory: Path, bits: Fewer, hardware: Hardware
) -> tuple[Incremental | None, tuple[str, ...]]:
    """The same; where there is no model, the only notice says why."""
    try:
        model, notices = _own_step(directory, hardware, bits)
        if problem := wrong(model):
            return None, (problem,)
    except Exception as error:
        return None, (f"torchao does not take this model ({reason(error)})",)
    saves = f"{bits} weights are torchao's, in transformers' own step: less memory, not less time."
    if isinstance(model, AnyModel) and (left := model.left_full):
        return model, (*notices, saves, f"{left} matrices are kept in {hardware.dtype}.")
    return model, (*notices, saves)


def _own_step(directory: Path, hardware: Hardware, bits: Bits = "none") -> Loaded:
    """transformers' model; with FlashAttention only where it says what sdpa says."""
    if hardware.attention in ("sdpa", "eager"):
        return AnyModel.load(directory, hardware, bits), ()
    return _proven(
        (hardware.attention, "sdpa"),
        lambda: AnyModel.load(directory, replace(hardware, attention="sdpa"), bits),
        lambda: AnyModel.load(directory, hardware, bits),
        hardware,
    )


def _proven(names: tuple[str, str], plain: Load, fast: Load, hardware: Hardware) -> Loaded:
    """`names`: of the fast route, and of the plain one."""
    model, problem = checked(plain, fast, lambda: release(hardware.device))
    return model, (f"{names[0]} is not used: {problem}; {names[1]} is.",) if problem else ()
