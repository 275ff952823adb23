"""One document from disk: bytes, format by name, blocks.

Not responsible for finding files (engine.retrieval.walk).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.errors import DocumentError
from engine.retrieval.block import Parsed
from engine.retrieval.readers.decode import decode
from engine.retrieval.readers.markdown import read_markdown
from engine.retrieval.readers.pdf import read_pdf
from engine.retrieval.readers.plain import read_plain
from engine.retrieval.readers.rst import read_rst
from engine.retrieval.readers.yang import read_yang
from engine.text import clean

_READERS: dict[str, Callable[[str, str], Parsed]] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".rst": read_rst,
    ".yang": read_yang,
    ".txt": read_plain,
}
SUFFIXES = frozenset({*_READERS, ".pdf"})


def load(path: Path) -> bytes:
    """The bytes of a file. Raises DocumentError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(
            f"The file cannot be read: {error.strerror}",
            where=str(path),
            remedy="Check that it exists and that you may read it.",
        ) from error


def parse(data: bytes, path: Path) -> Parsed:
    """Title and blocks of a document; what is not known by its name is plain text.

    Raises DocumentError for binary, damaged or text-free content.
    """
    name = clean(path.stem) or "untitled"
    suffix = path.suffix.lower()
    if suffix == ".pdf" or data.startswith(b"%PDF-"):
        return read_pdf(data, name)
    text, notes = decode(data, str(path))
    return replace(_READERS.get(suffix, read_plain)(text, name), notes=notes)
