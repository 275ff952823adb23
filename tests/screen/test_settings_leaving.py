"""The settings screen by its keys: searching, saving, applying, leaving, and its looks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from argo_tui.screens.confirm import ConfirmScreen
from argo_tui.screens.settings import SettingsScreen
from argo_tui.theming.preview import ThemePreview
from argo_tui.widgets.setting_row import SettingRow
from engine import layers
from engine.layers import load, save
from engine.paths import Home
from tests.screen.panels import STATUSES, Host, home_in
from tests.screen.settings_panel import WIDE, go, host, line, row, said


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variables and no ./argo.toml of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("ARGO_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_in(tmp_path)


async def test_slash_filters_and_escape_shows_all(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.press("slash", *"bm25")
        await pilot.pause()
        shown = [each.key for each in app.screen.query(SettingRow) if each.display]
        assert shown == ["retrieval.min_lexical"]
        await pilot.press("enter")
        assert row(app, "retrieval.min_lexical").has_focus
        await pilot.press("escape")
        await pilot.pause()
        assert all(each.display for each in app.screen.query(SettingRow))
        assert app.result == "open"


async def test_a_filter_without_a_match_says_so(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.press("slash", *"zebra")
        await pilot.pause()
        assert app.screen.query_one("#settings-none").display
        await pilot.press("enter", "escape")
        await pilot.pause()
        assert not app.screen.query_one("#settings-none").display


async def test_a_filter_finds_a_profile_by_its_name(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.press("slash", *"smollm")
        await pilot.pause()
        assert [each.option for each in app.screen.query(SettingRow) if each.display] == ["135m"]


async def test_save_writes_the_user_s_file_and_says_where(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await go(app, pilot, "policy.mu")
        screen = app.screen
        assert isinstance(screen, SettingsScreen)
        await pilot.press("right", "ctrl+s")
        await pilot.pause()
        assert app.result == {"policy.mu": 0.65}
        assert screen.saved
        assert load(home).settings.policy.mu == 0.65
        assert any(str(home.settings) in note.message for note in app._notifications)


async def test_save_keeps_comments_and_says_so(home: Home) -> None:
    home.config.mkdir(parents=True)
    home.settings.write_text("# mine\ntheme = 'paper'  # light\n", "utf-8")
    app = host(home)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await go(app, pilot, "policy.mu")
        await pilot.press("right", "1", "ctrl+s")
        await pilot.pause()
        text = home.settings.read_text("utf-8")
        assert "# mine" in text
        assert "# light" in text
        found = load(home).settings
        assert (found.profile, found.theme, found.policy.mu) == ("3b", "paper", 0.65)
        assert any("comments were kept" in note.message for note in app._notifications)


async def test_a_failed_save_is_told_and_keeps_the_changes(home: Home) -> None:
    home.config.parent.mkdir(parents=True, exist_ok=True)
    home.config.write_text("a file where the directory should be")
    found = load(home_in(home.config.parent / "other"))
    app = Host(lambda: SettingsScreen(found, STATUSES, home, False))
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "policy.mu")
        await pilot.press("right", "ctrl+s")
        await pilot.pause()
        assert app.result == "open"
        assert str(home.settings) in said(app, "#settings-message")
        assert app.screen.query_one("#settings-message").display
        assert "0.65" in line(app, "policy.mu")


async def test_a_full_disk_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(layers, "write_atomically", full)
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "policy.mu")
        await pilot.press("right", "ctrl+s")
        await pilot.pause()
        assert "No space left on device" in said(app, "#settings-message")
        assert "1 change, not saved" in said(app, "#settings-status")


async def test_save_without_a_change_says_so(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert "Nothing to save" in said(app, "#settings-message")
        assert app.result == "open"


@pytest.mark.parametrize("key", ["a", "f10"])
async def test_apply_leaves_with_the_changes_and_writes_nothing(home: Home, key: str) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "policy.mu")
        await pilot.press("right", key)
        await pilot.pause()
        assert app.result == {"policy.mu": 0.65}
        assert not home.settings.exists()


async def test_escape_without_changes_leaves(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert app.result is None


@pytest.mark.parametrize(
    ("keys", "left"), [(["y"], True), (["n"], False), (["escape"], False), (["enter"], False),
                       (["left", "enter"], True)]
)  # fmt: skip
async def test_escape_with_changes_asks(home: Home, keys: list[str], left: bool) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "policy.mu")
        await pilot.press("right", "escape")
        await pilot.pause()
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press(*keys)
        await pilot.pause()
        assert (app.result is None) == left
        assert not home.settings.exists()


def after(theme: str, app: Host) -> str:
    """The theme that «right» comes to."""
    names = ThemePreview(app).names()
    return names[names.index(theme) + 1]


async def test_a_theme_is_shown_while_chosen_and_restored_on_leaving(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "theme")
        await pilot.press("right")
        await pilot.pause()
        assert app.theme == after("midnight", app)
        await pilot.press("ctrl+z")
        assert app.theme == "midnight"
        await pilot.press("left", "escape", "y")
        await pilot.pause()
        assert app.result is None
        assert app.theme == "midnight"


async def test_a_theme_stays_when_applied(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "theme")
        await pilot.press("right", "a")
        await pilot.pause()
        chosen = after("midnight", app)
        assert app.result == {"theme": chosen}
        assert app.theme == chosen


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 34), (200, 50)])
def test_looks(snap_compare: Any, home: Home, size: tuple[int, int]) -> None:
    save(home, {"policy.max_steps": 4})
    keys = ["2", *["down"] * 8, "right"]
    assert snap_compare(host(home), terminal_size=size, press=keys)


def test_a_bad_value_looks(snap_compare: Any, home: Home) -> None:
    async def type_it(pilot: Pilot[None]) -> None:
        await pilot.press(*["down"] * 14, "enter", "minus", "1")
        await pilot.pause()
        field = pilot.app.screen.query_one("SettingRow Input", Input)
        field.cursor_blink = False
        await pilot.pause(0.1)

    assert snap_compare(host(home), terminal_size=(80, 24), run_before=type_it)
