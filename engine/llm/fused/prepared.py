"""Quantised weights on the disk, so that only the first load computes them.

One safetensors file for a model, a recipe and a processor (the packed layout is the kernel's own).
A file of other weights is never taken: its name holds what it was made from. Not responsible for
quantising (engine.llm.fused.quantise).
"""

from __future__ import annotations

import glob
import hashlib
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import torch

_LAYOUT: Final = "2"
"""Changed with the meaning of the tensors."""
_VERSIONS: Final = 3
"""Files kept of one model: recipes that are compared, not every one that ever was."""


class Prepared:
    """Satisfies engine.llm.fused.weights.Kept. Without a path it keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._new: dict[str, torch.Tensor] = {}
        self._file: Any = _opened(path) if path is not None and path.exists() else None
        self._names = set(self._file.keys()) if self._file is not None else set()

    def get(self, name: str) -> dict[str, torch.Tensor] | None:
        """The tensors of one product; None where they are not there.

        Copied out of the mapped file: its small pages make a product half as fast again.
        """
        prefix = f"{name}/"
        found = [key for key in self._names if key.startswith(prefix)]
        return {
            key.removeprefix(prefix): self._file.get_tensor(key).clone() for key in found
        } or None

    def put(self, name: str, tensors: Mapping[str, torch.Tensor]) -> None:
        """Remember them until `save`."""
        self._new |= {f"{name}/{key}": tensor for key, tensor in tensors.items()}

    def save(self) -> None:
        """Write what is new, atomically. A full disk only costs the next load its time."""
        if self._path is None or not self._new:
            return
        from safetensors import SafetensorError
        from safetensors.torch import save_file

        old = {key: self._file.get_tensor(key) for key in self._names}
        partial = self._path.with_suffix(f".{os.getpid()}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            save_file({**old, **self._new}, partial)
            partial.replace(self._path)
            self._drop_old()
        except (OSError, SafetensorError) as error:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            logging.getLogger(__name__).warning("quantised weights are not kept: %s", error)
        self._new = {}

    def _drop_old(self) -> None:
        """Keep the newest few of this model: each other version of it leaves a file behind."""
        assert self._path is not None
        model = self._path.stem.rpartition("-")[0]
        files = sorted(self._path.parent.glob(f"{glob.escape(model)}-*.safetensors"), key=_age)
        for file in files[_VERSIONS:]:
            file.unlink(missing_ok=True)


def _age(file: Path) -> float:
    return -file.stat().st_mtime


def _opened(path: Path) -> Any:
    """None for a file that was cut off: it is made again."""
    from safetensors import SafetensorError, safe_open

    try:
        return safe_open(path, "pt")
    except (OSError, SafetensorError) as error:
        logging.getLogger(__name__).warning("quantised weights are made again: %s", error)
        return None


def is_prepared(cache: Path, directory: Path) -> bool:
    """Whether weights of this model were quantised before, in whatever recipe."""
    return any(cache.glob(f"{glob.escape(directory.name)}-*.safetensors"))


def prepared_path(
    cache: Path | None, directory: Path, recipe: str, adapter: str = ""
) -> Path | None:
    """Where the products of these weights belong; None without a cache directory.

    `adapter`: the digest of the one that is merged into them.
    """
    if cache is None:
        return None
    import torch

    files = sorted(directory.glob("*.safetensors"))
    made_of = [(file.name, (stat := file.stat()).st_size, stat.st_mtime_ns) for file in files]
    capability = torch.backends.cpu.get_cpu_capability()
    key: tuple[object, ...] = (
        _LAYOUT,
        str(directory.resolve()),
        made_of,
        recipe,
        capability,
        torch.__version__,
    )
    if adapter:
        key = (*key, adapter)
    digest = hashlib.sha256(repr(key).encode()).hexdigest()[:16]
    return cache / f"{directory.name}-{digest}.safetensors"
