"""Screens one after the other with hostile text everywhere: `python -m tests.gallery DIRECTORY`.

The text has passed the engine's door (engine.text), as all text of runs has; but messages show it
as it is. Not a test.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from textual import work
from textual.app import App
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widgets import OptionList

from argo_tui.line_filters import last_look
from argo_tui.run_view import RunView
from argo_tui.screens.confirm import ConfirmScreen
from argo_tui.screens.passage import PassageScreen
from argo_tui.screens.runs import RunsScreen
from argo_tui.terminal import quiet
from argo_tui.theming.files import load_themes
from argo_tui.widgets.ink import shorten
from argo_tui.widgets.sources import presentable
from engine.events import Event, RunStarted
from engine.paths import shipped
from engine.runs import RunStore
from engine.text import clean
from tests import samples
from tests.hostile import HOSTILE
from tests.poison import poisoned

SHOWN = "shown"


class Gallery(App[None]):
    """Ends with any key; makes a file called `SHOWN` once everything was shown."""

    CSS = "Screen { background: $background; color: $foreground; }"

    def __init__(self, store: RunStore, directory: Path) -> None:
        super().__init__()
        self._store = store
        self._shown = directory / SHOWN

    def get_line_filters(self) -> tuple[LineFilter, ...]:
        """As the app has them."""
        return last_look(super().get_line_filters(), {})

    def on_mount(self) -> None:
        """In a shipped theme."""
        for theme in load_themes([shipped("themes")])[0].values():
            self.register_theme(theme)
        self.theme = "midnight"
        self._show_all()

    @work
    async def _show_all(self) -> None:
        for name, raw in HOSTILE.items():
            text = clean(raw)
            run = RunView(name, "")
            for event in poisoned(text):
                run.apply(event)
            passage = presentable(run.passages()[1])
            await self._show(PassageScreen(passage, (text[:400],)))
            short = shorten(text, 600)
            await self._show(ConfirmScreen(short, short, short[:60], short[:60]))
            self.notify(shorten(raw, 600), markup=False, timeout=0.3)
        screen = RunsScreen(self._store)
        self.push_screen(screen)
        await self._drawn(screen)
        listed = screen.query_one(OptionList)
        for index in range(listed.option_count):
            listed.highlighted = index
            await self._drawn(screen)
        self._shown.touch()

    async def _show(self, screen: Screen[Any]) -> None:
        self.push_screen(screen)
        await self._drawn(screen)
        screen.dismiss(None)
        await asyncio.sleep(0)

    async def _drawn(self, screen: Screen[Any]) -> None:
        done = asyncio.Event()
        screen.call_after_refresh(done.set)
        await done.wait()

    def on_key(self) -> None:
        """It still listens."""
        self.exit(return_code=0 if self._shown.exists() else 1)


def main(directory: Path) -> int:
    """Record a run for every text, then show."""
    with closing(RunStore.open(directory / "runs.sqlite")) as store:
        for number, text in enumerate(HOSTILE.values()):
            for event in poisoned(clean(shorten(text, 20_000))):
                if isinstance(event, RunStarted) or event.at_ns >= samples.answered()[-3].at_ns:
                    store.write(_renamed(event, f"r{number}"))
        with quiet(directory / "native.log"):
            gallery = Gallery(store, directory)
            gallery.run()
    return gallery.return_code or 0


def _renamed(event: Event, run: str) -> Event:
    return msgspec.structs.replace(event, run=run)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
