"""Adapters: a low-rank change of a model's matrices, in PEFT's file format, merged at load.

W becomes W + scale B A, computed in float32. An adapter fits one base only, and says which in
training.json. Not responsible for training (tools/train_adapter.py) or for where the merged
matrices go (engine.llm.fused.weights, engine.llm.any_model).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from engine.errors import ModelError
from engine.models.manifest import read_manifest

if TYPE_CHECKING:
    import torch

SHIPPED: Final = Path(__file__).parent / "adapters"
_WEIGHTS: Final = "adapter_model.safetensors"
_CONFIGURATION: Final = "adapter_config.json"
_TRAINING: Final = "training.json"
_BEFORE: Final = "base_model.model."


class Base(msgspec.Struct, frozen=True):
    """The weights that an adapter was trained on."""

    name: str
    sha256: str
    """Of the file that they were converted from; else of the safetensors, in their order."""


class _Configuration(msgspec.Struct, frozen=True):
    """What of PEFT's configuration changes the arithmetic."""

    peft_type: str
    r: int
    lora_alpha: float
    bias: str = "none"
    use_rslora: bool = False
    use_dora: bool = False
    fan_in_fan_out: bool = False
    rank_pattern: dict[str, int] = {}
    alpha_pattern: dict[str, float] = {}
    modules_to_save: list[str] | None = None

    @property
    def plain(self) -> bool:
        """Whether it is W + scale B A with one scale and nothing else."""
        return self.peft_type == "LORA" and not (
            self.bias != "none"
            or self.use_rslora
            or self.use_dora
            or self.fan_in_fan_out
            or self.rank_pattern
            or self.alpha_pattern
            or self.modules_to_save
        )


class _Training(msgspec.Struct, frozen=True):
    """What of training.json is read here."""

    base: Base


@dataclass(frozen=True)
class Adapter:
    """An adapter whose base was checked."""

    directory: Path
    name: str
    rank: int
    scale: float
    digest: str
    """Of both files: what was computed with it is kept under this."""

    @cached_property
    def _pairs(self) -> Mapping[str, tuple[torch.Tensor, torch.Tensor]]:
        from safetensors.torch import load_file

        tensors = load_file(self.directory / _WEIGHTS)
        found = {}
        for key, a in tensors.items():
            if key.endswith(".lora_A.weight"):
                name = key.removeprefix(_BEFORE).removesuffix("lora_A.weight") + "weight"
                found[name] = (a, tensors[key.replace("lora_A", "lora_B")])
        return found

    @property
    def names(self) -> frozenset[str]:
        """The matrices that it changes, by their names in the base's checkpoint."""
        return frozenset(self._pairs)

    def merged(self, name: str, weight: torch.Tensor) -> torch.Tensor:
        """The matrix as it is with the adapter, float32; `weight`: as it was, [out, in]."""
        a, b = (half.to(weight.device).float() for half in self._pairs[name])
        return weight.float().addmm(b, a, alpha=self.scale)


def open_adapter(named: str, base: Path) -> Adapter:
    """The adapter `named` (a shipped one, or a directory) for the weights of `base`.

    Raises ModelError: not there, damaged, of a kind that is not merged here, of another base.
    """
    directory = adapter_directory(named)
    try:
        configuration = msgspec.json.decode(
            (directory / _CONFIGURATION).read_bytes(), type=_Configuration
        )
        training = msgspec.json.decode((directory / _TRAINING).read_bytes(), type=_Training)
        digest = _sha256(directory / _CONFIGURATION, directory / _WEIGHTS)
    except (OSError, msgspec.DecodeError) as error:
        raise ModelError(
            f"The adapter «{named}» cannot be read: {error}",
            where=str(directory),
            remedy="Install the program again, or train it again: docs/adapter.md.",
        ) from error
    if not configuration.plain:
        raise ModelError(
            f"The adapter «{named}» is not plain LoRA, which is all that is merged here",
            where=str(directory / _CONFIGURATION),
            remedy="Use an adapter without DoRA, rsLoRA, biases and patterns.",
        )
    _require_base(named, training.base, base)
    scale = configuration.lora_alpha / configuration.r
    return Adapter(directory, directory.name, configuration.r, scale, digest)


def adapter_directory(named: str) -> Path:
    """Where an adapter is. Raises ModelError where it is not."""
    for directory in (SHIPPED / named, Path(named).expanduser()):
        if (directory / _CONFIGURATION).is_file() and (directory / _WEIGHTS).is_file():
            return directory.resolve()
    there = ", ".join(sorted(path.parent.name for path in SHIPPED.glob(f"*/{_WEIGHTS}")))
    raise ModelError(
        f"There is no adapter «{named}»",
        where="profiles.*.adapter",
        remedy=f"Shipped: {there or 'none'}. Else name a directory with {_CONFIGURATION}.",
    )


def base_of(directory: Path) -> Base:
    """What a directory of weights is, as the base of an adapter. Raises OSError."""
    if (manifest := read_manifest(directory)) is not None:
        return Base(manifest.model, manifest.sha256)
    return Base(directory.name, _sha256(*sorted(directory.glob("*.safetensors"))))


def _require_base(named: str, wanted: Base, directory: Path) -> None:
    found = base_of(directory)
    if found.sha256 != wanted.sha256:
        raise ModelError(
            f"The adapter «{named}» was trained on {wanted.name} ({wanted.sha256[:12]}…), "
            f"and these weights are {found.name} ({found.sha256[:12]}…)",
            where=str(directory),
            remedy="Set the profile's model to what the adapter was trained on, or drop adapter.",
        )


def _sha256(*paths: Path) -> str:
    digest: Any = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return str(digest.hexdigest())
