"""Screens shown one after the other with hostile text in every place: `python -m tests.gallery`.

The text is not cleaned: as if a record, a recording or a settings file had brought it past the
engine's door. Not a test.
"""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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
from argo_tui.themes import load_themes
from argo_tui.widgets.ink import shorten
from argo_tui.widgets.sources import presentable
from engine.events import RunStarted
from engine.paths import shipped
from engine.runs import RunStore
from tests import samples
from tests.hostile import HOSTILE
from tests.poison import poisoned

DONE = "every picture was shown"


class Gallery(App[None]):
    """Ends with any key once `DONE` is shown."""

    CSS = "Screen { background: $background; color: $foreground; }"

    def __init__(self, store: RunStore) -> None:
        super().__init__()
        self._store = store

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
        for name, text in HOSTILE.items():
            run = RunView(name, "")
            for event in poisoned(text):
                run.apply(event)
            passage = presentable(run.passages()[1])
            await self._show(PassageScreen(passage, (text[:400],)))
            short = shorten(text, 600)
            await self._show(ConfirmScreen(short, short, short[:60], short[:60]))
            self.notify(short, markup=False, timeout=0.3)
        screen = RunsScreen(self._store)
        self.push_screen(screen)
        await self._drawn(screen)
        listed = screen.query_one(OptionList)
        for index in range(listed.option_count):
            listed.highlighted = index
            await self._drawn(screen)
        self.notify(DONE, markup=False)

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
        """Still there."""
        self.exit()


def main(directory: Path) -> None:
    """Record a run for every text, then show."""
    with closing(RunStore.open(directory / "runs.sqlite")) as store:
        for number, text in enumerate(HOSTILE.values()):
            short = shorten(text, 20_000).encode("utf-8", "replace").decode()
            for event in poisoned(short):
                if isinstance(event, RunStarted) or event.at_ns >= samples.answered()[-3].at_ns:
                    store.write(_renamed(event, f"r{number}"))
        with quiet(directory / "native.log"):
            Gallery(store).run()


def _renamed(event: Any, run: str) -> Any:
    import msgspec

    return msgspec.structs.replace(event, run=run)


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        main(Path(made))
