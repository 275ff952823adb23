"""One quiet line of the keys that work now, made from the active bindings.

Unlike Textual's Footer it leaves out the program's own keys, drops what does not fit, and is one
widget. Not responsible for the full list of keys (screens.help).
"""

from __future__ import annotations

from textual.app import App, RenderResult
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget


class KeyLine(Widget):
    """Keys with a description, those of the focused widget first."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    KeyLine { height: 1; width: 1fr; padding: 0 2; color: $text-muted; }
    """

    def on_mount(self) -> None:
        """Follow focus and mode."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def render(self) -> RenderResult:
        """As many keys as fit; escape, the way out, always."""
        gap = "   " if self.size.width >= 70 else "  "
        items = self._items()
        last = items.pop("escape", None)
        room = self.size.width - (last.cell_length + len(gap) if last else 0)
        line = Content("")
        for item in items.values():
            more = Content(gap) + item if line else item
            if line.cell_length + more.cell_length > room:
                break
            line += more
        if last:
            line += Content(gap) + last if line else last
        return line

    def _items(self) -> dict[str, Content]:
        """Key and description, by key; one for each action."""
        items: dict[str, Content] = {}
        seen: set[str] = set()
        for node, binding, enabled, _ in self.screen.active_bindings.values():
            if isinstance(node, App) or not (binding.show and enabled) or binding.action in seen:
                continue
            seen.add(binding.action)
            name = (self.app.get_key_display(binding), "$accent")
            items[binding.key] = Content.assemble(name, " ", binding.description)
        return items

    def _changed(self, _: Screen[object]) -> None:
        self.refresh()
