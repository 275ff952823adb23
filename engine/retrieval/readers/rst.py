"""reStructuredText: a line scanner for titles, paragraphs, lists, tables and directives.

Unknown directives are text like any other, so nothing of a document built with extensions is
lost. Comments and tables of contents are left out. Not responsible for the meaning of markup.
"""

from __future__ import annotations

import re

from engine.retrieval.block import Block, BlockKind, Parsed
from engine.retrieval.readers.sections import Sections

_RULE = re.compile(r"([=\-~^\"'`#*+.:_<>])\1+\s*$")
_EXPLICIT = re.compile(r"\.\.(?:\s|$)")
_MARKUP = re.compile(r"\.\. +(?:\[|_|__ |\||[\w:+.-]+(?: [\w-]+)?::)")
_NAVIGATION = re.compile(r"\.\. +(?:contents|toctree|sectnum|highlight|index|meta)::")
_CODE = re.compile(r"\.\. +(?:code|code-block|sourcecode|parsed-literal|literalinclude|uml)::")
_TABLE = re.compile(r"\.\. +(?:table|list-table|csv-table)::")
_GRID = re.compile(r"[ \t]*\+[-=]{2,}[-=+]*\+\s*$")
_SIMPLE = re.compile(r"[ \t]*={2,}(?: +={2,})+\s*$")
_BULLET = re.compile(r"[ \t]*(?:[-*+•]|#\.|\(?(?:\d{1,3}|[a-zA-Z])[.)])[ \t]")


def read_rst(text: str, name: str) -> Parsed:
    """Blocks of a reStructuredText document. Title: the first title, else `name`."""
    scanner = _Scanner(text.split("\n"))
    scanner.run()
    return Parsed(scanner.title or name, tuple(scanner.blocks))


class _Scanner:
    """Goes down the lines once."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = [line.rstrip() for line in lines]
        self.at = 0
        self.title = ""
        self.blocks: list[Block] = []
        self._sections = Sections()
        self._styles: list[tuple[str, bool]] = []
        """Adornments in the order in which they were met: the index is the level."""

    def run(self) -> None:
        while self.at < len(self.lines):
            if not self.lines[self.at]:
                self.at += 1
            elif not (self._heading() or self._explicit() or self._table()):
                self._paragraph()

    def _line(self, offset: int) -> str:
        index = self.at + offset
        return self.lines[index] if index < len(self.lines) else ""

    def _heading(self) -> bool:
        over = bool(_RULE.match(self._line(0)))
        words, rule = self._line(int(over)), self._line(int(over) + 1)
        found = _RULE.match(rule)
        if not found or not words or _RULE.match(words) or (words[0].isspace() and not over):
            # A lone rule is a transition.
            if over and not self._line(1):
                self.at += 1
                return True
            return False
        # A shorter underline is an error to docutils; writers get away with a little.
        if len(rule) < min(len(words.strip()), 4) or (over and self._line(0)[0] != rule[0]):
            return False
        style = (found.group(1), over)
        if style not in self._styles:
            self._styles.append(style)
        heading = _plain(words)
        self.title = self.title or heading
        self._sections.enter(self._styles.index(style), heading)
        self.at += 2 + int(over)
        return True

    def _explicit(self) -> bool:
        """A directive, target, footnote or comment, with the indented lines that belong to it."""
        line = self._line(0)
        if not _EXPLICIT.match(line):
            return False
        stop = self._indented(self.at + 1)
        if _MARKUP.match(line) and not _NAVIGATION.match(line):
            kind: BlockKind = "paragraph"
            if _CODE.match(line):
                kind = "code"
            elif _TABLE.match(line):
                kind = "table"
            self._add(stop, kind)
        self.at = stop
        return True

    def _table(self) -> bool:
        line = self._line(0)
        if _GRID.match(line):
            stop = self.at
            while stop < len(self.lines) and self.lines[stop].lstrip().startswith(("+", "|")):
                stop += 1
            heads = [n for n in range(self.at, stop) if "=" in self.lines[n][:8].lstrip("+ ")[:1]]
            self._add(stop, "table", heads[0] + 1 if heads else self.at)
        elif _SIMPLE.match(line):
            rules = [n for n in range(self.at, self._simple_stop()) if _SIMPLE.match(self.lines[n])]
            stop = rules[-1] + 1
            self._add(stop, "table", rules[1] + 1 if len(rules) > 2 else self.at)
        else:
            return False
        self.at = stop
        return True

    def _simple_stop(self) -> int:
        """Behind the third rule, or the first one that a blank line follows; else behind this."""
        rules = 1
        for number in range(self.at + 1, len(self.lines)):
            if _SIMPLE.match(self.lines[number]):
                rules += 1
                below = self.lines[number + 1] if number + 1 < len(self.lines) else ""
                if not below or rules == 3:
                    return number + 1
        return self.at + 1

    def _paragraph(self) -> None:
        """Lines up to a blank one; a list or a literal block takes what is indented below it."""
        stop = self.at
        while stop < len(self.lines) and self.lines[stop] and not self._title_at(stop):
            stop += 1
        stop = max(stop, self.at + 1)
        if _BULLET.match(self._line(0)):
            stop = self._items(stop)
            self._add(stop, "list")
        elif self.lines[stop - 1].endswith("::"):
            stop = self._indented(stop)
            self._add(stop, "paragraph")
        else:
            self._add(stop, "paragraph")
        self.at = stop

    def _title_at(self, index: int) -> bool:
        """Whether an underlined title starts here, inside what looks like one paragraph."""
        below = self.lines[index + 1] if index + 1 < len(self.lines) else ""
        return (
            index > self.at
            and bool(_RULE.match(below))
            and not _RULE.match(self.lines[index])
            and not self.lines[index][0].isspace()
            and len(below) >= len(self.lines[index])
        )

    def _items(self, stop: int) -> int:
        """The end of a list: its items may be separated by blank lines and hold indented ones."""
        while True:
            stop = self._indented(stop)
            following = stop
            while following < len(self.lines) and not self.lines[following]:
                following += 1
            if following >= len(self.lines) or not _BULLET.match(self.lines[following]):
                return stop
            stop = following
            while stop < len(self.lines) and self.lines[stop]:
                stop += 1

    def _indented(self, start: int) -> int:
        """The end of the indented lines from `start` on, blank lines between them included."""
        stop = start
        for number in range(start, len(self.lines)):
            line = self.lines[number]
            if line and not line[0].isspace():
                break
            if line:
                stop = number + 1
        return stop

    def _add(self, stop: int, kind: BlockKind, header_stop: int | None = None) -> None:
        text = "\n".join(self.lines[self.at : stop]).rstrip()
        header = "\n".join(self.lines[self.at : header_stop]) if header_stop else ""
        if text.strip():
            self.blocks.append(Block(text, kind, self._sections.path, self.at + 1, None, header))


def _plain(title: str) -> str:
    """The words of a title without its inline markup."""
    return " ".join(re.sub(r":[\w-]+:`([^`<]+)[^`]*`|[`*]", r"\1", title).split())
