"""YANG: statements with their path as the section, text as in the file.

A small statement is one block; a large one is opened, and its children become blocks under
`module > container > list`. Not a validator: an unbalanced file is read as far as it goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.retrieval.block import Block, Parsed
from engine.retrieval.chunk import size

_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?(?:\*/|\Z)|"(?:[^"\\]|\\.)*(?:"|\Z)|'[^']*(?:'|\Z)|[{};]|[^\s{};"']+""",
    re.DOTALL,
)
_WHOLE = 160
"""A statement of at most so many words and marks is not opened."""
_DEEPEST = 12


@dataclass(slots=True)
class Statement:
    """`keyword argument { children }` and where it stands in the file."""

    keyword: str
    argument: str
    start: int
    stop: int = 0
    children: list[Statement] = field(default_factory=list)

    @property
    def name(self) -> str:
        """As shown in a section path."""
        return f"{self.keyword} {self.argument}".strip()


def read_yang(text: str, name: str) -> Parsed:
    """Blocks of a YANG module. Title: its name, else `name`."""
    top = _parse(text)
    module = next((s.argument for s in top if s.keyword in {"module", "submodule"}), "")
    blocks = tuple(_children(text, top, (), 0, len(text), 0))
    return Parsed(module or name, blocks)


def _parse(text: str) -> list[Statement]:
    root = Statement("", "", 0)
    stack = [root]
    words: list[re.Match[str]] = []

    def statement() -> Statement:
        keyword = words[0].group()
        argument = "".join(w.group().strip("\"'") for w in words[1:] if w.group() != "+")
        made = Statement(keyword, " ".join(argument.split())[:80], words[0].start())
        words.clear()
        stack[-1].children.append(made)
        return made

    for token in _TOKEN.finditer(text):
        match token.group():
            case "{" if words:
                stack.append(statement())
            case ";" if words:
                statement().stop = token.end()
            case "}" if len(stack) > 1:
                words.clear()
                stack.pop().stop = token.end()
            case "{" | "}" | ";":
                words.clear()
            case comment if comment.startswith(("//", "/*")):
                pass
            case _:
                words.append(token)
    for unclosed in stack:
        unclosed.stop = len(text)
    return root.children


def _children(
    text: str, statements: list[Statement], path: tuple[str, ...], start: int, stop: int, depth: int
) -> Iterator[Block]:
    """Blocks that cover `text[start:stop]`: comments belong to the statement behind them."""
    for index, statement in enumerate(statements):
        last = index == len(statements) - 1
        end = stop if last else statement.stop
        whole = size(text[start:end]) <= _WHOLE and depth > 0
        if whole or not statement.children or depth >= _DEEPEST:
            yield from _block(text, start, end, path)
        else:
            inner = (*path, statement.name)
            yield from _children(text, statement.children, inner, start, end, depth + 1)
        start = end
    if start < stop:
        yield from _block(text, start, stop, path)


def _block(text: str, start: int, stop: int, path: tuple[str, ...]) -> Iterator[Block]:
    part = text[start:stop]
    lead = len(part) - len(part.lstrip())
    if not part.strip():
        return
    # The first line keeps its indentation.
    begin = max(part.rfind("\n", 0, lead) + 1, 0)
    line = text.count("\n", 0, start + begin) + 1
    yield Block(part[begin:].rstrip(), "code", path, line)
