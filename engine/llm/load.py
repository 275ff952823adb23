"""Which implementation runs the weights of a directory, and in which formats.

Llama and Qwen2 by our fused step, any other architecture by transformers' own. What a profile asks
for and cannot have here is announced, never dropped in silence, and what no test can reach checks
itself first. Not responsible for devices and number formats (engine.llm.hardware).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from engine.models.adapter import Adapter, open_adapter

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

    An adapter is merged, or nothing is loaded.

    `cache`, `sample`: see Decoder.load.
    """
    import torch

    adapter = open_adapter(profile.adapter, directory) if profile.adapter else None
    try:
        return _load(_Files(directory, adapter), profile, hardware, cache, sample)
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
        name=_name(profile),
        device=hardware.device,
        dtype=hardware.dtype,
        attention=model.attention if isinstance(model, AnyModel) else "sdpa",
        parameters=model.parameters,
        memory_bytes=model.memory_bytes,
        context=model.context,
        quantisation=_bits(model, recipe),
        decode_bytes=model.decode_bytes,
        notices=(*hardware.notices, *notices),
    )


@dataclass(frozen=True, slots=True)
class _Files:
    """What is loaded: a base, and what is merged into it."""

    directory: Path
    adapter: Adapter | None


def _name(profile: Profile) -> str:
    """Of a base with an adapter: both, so that a record says what answered."""
    return f"{profile.title} + {Path(profile.adapter).name}" if profile.adapter else profile.title


def _bits(model: Incremental, recipe: Recipe) -> Bits:
    """Of the weights that decoding reads."""
    if isinstance(model, AnyModel):
        return model.quantisation
    return model.bits(recipe) if isinstance(model, Decoder) else recipe.decode


def _load(
    files: _Files,
    profile: Profile,
    hardware: Hardware,
    cache: Path | None,
    sample: Sequence[int],
) -> Loaded:
    directory, adapter = files.directory, files.adapter
    problem = _not_fused(directory, profile, hardware)
    recipe, given_up = _recipe(profile, hardware)

    def fused() -> Decoder:
        return Decoder.load(directory, recipe, hardware.device, cache, sample, adapter)

    # The tests run the CPU's fused step; on a device that they cannot reach it checks itself.
    if problem is None and hardware.device == "cpu":
        model = fused()
        return model, (*given_up, *_more_bits(model, recipe, adapter))
    notices = _without_prefill(profile, hardware, problem)
    if profile.quantisation != "none":
        quantised, more = _by_torchao(files, profile.quantisation, hardware)
        notices += more
        if quantised is not None:
            return quantised, notices
    if problem is not None:
        found, more = _own_step(files, hardware)
    else:
        found, more = _proven(
            ("The fused step", "transformers' own step"),
            lambda: AnyModel.load(directory, hardware, "none", adapter),
            fused,
            hardware,
        )
    return found, (*notices, *more)


def _more_bits(model: Decoder, recipe: Recipe, adapter: Adapter | None) -> tuple[str, ...]:
    """What to say where an adapter keeps weights from being read in the bits asked for."""
    if adapter is None or model.bits(recipe) == recipe.decode:
        return ()
    return (
        f"Without quantisation = {recipe.decode}: with an adapter the weights are no longer those "
        f"of their {recipe.decode} file; {model.bits(recipe)} is used.",
    )


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
    files: _Files, bits: Fewer, hardware: Hardware
) -> tuple[Incremental | None, tuple[str, ...]]:
    """transformers' own model in fewer bits, or None; and what the user should know."""
    problem = torchao_problem(bits, files.directory, hardware.device, hardware.dtype)
    model, notices = (None, (problem,)) if problem else _packed(files, bits, hardware)
    if model is None:
        release(hardware.device)
        return None, tuple(f"Without quantisation = {bits}: {notice}." for notice in notices)
    return model, notices


def _packed(
    files: _Files, bits: Fewer, hardware: Hardware
) -> tuple[Incremental | None, tuple[str, ...]]:
    """The same; where there is no model, the only notice says why."""
    try:
        model, notices = _own_step(files, hardware, bits)
        if problem := wrong(model):
            return None, (problem,)
    except Exception as error:
        return None, (f"torchao does not take this model ({reason(error)})",)
    saves = f"{bits} weights are torchao's, in transformers' own step: less memory, not less time."
    if isinstance(model, AnyModel) and (left := model.left_full):
        return model, (*notices, saves, f"{left} matrices are kept in {hardware.dtype}.")
    return model, (*notices, saves)


def _own_step(files: _Files, hardware: Hardware, bits: Bits = "none") -> Loaded:
    """transformers' model; with FlashAttention only where it says what sdpa says."""
    directory, adapter = files.directory, files.adapter
    if hardware.attention in ("sdpa", "eager"):
        return AnyModel.load(directory, hardware, bits, adapter), ()
    return _proven(
        (hardware.attention, "sdpa"),
        lambda: AnyModel.load(directory, replace(hardware, attention="sdpa"), bits, adapter),
        lambda: AnyModel.load(directory, hardware, bits, adapter),
        hardware,
    )


def _proven(names: tuple[str, str], plain: Load, fast: Load, hardware: Hardware) -> Loaded:
    """`names`: of the fast route, and of the plain one."""
    model, problem = checked(plain, fast, lambda: release(hardware.device))
    return model, (f"{names[0]} is not used: {problem}; {names[1]} is.",) if problem else ()
