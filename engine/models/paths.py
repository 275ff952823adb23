"""Weights that a user names by their path: a directory, or a GGUF file.

Not responsible for models named in argo.toml (engine.models.locate).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from engine.errors import ModelError
from engine.models.convert import convert
from engine.models.locate import file_name, is_weights
from engine.paths import Home


def path_model(name: str, home: Home) -> Path | None:
    """A directory that can be loaded, or None where `name` is no path of weights.

    A GGUF file is converted into the cache on first use. Raises ModelError.
    """
    path = Path(name).expanduser()
    if path.suffix == ".gguf":
        if not path.is_file():
            raise ModelError("There is no such file", where=name, remedy="Check the path.")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        # The hash is in the name: two files called model.gguf do not share a directory.
        target = home.models / f"{file_name(path.stem)}-{digest[:12]}"
        return convert(path, target, model=path.stem, sha256=digest)
    if not (path / "config.json").is_file():
        return None
    if not is_weights(path):
        raise ModelError(
            "This directory lacks safetensors weights or a tokenizer.json",
            where=name,
            remedy="Use a complete snapshot of the model, or its GGUF file.",
        )
    return path
