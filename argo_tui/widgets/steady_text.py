"""Text that is drawn again only where it changed.

`Content` compares by its characters alone; here a change of style counts too. Not responsible for
what is said.
"""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class SteadyText(Static):
    """A Static for text that is put many times a second."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(Content(""), id=id, classes=classes)
        self._text = Content("")

    @property
    def text(self) -> Content:
        """What is shown."""
        return self._text

    def put(self, text: Content) -> None:
        """Show it."""
        if not self._text.is_same(text):
            self._text = text
            self.update(text)
