"""An answer while it streams and when it is done.

Closed blocks are rendered as Markdown once, the open one is plain text: Textual re-mounts a
growing list on every append. Citations stand in the accent colour, sentences that no passage
supports are underlined. Not responsible for sources or figures (argo_tui.widgets.turn).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Markdown, Static
from textual.widgets._markdown import MarkdownBlock, MarkdownParagraph

from argo_tui.widgets.ink import Ink

CITATION = re.compile(r"\[\d+(?:\s*,\s*\d+)*\]")
_FENCE = re.compile(r"^ {0,3}(```|~~~)", re.MULTILINE)


def parser() -> MarkdownIt:
    """Markdown without links, pictures and HTML: untrusted text has no use for them."""
    plain = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return plain.disable(["link", "image", "autolink", "reference", "html_inline", "html_block"])


def split_closed(text: str) -> tuple[str, str]:
    """The blocks that cannot change any more, and the open rest."""
    at = text.rfind("\n\n")
    while at > 0 and len(_FENCE.findall(text, 0, at)) % 2:
        at = text.rfind("\n\n", 0, at)
    return (text[:at], text[at:].lstrip("\n")) if at > 0 else ("", text)


def mark(content: Content, doubtful: Sequence[str]) -> Content:
    """Citations and doubtful sentences, visibly."""
    plain = content.plain
    for sentence in doubtful:
        start = plain.find(sentence)
        if start >= 0:
            content = content.stylize(str(Ink.DOUBT), start, start + len(sentence))
    return content.highlight_regex(CITATION, style=str(Ink.ACCENT))


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


class Answer(Vertical):
    """Takes the whole text so far each time; draws only what is new."""

    def __init__(self) -> None:
        super().__init__()
        self._open = Static(Content(""), classes="open-block")
        self._fixed = ""
        self._finished = False
        self._text = ""

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text

    def compose(self) -> ComposeResult:
        """The open block; closed ones are mounted above it."""
        yield self._open

    def stream(self, text: str, *, draft: bool) -> None:
        """Show the text so far. A text that does not continue the last one replaces it."""
        if self._finished or text == self._text:
            return
        self._text = text
        self._open.set_class(draft, "-draft")
        if not text.startswith(self._fixed):
            self._forget()
        closed, rest = split_closed(text)
        fresh = closed[len(self._fixed) :].strip("\n")
        if fresh:
            self.mount(AnswerMarkdown(fresh), before=self._open)
            self._fixed = closed
        self._open.update(mark(Content(rest), ()))

    def finish(self, text: str, doubtful: Sequence[str] = ()) -> None:
        """Show the final text as one Markdown document."""
        if self._finished:
            return
        self._finished = True
        self._text = text
        self._forget()
        self._open.display = False
        if text:
            self.mount(AnswerMarkdown(text, doubtful))

    def _forget(self) -> None:
        self._fixed = ""
        for block in self.query(AnswerMarkdown):
            block.remove()
