"""Bytes to clean text: UTF-8, UTF-16 by its mark, else Windows-1252, and it says so.

Not responsible for formats (the readers beside it).
"""

from __future__ import annotations

import codecs

from engine.errors import DocumentError
from engine.text import clean


def decode(data: bytes, where: str) -> tuple[str, tuple[str, ...]]:
    """The text, cleaned, and notes on a guess. Raises DocumentError for binary data."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return clean(data.decode("utf-16")), ()
        except UnicodeDecodeError as error:
            raise _binary(where) from error
    if b"\x00" in data or _mostly_control(data):
        raise _binary(where)
    try:
        return clean(data.decode("utf-8-sig")), ()
    except UnicodeDecodeError:
        pass
    try:
        return clean(data.decode("cp1252")), ("not UTF-8; read as Windows-1252",)
    except UnicodeDecodeError:
        return clean(data.decode("latin-1")), ("not UTF-8; read as Latin-1",)


def _mostly_control(data: bytes) -> bool:
    """More than a tenth of the start are control characters that no text has."""
    head = data[:8192]
    odd = sum(byte < 32 and byte not in b"\t\n\r\f\x1b\x08" for byte in head)
    return odd * 10 > len(head)


def _binary(where: str) -> DocumentError:
    return DocumentError(
        "This is not text",
        where=where,
        remedy="Convert it to Markdown, reStructuredText, plain text, YANG or PDF first.",
    )
