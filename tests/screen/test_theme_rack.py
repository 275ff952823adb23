"""A theme file that is edited while it is worn."""

from __future__ import annotations

import os
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widgets import Input

from argo_tui.theming.rack import ThemeRack
from engine.paths import shipped
from tests.screen.test_themes import GOOD, write


class Edited(App[None]):
    """Wears `mine` from a directory; a test edits the file and lets a poll pass."""

    def __init__(self, directory: Path, wanted: str = "mine") -> None:
        super().__init__()
        self.rack = ThemeRack(self, (shipped("themes"), directory))
        self.wanted = wanted
        self.said: list[str] = []

    def compose(self) -> ComposeResult:
        yield Input("text")

    def on_mount(self) -> None:
        self.said += self.rack.wear(self.wanted)

    def background(self) -> str:
        return self.screen.styles.background.hex


def edit(app: Edited, directory: Path, text: str) -> None:
    """Save the file, later than before whatever the clock's grain; then one poll."""
    path = directory / "mine.toml"
    before = path.stat().st_mtime_ns
    path.write_text(text, "utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))
    app.said = list(app.rack.wear_changes())


async def test_an_edited_theme_is_worn_at_once(tmp_path: Path) -> None:
    app = Edited(write(tmp_path, GOOD))
    async with app.run_test(size=(30, 5)) as pilot:
        assert (app.background(), app.said) == ("#101010", [])
        edit(app, tmp_path, GOOD.replace("#101010", "#002244"))
        await pilot.pause()
        assert (app.background(), app.said) == ("#002244", [])


async def test_a_theme_that_is_wrong_for_a_while_stays_and_lives_again_when_mended(
    tmp_path: Path,
) -> None:
    app = Edited(write(tmp_path, GOOD))
    async with app.run_test(size=(30, 5)) as pilot:
        edit(app, tmp_path, GOOD.replace("#dddddd", "blurple"))
        await pilot.pause()
        assert (app.theme, app.background()) == ("mine", "#101010")
        (said,) = app.said
        assert "mine.toml: foreground: «blurple» is not a colour" in said
        assert said.endswith("It stays as it was before.")
        edit(app, tmp_path, GOOD.replace("#101010", "#002244"))
        await pilot.pause()
        assert (app.theme, app.background(), app.said) == ("mine", "#002244", [])


async def test_a_theme_that_was_wrong_from_the_start_is_worn_once_it_is_mended(
    tmp_path: Path,
) -> None:
    app = Edited(write(tmp_path, "name = "))
    async with app.run_test(size=(30, 5)) as pilot:
        assert app.theme == "midnight"
        assert "The theme is left out." in app.said[0]
        edit(app, tmp_path, GOOD)
        await pilot.pause()
        assert (app.theme, app.background(), app.said) == ("mine", "#101010", [])


async def test_an_edit_does_not_take_off_what_was_put_on_since(tmp_path: Path) -> None:
    app = Edited(write(tmp_path, GOOD))
    async with app.run_test(size=(30, 5)) as pilot:
        app.theme = "paper"
        await pilot.pause()
        edit(app, tmp_path, GOOD.replace("#101010", "#002244"))
        await pilot.pause()
        assert app.theme == "paper"


async def test_a_theme_that_is_deleted_gives_way_to_the_default(tmp_path: Path) -> None:
    app = Edited(write(tmp_path, GOOD))
    async with app.run_test(size=(30, 5)) as pilot:
        (tmp_path / "mine.toml").unlink()
        said = app.rack.wear_changes()
        await pilot.pause()
        assert app.theme == "midnight"
        assert said == ("There is no theme «mine».",)
