"""An answer while it streams and when it is done.

Closed blocks are rendered as Markdown once, the open one is plain text: Textual re-mounts a
growing list on every append. Markdown is imported with the first block, so that the first frame
of the program does not wait for it. Citations stand in the accent colour, sentences that no passage
supports are underlined. Not responsible for sources or figures (argo_tui.widgets.turn).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from argo_tui.widgets.ink import Ink

CITATION = re.compile(r"\[\d+(?:\s*,\s*\d+)*\]")
_FENCE = re.compile(r"^ {0,3}(```|~~~)", re.MULTILINE)


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
            from argo_tui.widgets.answer_markdown import AnswerMarkdown

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
            from argo_tui.widgets.answer_markdown import AnswerMarkdown

            self.mount(AnswerMarkdown(text, doubtful))

    def _forget(self) -> None:
        self._fixed = ""
        for block in self.query("AnswerMarkdown"):
            block.remove()
