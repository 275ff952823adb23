"""The settings screen by its keys: find, change, undo, reset, save, apply, leave."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from textual.content import Content
from textual.pilot import Pilot
from textual.widgets import Input, Static

from argo_tui.screens.confirm import ConfirmScreen
from argo_tui.screens.settings import SettingsScreen
from argo_tui.widgets.preset_bar import PresetChip
from argo_tui.widgets.setting_row import SettingRow
from engine import layers
from engine.layers import load, save
from engine.paths import Home
from tests.screen.panels import STATUSES, Host, home_in

WIDE = (120, 34)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variables and no ./argo.toml of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("ARGO_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_in(tmp_path)


def host(home: Home, *, running: bool = False, flags: dict[str, Any] | None = None) -> Host:
    found = load(home, flags=flags)
    return Host(lambda: SettingsScreen(found, STATUSES, home, running))


def row(app: Host, key: str, option: str = "") -> SettingRow:
    rows = app.screen.query(SettingRow)
    return next(each for each in rows if (each.key, each.option) == (key, option))


def line(app: Host, key: str, option: str = "") -> str:
    drawn = row(app, key, option).render()
    assert isinstance(drawn, Content)
    return drawn.plain


def said(app: Host, name: str) -> str:
    return str(app.screen.query_one(name, Static).visual)


async def go(app: Host, pilot: Pilot[None], key: str, option: str = "") -> SettingRow:
    await pilot.pause()
    found = row(app, key, option)
    found.focus()
    await pilot.pause()
    return found


async def test_every_value_shows_where_it_comes_from(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    save(home, {"policy.max_steps": 4})
    (tmp_path / "argo.toml").write_text("[retrieval]\npassages = 5\n")
    monkeypatch.setenv("ARGO_POLICY__MU", "0.4")
    app = host(home, flags={"seed": 7})
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert line(app, "policy.max_steps").endswith("your file")
        assert line(app, "policy.mu").endswith("environment")
        assert line(app, "retrieval.passages").endswith("./argo.toml")
        assert line(app, "seed").endswith("this session")
        assert line(app, "policy.gamma").endswith("shipped")


async def test_unset_caps_show_those_of_the_profile_in_force(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert "80" in line(app, "caps.answer")
        assert "from the profile 135m" in line(app, "caps.answer")
        assert "none" in line(app, "deadline_s")


async def test_every_profile_says_whether_it_can_run_and_why_not(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.pause()
        assert "✓ can run" in line(app, "profile", "135m")
        assert "argo-tui models fetch 3b" in line(app, "profile", "3b")
        await go(app, pilot, "profile", "3b")
        detail = said(app, "#settings-detail-text")
        assert "Cannot run now." in detail
        assert "Qwen Research" in detail
        assert "50 / 200 / 400" in detail
        assert "the model is loaded anew" in detail


async def test_a_value_of_a_stronger_layer_says_that_saving_will_not_win(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGO_POLICY__MU", "0.4")
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "policy.mu")
        assert "ARGO_POLICY__MU sets this" in said(app, "#settings-detail-text")


async def test_up_and_down_move_and_stop_at_the_ends(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.press("up")
        assert row(app, "profile", "auto").has_focus
        await pilot.press("down", "down")
        assert row(app, "profile", "1.5b").has_focus
        await pilot.press("end")
        assert row(app, "screen.refresh_hz").has_focus
        await pilot.press("pageup", "home", "tab")
        assert row(app, "profile", "3b").has_focus


async def test_enter_chooses_a_profile(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "profile", "3b")
        await pilot.press("enter")
        assert "● Qwen2.5 3B" in line(app, "profile", "3b")
        assert "○ Best that can run" in line(app, "profile", "auto")
        assert "1 change, not saved" in said(app, "#settings-status")


async def test_other_weights_must_exist(home: Home, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        other = await go(app, pilot, "profile", "other")
        await pilot.press("enter", *"mi")
        await pilot.pause()
        assert "must be a directory or a .gguf file" in other.view.error
        await pilot.press("n", "e", "enter", "a")
        await pilot.pause()
        assert app.result == {"profile": "mine"}


async def test_left_and_right_change_choices_and_numbers(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "policy.reward")
        await pilot.press("right")
        assert "‹ sqrt ›" in line(app, "policy.reward")
        await pilot.press("left", "left")
        assert "‹ sigmoid ›" in line(app, "policy.reward")
        await go(app, pilot, "policy.mu")
        await pilot.press("left")
        assert "0.55" in line(app, "policy.mu")
        await go(app, pilot, "deadline_s")
        await pilot.press("right")
        assert "1" in line(app, "deadline_s")


async def test_enter_edits_a_number_and_enter_takes_it(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        mu = await go(app, pilot, "policy.mu")
        await pilot.press("enter")
        await pilot.pause()
        assert mu.editing
        await pilot.press(*"0.25", "enter")
        await pilot.pause()
        assert not mu.editing
        assert mu.has_focus
        assert "0.25" in line(app, "policy.mu")
        assert line(app, "policy.mu").endswith("not saved")


async def test_a_bad_value_is_told_while_typing_and_is_neither_taken_nor_saved(
    home: Home,
) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        gamma = await go(app, pilot, "policy.gamma")
        await pilot.press("enter", *"1.5")
        await pilot.pause()
        assert "policy.gamma must be a number above 0, at most 1" in gamma.view.error
        assert gamma.size.height > 1
        await pilot.press("enter", "ctrl+s")
        await pilot.pause()
        assert gamma.editing
        assert app.result == "open"
        assert not home.settings.exists()
        await pilot.press("escape")
        await pilot.pause()
        assert not gamma.editing
        assert gamma.view.error == ""
        assert "0.98" in line(app, "policy.gamma")


async def test_letters_that_are_commands_are_text_in_a_field(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "policy.mu")
        await pilot.press("enter", "r", "a", "slash", "1")
        await pilot.pause()
        assert row(app, "policy.mu").query_one(Input).value == "ra/1"


async def test_an_emptied_deadline_is_no_deadline(home: Home) -> None:
    save(home, {"deadline_s": 2.0})
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "deadline_s")
        await pilot.press("enter", "delete", "enter")
        await pilot.pause()
        assert "none" in line(app, "deadline_s")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert app.result == {"deadline_s": None}
        assert "deadline_s" not in home.settings.read_text("utf-8")


@pytest.mark.parametrize("key", ["r", "delete"])
async def test_reset_takes_the_value_beneath(home: Home, key: str) -> None:
    save(home, {"policy.mu": 0.4})
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "policy.mu")
        await pilot.press(key)
        assert "0.6" in line(app, "policy.mu")
        assert line(app, "policy.mu").endswith("shipped")


async def test_a_value_of_the_environment_is_reset_there(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGO_POLICY__MU", "0.4")
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "policy.mu")
        await pilot.press("r")
        assert "set by environment" in said(app, "#settings-message")


async def test_undo_takes_back_one_change_at_a_time(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "policy.mu")
        await pilot.press("right", "1")
        assert "5 changes" in said(app, "#settings-status")
        await pilot.press("ctrl+z")
        assert "1 change, not saved" in said(app, "#settings-status")
        await pilot.press("ctrl+z", "ctrl+z")
        assert said(app, "#settings-status") == ""


@pytest.mark.parametrize(
    ("number", "profile", "caps"), [(1, "3b", "128"), (2, "3b", "50"), (3, "1.5b", "50")]
)
async def test_a_number_takes_a_preset(home: Home, number: int, profile: str, caps: str) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.press(str(number))
        await pilot.pause()
        assert "●" in line(app, "profile", profile)
        assert caps in line(app, "caps.subquery")
        worn = [chip.number for chip in app.screen.query(PresetChip) if chip.has_class("-worn")]
        assert worn == [number]


async def test_a_click_takes_a_preset_and_edits_a_row(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.click(list(app.screen.query(PresetChip))[1])
        await pilot.pause()
        assert "●" in line(app, "profile", "3b")
        await pilot.click(row(app, "caps.answer"))
        await pilot.pause()
        assert row(app, "caps.answer").editing


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


async def test_a_theme_is_shown_while_chosen_and_restored_on_leaving(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "theme")
        await pilot.press("right")
        await pilot.pause()
        assert app.theme == "paper"
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
        assert app.result == {"theme": "paper"}
        assert app.theme == "paper"


async def test_a_running_answer_is_mentioned(home: Home) -> None:
    app = host(home, running=True)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert "an answer is running" in said(app, "#settings-status")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 34), (200, 50)])
def test_looks(snap_compare: Any, home: Home, size: tuple[int, int]) -> None:
    save(home, {"policy.max_steps": 4})
    keys = ["2", *["down"] * 8, "right"]
    assert snap_compare(host(home), terminal_size=size, press=keys)


def test_a_bad_value_looks(snap_compare: Any, home: Home) -> None:
    keys = [*["down"] * 14, "enter", "minus", "1"]
    assert snap_compare(host(home), terminal_size=(80, 24), press=keys)
