"""Plain text: paragraphs between blank lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.retrieval.block import Block, BlockKind, Parsed

_BULLET = re.compile(r"[ \t]*(?:[-*+•]|#\.|\(?\d{1,3}[.)])[ \t]")


def read_plain(text: str, name: str) -> Parsed:
    """Blocks of a plain text; the title is the file's name."""
    return Parsed(name, tuple(paragraphs(text)))


def paragraphs(
    text: str, *, page: int | None = None, section: tuple[str, ...] = ()
) -> Iterator[Block]:
    """Runs of lines without a blank one, with their first line (none where there are pages)."""
    held: list[str] = []
    first = 1
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if line.strip():
            first = first if held else number
            held.append(line)
        elif held:
            kind: BlockKind = "list" if _BULLET.match(held[0]) else "paragraph"
            at = None if page else first
            yield Block("\n".join(held), kind, section, at, page)
            held = []
