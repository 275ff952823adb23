"""Show a theme while it is being chosen, and go back.

Not responsible for which themes there are (argo_tui.theming.files) or for keeping the choice.
"""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.theme import BUILTIN_THEMES


class ThemePreview:
    """Remembers the theme that was there when the choice began."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._before = app.theme

    def names(self) -> tuple[str, ...]:
        """This program's themes, without those that Textual brings."""
        return tuple(sorted(set(self._app.available_themes) - set(BUILTIN_THEMES)))

    def show(self, name: str) -> None:
        """Take it for now; an unknown one changes nothing."""
        if name in self._app.available_themes:
            self._app.theme = name

    def restore(self) -> None:
        """Back to the theme of the beginning."""
        self.show(self._before)
