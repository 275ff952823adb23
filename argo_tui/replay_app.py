"""The program of `argo-tui replay`: one screen, no engine, no model.

Not responsible for playing (argo_tui.screens.replay) or for finding the recording
(argo_tui.commands.replay).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from argo_tui.careful_app import CarefulApp
from argo_tui.crash import write_report
from argo_tui.program import carry
from argo_tui.screens.replay import ReplayScreen
from engine.config import Settings
from engine.events import Event
from engine.paths import Home


class ReplayApp(CarefulApp):
    """Plays one recording and ends when it is left."""

    TITLE = "argo-tui replay"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", id="app.help", priority=True),
        Binding("ctrl+q", "quit", "Quit", id="app.quit", priority=True),
    ]

    def __init__(self, screen: ReplayScreen, settings: Settings, home: Home) -> None:
        super().__init__(home, lambda error: write_report(home.data / "crash", error))
        self._replay = screen
        self._settings = settings

    def on_mount(self) -> None:
        """In the theme and with the keys of the settings."""
        self.watch_over(self._settings)
        self.set_keymap(self._settings.screen.keys)
        self.push_screen(self._replay, lambda _: self.exit())


def run(events: Sequence[Event], title: str, speed: int, *, settings: Settings, home: Home) -> int:
    """Play until it is left; the exit status."""
    return carry(ReplayApp(ReplayScreen(events, title, speed=speed), settings, home), home)
