"""The themes an app may wear, registered from files and registered again when a file changes.

A file that is edited is wrong for a while: its last good colours stay on, and come to life again
when it is mended. Polled: no thread, no dependency. Not responsible for reading themes
(argo_tui.theming.files).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from textual.app import App
from textual.theme import Theme

from argo_tui.theming.files import read_theme, theme, theme_files
from engine.config import Settings


class ThemeRack:
    """Remembers when each file was last changed, and what it last said."""

    def __init__(self, app: App[Any], directories: Sequence[Path]) -> None:
        self._app = app
        self._directories = directories
        self._seen: dict[Path, int] = {}
        self._good: dict[Path, Theme] = {}
        self._wanted = ""
        self._worn = ""

    def wear(self, wanted: str) -> tuple[str, ...]:
        """Register every theme and put one on. What is wrong with files or name is returned."""
        self._seen = self._times()
        messages = self._read()
        themes = {good.name: good for good in self._good.values()}
        for name in set(self._app.available_themes) - set(themes):
            self._app.unregister_theme(name)
        for good in themes.values():
            self._app.register_theme(good)
        self._wanted = wanted
        if wanted not in themes:
            messages.append(f"There is no theme «{wanted}».")
            wanted = self._app.theme if self._app.theme in themes else Settings().theme
        if self._app.theme == wanted:
            # The name stays, so Textual would not notice that the colours are new.
            self._app.mutate_reactive(App.theme)
        self._app.theme = self._worn = wanted
        return tuple(messages)

    def wear_changes(self) -> tuple[str, ...]:
        """The same theme again where a file came, went or changed.

        Also one that was asked for and could not be read: it may be whole now.
        """
        if self._times() == self._seen:
            return ()
        return self.wear(self._wanted if self._app.theme == self._worn else self._app.theme)

    def _read(self) -> list[str]:
        """Bring `_good` up to date, in the order in which files replace each other."""
        before, self._good = self._good, {}
        messages = []
        for path in theme_files(self._directories):
            file, problems = read_theme(path)
            good = theme(file) if file is not None else before.get(path)
            if good is not None:
                self._good[path] = good
            end = "The theme is left out." if good is None else "It stays as it was before."
            messages += [f"{problem} {end}" for problem in problems]
        return messages

    def _times(self) -> dict[Path, int]:
        times: dict[Path, int] = {}
        for path in theme_files(self._directories):
            with suppress(OSError):
                times[path] = path.stat().st_mtime_ns
        return times
