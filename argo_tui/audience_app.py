"""`argo-tui --read-only`: the audience's own session on the record that somebody else fills.

It lists runs as they come, shows and plays them. No model is loaded and nothing is written. Not
responsible for what is allowed (argo_tui.read_only) or for the screens.
"""

from __future__ import annotations

from contextlib import closing
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from argo_tui import read_only
from argo_tui.careful_app import CarefulApp
from argo_tui.crash import write_report
from argo_tui.program import carry
from argo_tui.screens.replay import ReplayScreen
from argo_tui.screens.runs import RunsScreen
from engine.config import Settings
from engine.errors import StoreError
from engine.paths import Home
from engine.runs import RunStore


class AudienceApp(CarefulApp):
    """The list of runs, and from there each run; leaving the list ends it."""

    TITLE = "argo-tui, read-only"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", id="app.help", priority=True),
        Binding("ctrl+q", "quit", "Quit", id="app.quit", priority=True),
    ]

    def __init__(self, store: RunStore, settings: Settings, home: Home) -> None:
        super().__init__(home, lambda error: write_report(home.data / "crash", error))
        self._store = store
        self._settings = settings

    def on_mount(self) -> None:
        """In the theme and with the keys of the settings."""
        self.watch_over(self._settings)
        self.set_keymap(self._settings.screen.keys)
        self._watch()

    @work
    async def _watch(self) -> None:
        while wish := await self.push_screen_wait(RunsScreen(self._store, watching=True)):
            try:
                events = self._store.events(wish.run)
            except StoreError as error:
                self.complain([str(error)])
                continue
            await self.push_screen_wait(ReplayScreen(events, wish.run))
        self.exit()


def run(settings: Settings, home: Home) -> int:
    """Until it is left; the exit status. Raises StoreError where there is no record."""
    with closing(read_only.record(home.runs)) as store:
        return carry(AudienceApp(store, settings, home), home)
