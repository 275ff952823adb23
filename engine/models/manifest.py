"""The mark of a complete directory of weights: `manifest.json`, written last.

A directory without a readable manifest is not a model, whatever else lies in it. Not responsible
for making the directory (engine.models.convert) or for finding it (engine.models.registry).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

NAME: Final = "manifest.json"
CONVERTER: Final = 1
"""Raised when what `convert` writes changes, so that older directories are made again."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a converted directory was made from."""

    model: str
    sha256: str
    """Of the source file."""
    converter: int = CONVERTER


def read_manifest(directory: Path) -> Manifest | None:
    """The manifest of a directory; None where there is none that can be read."""
    try:
        return msgspec.json.decode((directory / NAME).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return None


def is_complete(directory: Path, sha256: str | None = None) -> bool:
    """Whether the directory was converted to the end by this converter, from this source."""
    manifest = read_manifest(directory)
    return (
        manifest is not None
        and manifest.converter == CONVERTER
        and (sha256 is None or manifest.sha256 == sha256)
    )
