"""An export written to a file of the user's choice. Not responsible for its form."""

from __future__ import annotations

from pathlib import Path

from engine.errors import ArgoError
from engine.layers import write_atomically


def write_export(path: Path, text: str, remedy: str) -> None:
    """Whole or not at all, with the directories above it. Raises ArgoError with the remedy."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)
    except OSError as error:
        what = f"Cannot write the export: {error.strerror or error}"
        raise ArgoError(what, where=str(path), remedy=remedy) from None
