"""Where questions are typed: grows with its text, keeps a history, sends with enter.

Not responsible for asking (the screen does on `Sent`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from engine.text import clean

LONGEST_PASTE = 20_000
"""Characters; a question is not a document."""


class Prompt(TextArea):
    """A text area that sends."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "Send", id="prompt.send"),
        Binding(
            "ctrl+j,shift+enter,alt+enter", "newline", "New line", id="prompt.newline", show=False
        ),
        Binding("up", "older", "Earlier question", id="prompt.older", show=False),
        Binding("down", "newer", "Later question", id="prompt.newer", show=False),
    ]

    class Sent(Message):
        """A question."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(
            id=id,
            compact=True,
            highlight_cursor_line=False,
            placeholder="Ask about O-RAN",
        )
        self._history: list[str] = []
        self._at = 0
        self._kept = ""

    def remember(self, questions: Iterable[str]) -> None:
        """Earlier questions, oldest first, before those of this session."""
        self._history = [*questions, *self._history]
        self._at = len(self._history)

    def action_send(self) -> None:
        """Hand the question over and start a new one."""
        if text := self.taken():
            self.post_message(self.Sent(text))

    def taken(self) -> str:
        """What was typed, which is gone from here then; empty where there is nothing."""
        text = clean(self.text).strip()
        if text:
            if not self._history or self._history[-1] != text:
                self._history.append(text)
            self._at, self._kept = len(self._history), ""
            self.clear()
        return text

    def action_newline(self) -> None:
        """Break the line."""
        self.insert("\n")

    def action_older(self) -> None:
        """Up a line, or to the question before."""
        if not self.cursor_at_first_line or not self._history:
            self.action_cursor_up()
        elif self._at > 0:
            if self._at == len(self._history):
                self._kept = self.text
            self._show(self._at - 1)

    def action_newer(self) -> None:
        """Down a line, or to the question after."""
        if not self.cursor_at_last_line or self._at >= len(self._history):
            self.action_cursor_down()
        else:
            self._show(self._at + 1)

    def _show(self, index: int) -> None:
        self._at = index
        self.text = self._history[index] if index < len(self._history) else self._kept
        self.move_cursor(self.document.end)

    async def _on_key(self, event: events.Key) -> None:
        # A binding that the screen runs would overtake letters that are still queued here, as they
        # are on a slow line: «teh», two rubbed out, «he» would become «tehhe».
        bound = self.screen.active_bindings.get(event.key)
        if bound is not None and bound.node is self:
            event.stop()
            event.prevent_default()
            await self.run_action(bound.binding.action)

    async def _on_paste(self, event: events.Paste) -> None:
        """Clean what comes in, and keep it to a length a prompt can have."""
        # Textual calls the handler of the base class by itself, after this one.
        event.text = clean(event.text[:LONGEST_PASTE])
