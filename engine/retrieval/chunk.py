"""Blocks to passages: cut at the coarsest border that fits, never inside a token of meaning.

The text of a passage is the document's own, white space at its ends aside; only the header of a
table that is cut is repeated. Not responsible for sections (the readers find them) or for what
the searches see of a passage (engine.retrieval.index_text).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from engine.retrieval.block import Block, BlockKind
from engine.retrieval.sentences import sentences
from engine.retrieval.store import Chunk

VERSION = 1
"""Raised when the same document would be cut in another way; documents are then ingested anew."""

# A very long run of letters (base64) counts, and is cut, as several words.
_TOKEN = re.compile(r"\w{1,32}|[^\w\s]")
_BLANK = re.compile(r"(?<=\n)[ \t]*\n(?=[ \t]*\S)")
_LINE = re.compile(r"(?<=\n)")
_ROW = re.compile(r"(?<=\n)(?=[ \t]*[|+])")
_ITEM = re.compile(r"(?<=\n)(?=(?:[-*+•]|#\.|\(?\w{1,3}[.)])[ \t])")
_SPACE = re.compile(r"(?<=\s)(?=\S)")
# "3.5 ms" and "e.g. x" hold a space that is no border.
_GLUED = re.compile(r"(?:\d|\b(?:e\.g|i\.e|cf|vs|fig|no|sec|eq)\.)\s+$", re.IGNORECASE)

Splitter = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Piece:
    """Text within the limit, from one place of one block."""

    text: str
    size: int
    line: int | None
    page: int | None


def size(text: str) -> int:
    """Number of words and punctuation marks."""
    return sum(1 for _ in _TOKEN.finditer(text))


def chunk(document_id: str, blocks: Sequence[Block], limit: int) -> list[Chunk]:
    """Passages of at most `limit` words and punctuation marks, in the order of the document.

    Neighbouring blocks of one section share a passage where they fit.
    """
    key = hashlib.blake2b(document_id.encode(), digest_size=8).hexdigest()
    chunks: list[Chunk] = []
    for section, group in groupby(blocks, key=lambda block: block.section):
        pieces = [piece for block in group for piece in _pieces(block, limit)]
        for run in _pack(pieces, limit):
            text = "\n\n".join(piece.text for piece in run)
            number = len(chunks) + 1
            chunks.append(Chunk(f"{key}-{number}", text, section, run[0].line, run[0].page))
    return chunks


def _pack(pieces: Sequence[Piece], limit: int) -> Iterator[list[Piece]]:
    """Neighbours together, of about equal size, so that no tail of a few words is left alone."""
    total = sum(piece.size for piece in pieces)
    if not total:
        return
    target = total / -(-total // limit)
    run: list[Piece] = []
    filled = 0
    for piece in pieces:
        if run and (filled + piece.size > limit or filled >= target):
            yield run
            run, filled = [], 0
        run.append(piece)
        filled += piece.size
    if run:
        yield run


def _pieces(block: Block, limit: int) -> Iterator[Piece]:
    header = size(block.header)
    repeat = bool(block.header) and header <= limit // 2
    if size(block.text) <= limit:
        parts = [block.text]
    else:
        parts = _cut(block.text, limit - header if repeat else limit, _BORDERS[block.kind])
    offset = 0
    for number, part in enumerate(parts):
        text = _trim(part)
        if text:
            lead = len(part) - len(part.lstrip("\n"))
            line = block.line
            if line is not None:
                line += block.text.count("\n", 0, offset + lead)
            if repeat and number:
                text = f"{block.header}\n{text}"
            yield Piece(text, size(text), line, block.page)
        offset += len(part)


def _trim(part: str) -> str:
    """Without white space at the ends, but the indentation of the first line stays."""
    return re.sub(r"^(?:[ \t]*\n)+", "", part).rstrip() if part.strip() else ""


def _cut(text: str, limit: int, borders: Sequence[Splitter]) -> list[str]:
    """Parts within the limit whose concatenation is `text`; later borders are finer."""
    if size(text) <= limit:
        return [text]
    if not borders:
        return _hard(text, limit)
    atoms: list[str] = []
    for atom in borders[0](text):
        atoms += _cut(atom, limit, borders[1:])
    return _gather(atoms, limit)


def _gather(atoms: Sequence[str], limit: int) -> list[str]:
    """Join neighbours as long as they fit."""
    parts: list[str] = []
    held: list[str] = []
    filled = 0
    for atom in atoms:
        weight = size(atom)
        if held and filled + weight > limit:
            parts.append("".join(held))
            held, filled = [], 0
        held.append(atom)
        filled += weight
    return [*parts, "".join(held)]


def _hard(text: str, limit: int) -> list[str]:
    """Cut between tokens: the last resort for text without white space."""
    starts = [match.start() for match in _TOKEN.finditer(text)][::limit]
    starts[0] = 0
    return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def _at(border: re.Pattern[str]) -> Splitter:
    """A splitter behind every match."""

    def split(text: str) -> list[str]:
        return _between(text, [match.end() for match in border.finditer(text)])

    return split


def _words(text: str) -> list[str]:
    """At white space, but not between a number and its unit or behind an abbreviation."""
    ends = [match.end() for match in _SPACE.finditer(text)]
    ends = [end for end in ends if not _GLUED.search(text[max(0, end - 16) : end])]
    return _between(text, ends)


def _between(text: str, ends: Sequence[int]) -> list[str]:
    borders = zip([0, *ends], [*ends, len(text)], strict=True)
    return [text[start:stop] for start, stop in borders if start < stop]


_PROSE: tuple[Splitter, ...] = (sentences, _words, _at(_SPACE))
_BORDERS: dict[BlockKind, tuple[Splitter, ...]] = {
    "paragraph": (_at(_BLANK), *_PROSE),
    "list": (_at(_ITEM), _at(_BLANK), *_PROSE),
    "code": (_at(_BLANK), _at(_LINE), *_PROSE),
    "table": (_at(_ROW), _at(_LINE), *_PROSE),
}
