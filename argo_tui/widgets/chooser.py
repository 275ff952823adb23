"""One of a few words on a line, changed in place; the words of each may be explained below it.

Not responsible for what a choice means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import set_cell_size
from textual import events
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from argo_tui.widgets.ink import Ink, Piece, content
from argo_tui.widgets.slider import LABEL, SYMBOL_FROM


class Chooser(Widget, can_focus=True):
    """Left and right, or a click on either half, go to the neighbouring word."""

    ALLOW_SELECT = False
    BINDING_GROUP_TITLE = "A choice"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", "The one before", id="choice.before", show=False),
        Binding("right,enter,space", "turn(1)", "Another", id="choice.after", key_display="←→"),
    ]
    DEFAULT_CSS = """
    Chooser { height: 1; width: 1fr; }
    Chooser:focus { background: $block-cursor-background; }
    Chooser:hover { background: $block-hover-background; }
    """

    value: reactive[str] = reactive("")
    before: reactive[str] = reactive("")
    """The word in force."""

    @dataclass
    class Chosen(Message):
        """Another word."""

        chooser: Chooser
        value: str

    def __init__(self, name: str, label: str, values: Sequence[str]) -> None:
        super().__init__(name=name)
        self._label = label
        self._values = tuple(values)

    def show(self, value: str, before: str) -> None:
        """Bring the line up to date."""
        self.value, self.before = value, before

    def render(self) -> RenderResult:
        """Label and word, aligned with sliders of the same width."""
        changed = self.value != self.before
        place = f"{self._values.index(self.value) + 1}/{len(self._values)}"
        pieces: list[Piece] = [
            ("▎", Ink.ACCENT) if self.has_focus else (" ", Ink.PLAIN),
            ("• ", Ink.ACCENT) if changed else ("  ", Ink.PLAIN),
            ("    " if self.size.width >= SYMBOL_FROM else "", Ink.PLAIN),
            (set_cell_size(self._label, LABEL - 2), Ink.PLAIN),
            ("‹ " if self.has_focus else "  ", Ink.ACCENT),
            (self.value, "bold" if changed else Ink.PLAIN),
            (" ›" if self.has_focus else "  ", Ink.ACCENT),
        ]
        used = sum(len(text) for text, _ in pieces)
        gap = self.size.width - used - len(place) - 1
        if gap > 0:
            pieces.append((" " * gap + place, Ink.FAINT))
        return content(pieces)

    def on_focus(self) -> None:
        """The arrows show it."""
        self.refresh()

    def on_blur(self) -> None:
        """Without arrows."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """The next word, or on the left half the one before."""
        self.action_turn(1 if event.x * 2 >= self.size.width else -1)

    def action_turn(self, by: int) -> None:
        """To a neighbour, round the ends."""
        place = self._values.index(self.value) + by
        self.value = self._values[place % len(self._values)]
        self.post_message(self.Chosen(self, self.value))
