"""One passage in full, with what was quoted from it and how it was found.

Not responsible for finding or citing it (the engine).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Click, Resize
from textual.screen import ModalScreen
from textual.widgets import Static

from argo_tui.numbers import share
from argo_tui.quotes import find_quotes
from argo_tui.widgets.key_line import KeyLine
from engine.events import Passage

MARK, CURRENT = "$foreground on $accent-muted", "bold $background on $accent"


class PassageScreen(ModalScreen[None]):
    """Docked to the right; quotes marked, the current one stronger."""

    CSS_PATH = "../styles/passage.tcss"
    BINDING_GROUP_TITLE = "Passage"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "quote(1)", "Next quote", id="passage.next"),
        Binding("p", "quote(-1)", "Previous", id="passage.previous"),
        Binding("c", "copy", "Copy", id="passage.copy"),
        Binding("escape,q", "close", "Close", id="passage.close"),
    ]

    def __init__(self, passage: Passage, quotes: Sequence[str] = ()) -> None:
        super().__init__()
        self.passage = passage
        self.spans = find_quotes(passage.text, quotes)
        self.current = 0
        """Index of the current quote in `spans`."""

    def compose(self) -> ComposeResult:
        """Head, text, keys."""
        with Vertical(id="passage"):
            yield Static(head(self.passage), id="passage-head", markup=False)
            with VerticalScroll(id="passage-body"):
                yield Static(self._text(), id="passage-text", markup=False)
            yield Static("", id="passage-count", markup=False)
            yield KeyLine()

    def on_mount(self) -> None:
        """Start at the first quote."""
        self.query_one("#passage-body").focus()
        self._show()

    def on_resize(self, event: Resize) -> None:
        """All of the screen where it is narrow."""
        self.set_class(event.size.width < 100, "-narrow")
        self.call_after_refresh(self._scroll)

    def on_click(self, event: Click) -> None:
        """A click beside the passage closes it."""
        if event.widget is self:
            self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No quotes, nothing to go to."""
        return action != "quote" or len(self.spans) > 1

    def action_quote(self, by: int) -> None:
        """Go to the next or previous quote, round the ends."""
        self.current = (self.current + by) % len(self.spans)
        self._show()

    def action_copy(self) -> None:
        """Put the text on the clipboard, and say so: the terminal does not."""
        self.app.copy_to_clipboard(self.passage.text)
        self.notify(
            f"Passage [{self.passage.number}] is sent to the clipboard of your terminal, "
            f"{len(self.passage.text)} characters. In tmux: set -g set-clipboard on",
            markup=False,
        )

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)

    def _show(self) -> None:
        self.query_one("#passage-text", Static).update(self._text())
        count = self.query_one("#passage-count", Static)
        count.display = bool(self.spans)
        count.update(f"quote {self.current + 1} of {len(self.spans)}")
        self.call_after_refresh(self._scroll)

    def _text(self) -> Content:
        content = Content(self.passage.text)
        for index, (start, end) in enumerate(self.spans):
            content = content.stylize(CURRENT if index == self.current else MARK, start, end)
        return content

    def _scroll(self) -> None:
        """Bring the current quote to the upper third."""
        if not self.spans or not self.is_attached:
            return
        body, text = self.query_one("#passage-body"), self.query_one("#passage-text")
        before = Content(self.passage.text)[: self.spans[self.current][0] + 1]
        line = before.get_height(text.styles.get_rules(), text.content_size.width) - 1
        body.scroll_to(y=max(0, line - body.size.height // 3), animate=False)


def head(passage: Passage) -> Content:
    """Number, document and sections; place; scores under their own names."""
    sections = [part for part in passage.section if part != passage.document]
    place = passage.source
    if passage.page is not None:
        place += f", page {passage.page}"
    elif passage.line is not None:
        place += f":{passage.line}"
    return Content.assemble(
        (f"[{passage.number}] ", "bold $accent"),
        (passage.document, "bold"),
        *((f" › {part}", "") for part in sections),
        "\n",
        (place, "$text-muted"),
        "\n",
        *_score("dense", share(passage.dense)),
        *_score("lexical", f"{passage.lexical:.1f}" if passage.lexical else "not found by words"),
        *_score("fused", share(passage.fused)),
    )


def _score(name: str, value: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (f"{name} ", "$text-muted"), (f"{value}   ", "")
