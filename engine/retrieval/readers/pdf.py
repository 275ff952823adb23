"""PDF: the text of each page under the headings of the document's outline.

Lines that repeat at the top or bottom of most pages are left out. Not responsible for scanned
pages: a PDF without text is refused.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine.errors import DocumentError
from engine.retrieval.block import Block, Parsed
from engine.retrieval.readers.plain import paragraphs
from engine.retrieval.readers.sections import Sections
from engine.text import clean

if TYPE_CHECKING:
    from pypdf import PdfReader

_FULL = 6
"""A page of fewer lines is a cover or a drawing: its outermost lines are its content."""

Entry = tuple[int, str]
"""Level from 1, and title."""


def read_pdf(data: bytes, name: str) -> Parsed:
    """Blocks of a PDF. Title: the document's own, else its first heading, else `name`.

    Raises DocumentError for a damaged, encrypted or text-free file.
    """
    import logging

    from pypdf import PdfReader

    # pypdf warns about every slip of the producer on the terminal.
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentError("The PDF is encrypted", where=name, remedy="Save it unprotected.")
        pages = [clean(page.extract_text() or "") for page in reader.pages]
        outline = _outline(reader)
        title = clean(str(reader.metadata.title or "") if reader.metadata else "").strip()
    except DocumentError:
        raise
    except Exception as error:  # a hostile or damaged file can fail anywhere in the parser
        raise DocumentError(
            f"The PDF cannot be read: {type(error).__name__}",
            where=name,
            remedy="Open and save it with another program, or convert it to text.",
        ) from error
    if not any(page.strip() for page in pages):
        raise DocumentError(
            "The PDF holds no text", where=name, remedy="If it is a scan, run text recognition."
        )
    first = next((entry[1] for page in sorted(outline) for entry in outline[page]), "")
    return Parsed(title or first or name, tuple(_blocks(pages, outline)))


def _outline(reader: PdfReader) -> dict[int, list[Entry]]:
    """Outline entries by page index."""
    found: dict[int, list[Entry]] = {}
    stack: list[tuple[int, Any]] = [(1, item) for item in reversed(reader.outline)]
    while stack:
        level, item = stack.pop()
        if isinstance(item, list):
            stack += [(level + 1, child) for child in reversed(item)]
            continue
        page = reader.get_destination_page_number(item)
        title = " ".join(clean(str(item.title or "")).split())
        if page is not None and page >= 0 and title:
            found.setdefault(page, []).append((level, title))
    return found


def _blocks(pages: list[str], outline: dict[int, list[Entry]]) -> Iterator[Block]:
    repeated = _furniture(pages)
    sections = Sections()
    for index, page in enumerate(pages):
        lines = [line for line in page.split("\n") if _shape(line) not in repeated]
        start = 0
        for level, title in outline.get(index, []):
            at = _find(title, lines, start)
            if at is not None:
                yield from _part(lines[start:at], index, sections.path)
                start = at + 1
            sections.enter(level, title)
        yield from _part(lines[start:], index, sections.path)


def _part(lines: list[str], index: int, section: tuple[str, ...]) -> Iterator[Block]:
    return paragraphs("\n".join(lines), page=index + 1, section=section)


def _find(title: str, lines: list[str], start: int) -> int | None:
    """The line that is this heading."""
    wanted = _letters(title)
    for number in range(start, len(lines)):
        if _letters(lines[number]) == wanted:
            return number
    return None


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def _shape(line: str) -> str:
    """A line with its numbers made equal, so that page numbers do not tell lines apart."""
    return re.sub(r"\d+", "0", " ".join(line.split()))


def _furniture(pages: list[str]) -> set[str]:
    """Shapes of running headers and footers: on most pages, among the outermost two lines."""
    if len(pages) < 5:
        return set()
    counted: Counter[str] = Counter()
    for page in pages:
        lines = [shape for line in page.split("\n") if (shape := _shape(line))]
        if len(lines) >= _FULL:
            counted.update({*lines[:2], *lines[-2:]})
    return {shape for shape, count in counted.items() if count * 2 > len(pages)}
