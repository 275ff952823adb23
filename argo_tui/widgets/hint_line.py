"""One quiet line of keys, in the order that matters, as they are mapped now.

Not responsible for the full list (screens.help).
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from argo_tui.widgets.ink import Ink, Piece, content, width


class HintLine(Widget):
    """The keys of the named actions; those that do not fit are left out."""

    ALLOW_SELECT = False

    hidden: reactive[frozenset[str]] = reactive(frozenset())
    """Actions that make no sense now."""

    def __init__(self, actions: Sequence[tuple[str, str]]) -> None:
        """`actions`: name of the action and what to call it, most important first."""
        super().__init__()
        self._actions = tuple(actions)

    def on_mount(self) -> None:
        """Follow focus and remapping."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def render(self) -> RenderResult:
        """As many as fit."""
        keys: dict[str, str] = {}
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            if enabled:
                keys.setdefault(binding.action, self.app.get_key_display(binding))
        pieces: list[Piece] = []
        for action, name in self._actions:
            if action not in keys or action in self.hidden:
                continue
            item: list[Piece] = [("   " if pieces else "", Ink.PLAIN), (keys[action], Ink.ACCENT)]
            item.append((f" {name}", Ink.MUTED))
            if width(pieces) + width(item) > self.content_size.width:
                break
            pieces += item
        return content(pieces) if pieces else Content("")

    def _changed(self, _: Screen[object]) -> None:
        self.refresh()
