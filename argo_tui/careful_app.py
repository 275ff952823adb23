"""What every full-screen program here takes care of: themes, lost terminals, defects, last looks.

Not responsible for what is shown (argo_tui.app, argo_tui.replay_app, argo_tui.audience_app) or for
the process around it (argo_tui.program).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from textual.app import App, SystemCommand
from textual.filter import LineFilter
from textual.screen import Screen

from argo_tui import palette
from argo_tui.interrupt import end_without_terminal
from argo_tui.line_filters import last_look
from argo_tui.theming.rack import ThemeRack
from engine.config import Settings
from engine.paths import Home, shipped

ReportCrash = Callable[[BaseException], Path]
_WATCH_S = 1.0


class CarefulApp(App[None]):
    """The base of the three programs; each binds its own keys."""

    CSS_PATH = "styles/app.tcss"

    def __init__(self, home: Home, report_crash: ReportCrash) -> None:
        super().__init__()
        self.crash: Path | None = None
        self.left_behind = False
        self._report_crash = report_crash
        self._rack = ThemeRack(self, (shipped("themes"), home.themes))

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's, and after them what no terminal may be sent."""
        return last_look(super().get_line_filters(), os.environ)

    def watch_over(self, settings: Settings) -> None:
        """Wear the theme, follow its file, and end with the terminal."""
        if not settings.screen.motion:
            self.animation_level = "none"
        self.wear(settings)
        self.set_interval(_WATCH_S, lambda: self.complain(self._rack.wear_changes()))
        if not self.is_headless:
            self.set_interval(_WATCH_S, end_without_terminal)

    def wear(self, settings: Settings) -> None:
        """The theme of the settings; what is wrong with it is said."""
        self.complain(self._rack.wear(settings.theme))

    def complain(self, messages: Iterable[str]) -> None:
        """Say each for a while, above the screen."""
        for message in messages:
            self.notify(message, severity="warning", markup=False)

    def action_help(self) -> None:
        """Keys that work on the screen in front."""
        from argo_tui.screens.help import HelpScreen

        self.push_screen(HelpScreen.of(self.screen))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every action and theme."""
        yield from palette.actions(self, screen)
        yield from palette.themes(self)

    def _fatal_error(self) -> None:
        # Textual would print local variables, which are questions and documents.
        if (error := sys.exc_info()[1]) is not None:
            self.crash = self._report_crash(error)
        self._close_messages_no_wait()
