"""The program of `argo-tui replay`: one screen, no engine, no model.

Not responsible for playing (argo_tui.screens.replay) or for finding the recording
(argo_tui.commands.replay).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from argo_tui import palette
from argo_tui.crash import write_report
from argo_tui.program import carry
from argo_tui.screens.replay import ReplayScreen
from argo_tui.theme_rack import ThemeRack
from engine.config import Settings
from engine.events import Event
from engine.paths import Home, shipped


class ReplayApp(App[None]):
    """Plays one recording and ends when it is left."""

    TITLE = "argo-tui replay"
    CSS_PATH = "styles/app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", id="app.help", priority=True),
        Binding("ctrl+q", "quit", "Quit", id="app.quit", priority=True),
    ]

    def __init__(self, screen: ReplayScreen, settings: Settings, home: Home) -> None:
        super().__init__()
        self.crash: Path | None = None
        self.left_behind = False
        self._replay = screen
        self._settings = settings
        self._home = home
        self._rack = ThemeRack(self, (shipped("themes"), home.themes))

    def on_mount(self) -> None:
        """In the theme and with the keys of the settings."""
        self._complain(self._rack.wear(self._settings.theme))
        keymap = self._settings.screen.keys
        self.set_keymap(keymap)
        self.push_screen(self._replay, lambda _: self.exit())
        self.set_interval(1.0, lambda: self._complain(self._rack.wear_changes()))

    def action_help(self) -> None:
        """Keys that work now."""
        from argo_tui.screens.help import HelpScreen

        self.push_screen(HelpScreen.of(self.screen))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every action and theme."""
        yield from palette.actions(self, screen)
        yield from palette.themes(self)

    def _complain(self, messages: Iterable[str]) -> None:
        for message in messages:
            self.notify(message, severity="warning", markup=False)

    def _fatal_error(self) -> None:
        # Textual would print local variables, which are questions and documents.
        if (error := sys.exc_info()[1]) is not None:
            self.crash = write_report(self._home.data / "crash", error)
        self._close_messages_no_wait()


def run(events: Sequence[Event], title: str, speed: int, *, settings: Settings, home: Home) -> int:
    """Play until it is left; the exit status."""
    return carry(ReplayApp(ReplayScreen(events, title, speed=speed), settings, home), home)
