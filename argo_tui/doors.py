"""The screens that open over the chat: what each is given, and what it leaves behind.

Screens are imported when they are opened, for the first frame must not wait for them. Not
responsible for carrying out what a screen leaves behind (argo_tui.app).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from textual.app import App

from argo_tui.parts import Parts
from argo_tui.run_view import RunView
from argo_tui.widgets.sources import presentable
from engine.layers import Configuration
from engine.paths import Home


class Doors:
    """Opens screens on an app. The waiting ones are called from a worker."""

    def __init__(self, app: App[Any], parts: Parts, home: Home) -> None:
        self._app = app
        self._parts = parts
        self._home = home

    def help(self) -> None:
        """Keys that work on the screen in front."""
        from argo_tui.screens.help import HelpScreen

        self._app.push_screen(HelpScreen.of(self._app.screen))

    def passage(self, view: RunView, number: int) -> None:
        """One passage in full; nothing where the run has none of that number."""
        from argo_tui.screens.passage import PassageScreen

        if passage := view.passages().get(number):
            self._app.push_screen(PassageScreen(presentable(passage), view.quotes(number)))

    async def confirm(self, title: str, text: str, yes: str, no: str) -> bool:
        """Whether the user says yes."""
        from argo_tui.screens.confirm import ConfirmScreen

        return await self._app.push_screen_wait(ConfirmScreen(title, text, yes, no))

    async def settings(
        self, configuration: Configuration, *, running: bool
    ) -> tuple[Mapping[str, Any], bool]:
        """What was changed, by dotted key, and whether it was saved."""
        from argo_tui.screens.settings import SettingsScreen

        statuses = self._parts.statuses(configuration.settings)
        screen = SettingsScreen(configuration, statuses, self._home, running)
        changes = await self._app.push_screen_wait(screen)
        return changes or {}, screen.saved

    async def runs(self) -> str | None:
        """The run to show again. Raises StoreError."""
        from argo_tui.screens.runs import RunsScreen
        from engine.runs import RunStore

        with closing(RunStore.open(self._home.runs)) as store:
            return await self._app.push_screen_wait(RunsScreen(store))
