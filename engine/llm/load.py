"""Which implementation runs the weights of a directory, and in which formats.

Llama and Qwen2 by our fused step, any other architecture by transformers. What a profile asks for
and cannot have here is announced, never dropped in silence. Not responsible for devices and number
formats (engine.llm.hardware).
"""

from __future__ import annotations

from pathlib import Path

from engine.config import Profile
from engine.errors import ModelError
from engine.llm.any_model import AnyModel
from engine.llm.backend import ModelInfo
from engine.llm.decoder import Decoder, read_configuration, supports
from engine.llm.hardware import Hardware
from engine.llm.prefix import Incremental
from engine.llm.weights import Recipe


def load_model(
    directory: Path, profile: Profile, hardware: Hardware, cache: Path | None
) -> tuple[Incremental, tuple[str, ...]]:
    """The model, and what the user should know about it. Raises ModelError."""
    import torch

    try:
        problem = _not_fused(directory, profile, hardware)
        if problem is None:
            recipe = Recipe(hardware.dtype, profile.quantisation, profile.prefill)
            return Decoder.load(directory, recipe, hardware.device, cache), ()
        return AnyModel.load(directory, hardware), _lost(profile, problem)
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
    fused = isinstance(model, Decoder)
    return ModelInfo(
        name=profile.title,
        device=hardware.device,
        dtype=hardware.dtype,
        attention=hardware.attention,
        parameters=model.parameters,
        memory_bytes=model.memory_bytes,
        context=model.context,
        quantisation=profile.quantisation if fused else "none",
        decode_bytes=model.decode_bytes,
        notices=(*hardware.notices, *notices),
    )


def _not_fused(directory: Path, profile: Profile, hardware: Hardware) -> str | None:
    """Why the fused step cannot run this, or None where it can."""
    if profile.decoder == "transformers":
        return "the profile asks for transformers' own step"
    if profile.attention not in ("auto", "sdpa"):
        return f"attention = {profile.attention} needs transformers' own step"
    if hardware.device != "cpu":
        return f"the fused step runs on the CPU, not on {hardware.device}"
    if not supports(read_configuration(directory)):
        return "the fused step knows Llama and Qwen2 only"
    return None


def _lost(profile: Profile, problem: str) -> tuple[str, ...]:
    """What of the profile is not in force without the fused step."""
    lost = []
    if profile.quantisation != "none":
        lost.append(f"quantisation = {profile.quantisation}")
    if profile.prefill != "full":
        lost.append(f"prefill = {profile.prefill}")
    return (f"Without {' and '.join(lost)}: {problem}.",) if lost else ()
