"""What a reader makes of a document: its title and its blocks, in order.

Not responsible for passages (engine.retrieval.chunk) or for reading (engine.retrieval.readers).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["paragraph", "list", "code", "table"]


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the document's own text that prefers to stay whole."""

    text: str
    kind: BlockKind = "paragraph"
    section: tuple[str, ...] = ()
    """Headings from the outermost to the innermost."""
    line: int | None = None
    """First line in the source, from 1."""
    page: int | None = None
    header: str = ""
    """Of a table: its first lines, repeated where the table is cut. Also part of `text`."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document as read."""

    title: str
    blocks: tuple[Block, ...]
    notes: tuple[str, ...] = ()
    """What the user should know of the reading, for example a guessed encoding."""
