"""The settings screen by its keys: values, where they come from, changing them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual.widgets import Input

from argo_tui.widgets.preset_bar import PresetChip
from engine.layers import save
from engine.paths import Home
from tests.screen.panels import home_in
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
        assert row(app, "screen.motion").has_focus
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


async def test_a_shipped_value_has_nothing_to_reset(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "policy.mu")
        await pilot.press("r")
        assert "has its shipped value already" in said(app, "#settings-message")
        await pilot.press("right")
        assert not app.screen.query_one("#settings-message").display


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


async def test_redo_makes_a_change_again_until_another_one_is_made(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "policy.mu")
        await pilot.press("right", "right", "ctrl+z", "ctrl+z")
        assert "0.6 " in line(app, "policy.mu")
        await pilot.press("ctrl+y")
        assert "0.65" in line(app, "policy.mu")
        await pilot.press("left", "ctrl+y")  # 0.7 is gone for good
        assert "0.6 " in line(app, "policy.mu")


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


async def test_a_running_answer_is_mentioned(home: Home) -> None:
    app = host(home, running=True)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert "an answer is running" in said(app, "#settings-status")


async def test_a_field_left_for_another_row_takes_a_good_value_and_drops_a_bad_one(
    home: Home,
) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "policy.mu")
        await pilot.press("enter", *"0.3", "tab")
        await pilot.pause()
        assert not row(app, "policy.mu").editing
        assert "0.3" in line(app, "policy.mu")
        await go(app, pilot, "policy.gamma")
        await pilot.press("enter", *"7")
        await pilot.click(row(app, "policy.mu"))
        await pilot.pause()
        assert not row(app, "policy.gamma").editing
        assert row(app, "policy.gamma").view.error == ""
        assert "0.98" in line(app, "policy.gamma")
