"""The themes an app may wear, registered from files and registered again when a file changes.

Polled: no thread, no dependency. Not responsible for reading themes (argo_tui.themes).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from textual.app import App

from argo_tui.themes import load_themes
from engine.config import Settings


class ThemeRack:
    """Remembers when each file was last changed."""

    def __init__(self, app: App[Any], directories: Sequence[Path]) -> None:
        self._app = app
        self._directories = directories
        self._seen: dict[Path, int] = {}

    def wear(self, wanted: str) -> tuple[str, ...]:
        """Register every theme and put one on. What is wrong with files or name is returned."""
        self._seen = self._times()
        themes, messages = load_themes(self._directories)
        for name in set(self._app.available_themes) - set(themes):
            self._app.unregister_theme(name)
        for theme in themes.values():
            self._app.register_theme(theme)
        if wanted not in themes:
            messages = (*messages, f"There is no theme «{wanted}».")
            wanted = self._app.theme if self._app.theme in themes else Settings().theme
        if self._app.theme == wanted:
            # The name stays, so Textual would not notice that the colours are new.
            self._app.mutate_reactive(App.theme)
        self._app.theme = wanted
        return messages

    def wear_changes(self) -> tuple[str, ...]:
        """The same theme again where a file came, went or changed."""
        return self.wear(self._app.theme) if self._times() != self._seen else ()

    def _times(self) -> dict[Path, int]:
        times: dict[Path, int] = {}
        for directory in self._directories:
            for path in directory.glob("*.toml"):
                with suppress(OSError):
                    times[path] = path.stat().st_mtime_ns
        return times
