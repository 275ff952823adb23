"""A measurement as it grows: JSON Lines of tagged structs, appended and read again after a kill.

Not responsible for what a record says (engine.bench.speed_record, engine.bench.answers_record).
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from engine.errors import ArgoError

T = TypeVar("T")


def append(path: Path, record: msgspec.Struct, what: str) -> None:
    """Write one line at the end. Raises ArgoError; `what` cannot be written then."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(msgspec.json.encode(record) + b"\n")
    except OSError as error:
        raise ArgoError(
            f"{what} cannot be written: {error.strerror or error}",
            where=str(path),
            remedy="Check permission and free space there, or choose another --out.",
        ) from None


def trim(path: Path) -> None:
    """Cut off a last line that a kill left without its end; the next append starts a line."""
    if path.exists() and not (content := path.read_bytes()).endswith(b"\n"):
        path.write_bytes(content[: content.rfind(b"\n") + 1])


def read(path: Path, decoder: msgspec.json.Decoder[T], of: str) -> tuple[T, ...]:
    """All records; none where there is no file. Raises ArgoError for a line that is not one.

    A last line without its end was cut off by a kill and is left out.
    """
    if not path.exists():
        return ()
    lines = path.read_bytes().split(b"\n")[:-1]
    try:
        return tuple(decoder.decode(line) for line in lines if line)
    except msgspec.DecodeError as error:
        raise ArgoError(
            f"This is no record of {of}: {error}",
            where=str(path),
            remedy="Move the file away and measure again.",
        ) from None
