"""Which files an ingestion takes: named files, and documents below named directories.

Not responsible for reading them (engine.retrieval.readers).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.retrieval.readers.read import SUFFIXES
from engine.text import clean


@dataclass(frozen=True, slots=True)
class Found:
    """A file to ingest."""

    path: Path
    id: str
    """Its absolute path, links resolved."""
    source: str
    """Shown to people: the named directory's own name and the path below it."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What lies at the named paths."""

    files: tuple[Found, ...]
    skipped: tuple[str, ...]
    """Files of formats that are not read."""
    problems: tuple[tuple[str, str], ...]
    """Path and reason of what could not be looked into."""
    directories: tuple[str, ...]
    """Absolute paths of the named directories."""


def walk(paths: Sequence[Path]) -> Walk:
    """Every file once, by name. Hidden files and directories are passed over in silence."""
    files: dict[str, Found] = {}
    skipped: list[str] = []
    problems: list[tuple[str, str]] = []
    directories: list[str] = []
    for named in paths:
        kind = _kind(named)
        if kind == "directory":
            root = named.resolve()
            directories.append(_text(root))
            for file in _below(root, problems):
                source = _shown(Path(root.name) / file.relative_to(root))
                if _is_document(file):
                    found = Found(file, _text(file.resolve()), source)
                    files.setdefault(found.id, found)
                else:
                    skipped.append(source)
        elif kind == "file":
            found = Found(named, _text(named.resolve()), _shown(Path(named.name)))
            files.setdefault(found.id, found)
        else:
            problems.append((_shown(named), kind))
    return Walk(tuple(files.values()), tuple(skipped), tuple(problems), tuple(directories))


def _kind(path: Path) -> str:
    """`file`, `directory`, or why it is neither."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return (error.strerror or "cannot be read").lower()
    except ValueError:
        return "not a path"
    if stat.S_ISDIR(mode):
        return "directory"
    return "file" if stat.S_ISREG(mode) else "not a regular file"


def _text(path: Path) -> str:
    """A path as text that can be stored; names need not be UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _shown(path: Path) -> str:
    """A path in one clean line."""
    return " ".join(clean(_text(path)).split())


def _is_document(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES or file.name.upper() == "README"


def _below(root: Path, problems: list[tuple[str, str]]) -> Iterator[Path]:
    """Regular files below a directory, in order; every directory once, whatever links say."""

    def failed(error: OSError) -> None:
        problems.append((str(error.filename), error.strerror or "cannot be read"))

    seen: set[tuple[int, int]] = set()
    for directory, names, files in os.walk(root, onerror=failed, followlinks=True):
        status = Path(directory).stat()
        if (status.st_dev, status.st_ino) in seen:
            names.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            file = Path(directory, name)
            if not name.startswith(".") and _kind(file) == "file":
                yield file
