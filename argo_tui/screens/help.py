"""What ARGO is, the keys that work now, and what colours and marks mean.

The keys come from the bindings of the screen that asked. Not responsible for the bindings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Click, Resize
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from argo_tui.keyboard.active import USUAL, KeyGroup, key_groups
from argo_tui.widgets.ink import OF_ACTION, Ink
from argo_tui.widgets.key_line import KeyLine
from engine.events import Action

ABOUT = (
    "ARGO answers questions about O-RAN step by step. A small decision process looks at how much "
    "is known so far, U, and takes the next action: it retrieves (writes a sub-query, searches "
    "the documents, answers from the passages), reasons (from what was found, or from the "
    "model's own knowledge), or stops and writes the answer. Every sentence shows what supports "
    "it; where the documents do not say, it says so."
)

LEGEND: tuple[tuple[str, Ink, str], ...] = (
    ("retrieve", OF_ACTION[Action.RETRIEVE], "search the documents"),
    ("reason", OF_ACTION[Action.REASON], "think without searching"),
    ("stop", OF_ACTION[Action.STOP], "write the answer"),
    ("━━◆━━", Ink.ACCENT, "U, and the action that wins there"),
    ("[1]", Ink.ACCENT, "the passage that supports it"),
    ("underlined", Ink.DOUBT, "not supported well enough"),
    ("✓", Ink.GOOD, "found in the passages"),
    ("✗", Ink.WARN, "not found there"),
    ("•", Ink.ACCENT, "changed, not saved"),
)

_KEYS = 13
_TWO_COLUMNS_FROM = 100


class HelpScreen(ModalScreen[None]):
    """Scrolls; two columns where there is room."""

    CSS_PATH = "../styles/help.tcss"
    BINDING_GROUP_TITLE = "Help"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f1,question_mark", "close", "Close", id="help.close"),
    ]

    def __init__(
        self,
        groups: Sequence[KeyGroup],
        legend: Sequence[tuple[str, Ink, str]] = LEGEND,
    ) -> None:
        super().__init__()
        self._groups = tuple(groups)
        self._legend = tuple(legend)

    @classmethod
    def of(cls, screen: Screen[Any]) -> HelpScreen:
        """Help for a screen as it is now: its focus decides which keys come first."""
        return cls(key_groups(screen))

    def compose(self) -> ComposeResult:
        """What ARGO is, two columns, keys."""
        usual = [_keys(group) for group in self._groups if group.title == USUAL]
        others = [_keys(group) for group in self._groups if group.title != USUAL]
        with Vertical(id="help"):
            yield Static("Help", id="help-title", markup=False)
            with VerticalScroll(id="help-body"):
                yield Static(ABOUT, id="help-about", markup=False)
                with Horizontal(id="help-columns"):
                    for column in (others, [_legend(self._legend), *usual]):
                        yield Static(Content("\n\n").join(column), classes="column", markup=False)
            yield KeyLine()

    def on_mount(self) -> None:
        """The arrows scroll."""
        self.query_one("#help-body").focus()

    def on_resize(self, event: Resize) -> None:
        """One column below the other where it is narrow."""
        self.set_class(event.size.width < _TWO_COLUMNS_FROM, "-narrow")

    def on_click(self, event: Click) -> None:
        """A click beside the help closes it."""
        if event.widget is self:
            self.dismiss(None)

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)


def _keys(group: KeyGroup) -> Content:
    lines = [Content.styled(group.title, "bold $text-muted")]
    for key in group.keys:
        gap = " " * max(2, _KEYS - cell_len(key.keys))
        lines.append(Content.assemble((key.keys, "$accent"), gap, key.description))
    return Content("\n").join(lines)


def _legend(legend: Sequence[tuple[str, Ink, str]]) -> Content:
    lines = [Content.styled("Colours and marks", "bold $text-muted")]
    for mark, ink, meaning in legend:
        gap = " " * max(2, _KEYS - cell_len(mark))
        lines.append(Content.assemble((mark, str(ink)), gap, meaning))
    return Content("\n").join(lines)
