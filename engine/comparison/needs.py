"""What columns take of this machine, estimated before anything is loaded.

Reads free memory. Not responsible for what follows from it (engine.comparison.plan).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from engine.comparison.plan import Need
from engine.config import Profile
from engine.models.memory import free_bytes, free_on_gpu, needed_bytes
from engine.models.registry import ModelStatus

PROCESSOR: Final = "cpu"
GPU: Final = "cuda:0"
_WEIGHTS: Final = ("*.safetensors", "*.gguf")


def need(status: ModelStatus, profile: Profile) -> Need:
    """Of one column.

    Bytes: parameters in the profile's format and room to work, the figure by which the registry
    says that a profile can run. It is an estimate: weights that are kept a second time for
    decoding are not in it, and what two models share (torch itself) is counted for each. Place: a
    graphics processor is known only once torch is imported; before that every local column is
    taken to be on the processor. Several graphics processors count as one: the engine uses the
    current one.
    """
    if status.url is not None:
        return Need(status.profile, 0, status.url)
    if not status.parameters:
        return need_of_files(status.profile, status.directory, profile)
    return Need(status.profile, needed_bytes(status.parameters, profile), _place(profile))


def need_of_files(name: str, weights: Path | None, profile: Profile) -> Need:
    """Of a column with weights of the user's own: the size of the files and room to work."""
    return Need(name, _size(weights) + needed_bytes(0, profile), _place(profile))


def free(needs: Sequence[Need]) -> int:
    """Free bytes where the local columns are to run; of both memories the smaller."""
    places = {each.place for each in needs}
    on_gpu = free_on_gpu() if GPU in places else None
    if on_gpu is None:
        return free_bytes()
    return min(on_gpu, free_bytes()) if PROCESSOR in places else on_gpu


def _place(profile: Profile) -> str:
    return GPU if profile.device != "cpu" and free_on_gpu() is not None else PROCESSOR


def _size(directory: Path | None) -> int:
    if directory is None:
        return 0
    if directory.is_file():
        return directory.stat().st_size
    return sum(file.stat().st_size for form in _WEIGHTS for file in directory.glob(form))
