"""A question with two answers. Not responsible for what the answer does."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from argo_tui.widgets.ink import Ink, content


class ConfirmScreen(ModalScreen[bool]):
    """Dismisses with True for yes. Escape and `n` mean no; enter takes the focused answer."""

    CSS_PATH = "../styles/confirm.tcss"
    BINDING_GROUP_TITLE = "Question"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes"),
        Binding("n,escape", "answer(False)", "No", id="confirm.no"),
        Binding("left,right,up,down", "app.focus_next", "Move", id="confirm.move", show=False),
    ]

    def __init__(self, title: str, text: str, yes: str = "Yes", no: str = "No") -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        """Title, text, and the answers, the safe one focused."""
        with Vertical(id="confirm"):
            yield Static(self._title, id="confirm-title", markup=False)
            yield Static(self._text, id="confirm-text", markup=False)
            with Horizontal(id="confirm-answers"):
                yield Button(_label(self._yes, "y"), id="yes", compact=True)
                yield Button(_label(self._no, "n"), id="no", compact=True)

    def on_mount(self) -> None:
        """The answer that loses nothing has the focus."""
        self.query_one("#no", Button).focus()

    def action_answer(self, answer: bool) -> None:
        """Dismiss with the answer."""
        self.dismiss(answer)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "yes")


def _label(text: str, key: str) -> Content:
    return content([(text, Ink.PLAIN), (f"  {key}", Ink.MUTED)])
