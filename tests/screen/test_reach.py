"""From the keyboard, in the whole app: jumping, undoing settings, keys over other screens."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from argo_tui.screens.help import HelpScreen
from argo_tui.screens.jump import JumpScreen
from argo_tui.screens.passage import PassageScreen
from argo_tui.screens.settings import SettingsScreen
from argo_tui.widgets.step_tree import StepTree
from engine.layers import read, save
from tests.screen.chatting import app_in, ask, chat, home_in, shown, wait_until

QUESTION = "How do the interfaces divide work?"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variables and no ./argo.toml of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("ARGO_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 34)])
async def test_a_jump_to_a_step_shows_it_in_the_tree(tmp_path: Path, size: tuple[int, int]) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=size) as pilot:
        await ask(pilot, QUESTION)
        await pilot.press("ctrl+g")
        await wait_until(pilot, lambda: isinstance(app.screen, JumpScreen), "the list")
        await pilot.press("2", "enter")
        await wait_until(pilot, lambda: app.screen is chat(pilot), "the chat")
        tree = chat(pilot).query_one(StepTree)
        await wait_until(pilot, lambda: tree.has_focus and tree.cursor_line > 0, "the step")
        assert tree.cursor_node is not None
        assert tree.cursor_node.data is not None
        assert tree.cursor_node.data.left[0][0] == "2 "
        assert "What does E2 control?" in shown(pilot)


async def test_a_jump_to_a_sentence_opens_its_passage_at_its_quote(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(120, 34)) as pilot:
        turn = await ask(pilot, QUESTION)
        await pilot.press("ctrl+g")
        await wait_until(pilot, lambda: isinstance(app.screen, JumpScreen), "the list")
        await pilot.press(*"lets", "enter")
        await wait_until(pilot, lambda: isinstance(app.screen, PassageScreen), "the passage")
        assert isinstance(app.screen, PassageScreen)
        assert app.screen.passage.number == 3
        (start, end), *rest = app.screen.spans
        assert app.screen.passage.text[start:end] in turn.view.quotes(3)
        assert rest == []


async def test_without_a_run_there_is_nothing_to_jump_to(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        await pilot.press("ctrl+g")
        await wait_until(pilot, lambda: "nothing to jump to" in shown(pilot), "said")
        assert app.screen is chat(pilot)


async def test_a_strategy_of_the_palette_is_in_force_until_it_is_undone(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(120, 34)) as pilot:
        await wait_until(pilot, lambda: chat(pilot).model.ready, "ready")
        commands = {each.title: each for each in app.get_system_commands(app.screen)}
        commands["Strategy direct"].callback()
        strategy = lambda: app.configuration.settings.policy.strategy  # noqa: E731
        await wait_until(pilot, lambda: strategy() == "direct", "in force")
        await pilot.press("ctrl+t")
        await wait_until(pilot, lambda: strategy() == "mdp", "undone")
        assert "as before: policy.strategy" in shown(pilot)
        await pilot.press("ctrl+t")
        await wait_until(pilot, lambda: "No change of settings" in shown(pilot), "said")


async def test_a_saved_change_is_undone_in_the_file_too(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    save(home, {"budget_s": 20.0})
    app = app_in(tmp_path)
    async with app.run_test(size=(120, 34)) as pilot:
        await wait_until(pilot, lambda: chat(pilot).model.ready, "ready")

        commands = {each.title: each for each in app.get_system_commands(app.screen)}
        commands["Settings: Budget"].callback()
        await wait_until(pilot, lambda: isinstance(app.screen, SettingsScreen), "settings")
        await wait_until(pilot, lambda: getattr(app.focused, "key", "") == "budget_s", "there")
        await pilot.press("right", "ctrl+s")
        await wait_until(pilot, lambda: app.screen is chat(pilot), "the chat")
        await wait_until(pilot, lambda: app.configuration.settings.budget_s == 25.0, "in force")
        assert read(home.settings) == {"budget_s": 25.0}
        await pilot.press("ctrl+t")
        await wait_until(pilot, lambda: app.configuration.settings.budget_s == 20.0, "undone")
        assert read(home.settings) == {"budget_s": 20.0}


async def test_help_closes_with_the_key_that_opened_it_and_nothing_opens_over_it(
    tmp_path: Path,
) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        await pilot.press("f1")
        await wait_until(pilot, lambda: isinstance(app.screen, HelpScreen), "help")
        await pilot.press("f2", "f3")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("f1")
        await wait_until(pilot, lambda: app.screen is chat(pilot), "the chat")


async def test_settings_do_not_open_over_settings(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        await pilot.press("f2")
        await wait_until(pilot, lambda: isinstance(app.screen, SettingsScreen), "settings")
        depth = len(app.screen_stack)
        await pilot.press("f2", "f3", "ctrl+t")
        await pilot.pause()
        assert len(app.screen_stack) == depth
