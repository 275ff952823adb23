"""The command palette: every action with its key, places, strategies, profiles, settings."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input

from argo_tui import palette
from argo_tui.app import ArgoApp
from argo_tui.jumps import ToPassage, ToStep, targets
from argo_tui.run_view import RunView
from argo_tui.screens.chat import ChatScreen
from argo_tui.settings.listed import GROUPS, by_group
from argo_tui.widgets.prompt import Prompt
from engine.strategies import SAYS
from tests import samples
from tests.screen.chatting import app_in, chat
from tests.screen.panels import STATUSES

LINES = {str(name): line for name, line in SAYS.items()}


def by_name(commands: Iterable[SystemCommand]) -> dict[str, SystemCommand]:
    return {each.title: each for each in commands}


def view() -> RunView:
    result = RunView("r1", "")
    for event in samples.answered():
        result.apply(event)
    return result


async def test_every_action_of_the_program_the_chat_and_the_prompt_is_there_with_its_key(
    tmp_path: Path,
) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        there = by_name(palette.actions(app, chat(pilot)))
        for place in (ArgoApp, ChatScreen, Prompt):
            for binding in Binding.make_bindings(place.BINDINGS):
                assert binding.description in there
                key = app.get_key_display(binding)
                assert palette.literal(key) in there[binding.description].help.split()


async def test_a_remapped_key_is_the_one_that_is_shown(tmp_path: Path) -> None:
    app = app_in(tmp_path, {"screen.keys": {"chat.new": "f12"}})
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        assert by_name(palette.actions(app, chat(pilot)))["New conversation"].help == "f12"


def test_steps_and_passages_are_commands_that_jump() -> None:
    went: list[object] = []
    there = by_name(palette.jumps(targets(view()), went.append))
    assert list(there) == [
        *(f"Jump to step {number}" for number in (1, 2, 3)),
        *(f"Open passage {number}" for number in (1, 2, 3)),
    ]
    assert there["Jump to step 2"].help == "retrieve What does E2 control?"
    there["Jump to step 2"].callback()
    there["Open passage 3"].callback()
    assert went == [ToStep(2), ToPassage(3)]


def test_each_strategy_is_a_command_with_its_line() -> None:
    used: list[object] = []
    shown: list[str] = []
    there = by_name(palette.strategies(LINES, "mdp", used.append, shown.append))
    for name, line in SAYS.items():
        assert line in there[f"Strategy {name}"].help
    assert "decides now" in there["Strategy mdp"].help
    there["Strategy direct"].callback()
    there["Show strategies"].callback()
    assert used == [{"policy.strategy": "direct"}]
    assert shown == ["policy.strategy"]


def test_profiles_that_can_run_and_are_not_in_use_are_commands() -> None:
    used: list[str] = []
    assert list(by_name(palette.profiles(STATUSES, "135m", used.append))) == []
    there = by_name(palette.profiles(STATUSES, "0.5b", used.append))
    assert list(there) == ["Use 135m"]
    there["Use 135m"].callback()
    assert used == ["135m"]


def test_groups_of_settings_are_commands() -> None:
    shown: list[str] = []
    there = by_name(palette.settings(by_group(), shown.append))
    assert list(there) == [f"Settings: {group}" for group in GROUPS]
    assert "Cost weight" in there["Settings: Policy"].help
    there["Settings: Policy"].callback()
    assert shown == ["Policy"]


@pytest.mark.parametrize("at_chat", [True, False])
async def test_away_from_the_chat_nothing_is_offered_that_opens_over_the_screen(
    tmp_path: Path, at_chat: bool
) -> None:
    app = app_in(tmp_path)
    now = palette.Situation(at_chat, targets(view()), "mdp", "0.5b", STATUSES)
    do = palette.Doings(print, print, print, print, print)
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        there = by_name(palette.everything(app, app.screen, now, do))
        assert "Theme midnight" in there
        wanted = {"Jump to step 1", "Strategy direct", "Settings: Caps", "Use 135m", "Fetch 3b"}
        assert wanted & set(there) == (wanted if at_chat else set())


@given(st.text(alphabet=r"[]/\@$#=a1 '" + '"'))
def test_no_text_is_markup(text: str) -> None:
    assert Content.from_markup(palette.literal(text)).plain == " ".join(text.split())


class Hostile(App[None]):
    """Its palette holds one command with hostile words."""

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        yield palette.command("Use [/] [@click=app.quit]", "[/]\x1b]52;c;eA==\x07 [$x]", self.bell)


@pytest.mark.parametrize("typed", ["", "use"])
async def test_hostile_words_are_shown_as_they_are(typed: str) -> None:
    app = Hostile()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+p", *typed)
        await pilot.pause(0.5)
        app.screen.query_one(Input)
        (line, *_) = [str(each.prompt) for each in app.screen.query_one("CommandList").options]
        assert line.splitlines() == ["Use [/] [@click=app.quit]", "[/] [$x]"]
