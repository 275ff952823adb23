"""Where weights lie on this machine. Looks, and changes nothing.

Not responsible for getting them here (engine.models.fetch) or choosing (engine.models.registry).
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from engine.config import HubSource, Model
from engine.models.manifest import is_complete
from engine.paths import Home

SNAPSHOT_FILES = ("*.safetensors", "*.json", "*.jinja", "merges.txt", "vocab.txt", "tokenizer.*")
"""What of a repository is wanted: weights without code, configuration, tokenizer."""


def located(name: str, model: Model, home: Home) -> Path | None:
    """The directory that holds the model complete, or None."""
    directory = home.models / file_name(name)
    if model.format == "gguf":
        return directory if is_complete(directory, model.sha256) else None
    if is_weights(directory):
        return directory
    for source in model.sources:
        if isinstance(source, HubSource) and (snapshot := cached_snapshot(source)):
            return snapshot
    return None


def cached_snapshot(source: HubSource) -> Path | None:
    """A complete snapshot in the model hub's own cache; never asks the network."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        # With the patterns of the download: else what was left out on purpose counts as missing.
        path = snapshot_download(
            source.repo,
            revision=source.revision,
            allow_patterns=list(SNAPSHOT_FILES),
            local_files_only=True,
        )
    except (LocalEntryNotFoundError, OSError):
        return None
    return Path(path) if is_weights(Path(path)) else None


def cached_file(source: HubSource) -> Path | None:
    """The one file of a source in the model hub's own cache; never asks the network."""
    from huggingface_hub import try_to_load_from_cache

    if source.file is None:
        return None
    found = try_to_load_from_cache(source.repo, source.file, revision=source.revision)
    return Path(found) if isinstance(found, str) else None


def is_weights(directory: Path) -> bool:
    """Whether a directory holds configuration, tokenizer and every shard of safetensors."""
    if not (directory / "config.json").is_file() or not (directory / "tokenizer.json").is_file():
        return False
    if (directory / "model.safetensors").is_file():
        return True
    return bool(shards := _shards(directory)) and all((directory / s).is_file() for s in shards)


def _shards(directory: Path) -> set[str]:
    try:
        index = msgspec.json.decode((directory / "model.safetensors.index.json").read_bytes())
        return set(index["weight_map"].values())
    except (OSError, msgspec.DecodeError, KeyError, AttributeError, TypeError):
        return set()


def file_name(name: str) -> str:
    """A name that is one path component: what of a model's name may stand in a path."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-") or "model"
