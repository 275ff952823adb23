"""Markdown in our dress: no links, citations in the accent colour, doubtful sentences underlined.

Not responsible for when a block is rendered (argo_tui.widgets.answer).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from textual.content import Content
from textual.widgets import Markdown
from textual.widgets._markdown import MarkdownBlock, MarkdownParagraph

from argo_tui.widgets.answer import mark


def parser() -> MarkdownIt:
    """Markdown without links, pictures and HTML: untrusted text has no use for them."""
    plain = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return plain.disable(["link", "image", "autolink", "reference", "html_inline", "html_block"])


class MarkedParagraph(MarkdownParagraph):
    """A paragraph that knows citations."""

    def set_content(self, content: Content) -> None:
        """Marks go on when the text is known."""
        owner = self._markdown
        doubtful = owner.doubtful if isinstance(owner, AnswerMarkdown) else ()
        super().set_content(mark(content, doubtful))


class AnswerMarkdown(Markdown):
    """Markdown in our dress."""

    BLOCKS = Markdown.BLOCKS | {"paragraph_open": MarkedParagraph}

    def __init__(self, text: str, doubtful: Sequence[str] = ()) -> None:
        self.doubtful = tuple(_plain(sentence) for sentence in doubtful)
        super().__init__(text, parser_factory=parser, open_links=False)

    def get_block_class(self, block_name: str) -> type[MarkdownBlock]:
        """Ours where there is one."""
        return self.BLOCKS[block_name]


def _plain(sentence: str) -> str:
    """As the sentence reads once rendered."""
    text = re.sub(r"^\s*(?:[-*+]|\d+[.)])\s+", "", sentence.strip())
    return re.sub(r"[*`]|__", "", re.sub(r"\s+", " ", text))
