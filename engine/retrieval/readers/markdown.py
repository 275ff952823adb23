"""Markdown: headings and top-level blocks with their lines, from markdown-it's tokens.

The text of a block is its lines as they stand in the file. HTML comments are left out; so is
front matter, which only gives the title.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.retrieval.block import Block, BlockKind, Parsed
from engine.retrieval.readers.sections import Sections

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:[ \t]*[\"']?(.+?)[\"']?[ \t]*$", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_KINDS: dict[str, BlockKind] = {
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "fence": "code",
    "code_block": "code",
    "table_open": "table",
}


def read_markdown(text: str, name: str) -> Parsed:
    """Blocks of a Markdown text. Title: front matter, else the first heading, else `name`."""
    from markdown_it import MarkdownIt

    title, text = _front_matter(text)
    lines = text.split("\n")
    sections = Sections()
    blocks: list[Block] = []
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for index, token in enumerate(tokens):
        if token.level or not token.map or token.nesting < 0:
            continue
        if token.type == "heading_open":
            heading = _plain(tokens[index + 1])
            title = title or heading
            sections.enter(int(token.tag[1:]), heading)
        elif block := _block(token, lines, sections.path):
            blocks.append(block)
    return Parsed(title or name, tuple(blocks))


def _front_matter(text: str) -> tuple[str, str]:
    """The title it holds, and the text with front matter blanked: lines keep their number."""
    front = _FRONT.match(text)
    if not front:
        return "", text
    title = _FRONT_TITLE.search(front.group(1))
    blank = "\n" * front.group().count("\n")
    return (title.group(1).strip() if title else ""), blank + text[front.end() :]


def _plain(inline: Token) -> str:
    """The words of a heading without its markup."""
    parts = [
        child.content
        for child in inline.children or ()
        if child.type in {"text", "code_inline", "image"}
    ]
    return " ".join("".join(parts).split())


def _block(token: Token, lines: list[str], section: tuple[str, ...]) -> Block | None:
    if token.type == "hr" or not token.map:
        return None
    start, stop = token.map
    text = "\n".join(lines[start:stop]).rstrip()
    if token.type == "html_block":
        text = _COMMENT.sub("", text)
    if token.type in {"html_block", "paragraph_open"} and _is_tags_only(text):
        return None
    header = "\n".join(lines[start : start + 2]) if token.type == "table_open" else ""
    return Block(text, _KINDS.get(token.type, "paragraph"), section, start + 1, None, header)


def _is_tags_only(text: str) -> bool:
    """Nothing to read: an anchor, a line break. An image keeps its alternative text."""
    return "alt=" not in text and not re.sub(r"<[^>]*>", "", text).strip()
