"""Help: read from the bindings of the screen that asked."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input, Static

from argo_tui.keyboard.active import key_groups
from argo_tui.screens.help import ABOUT, LEGEND, HelpScreen
from argo_tui.theming.files import load_themes
from engine.paths import shipped


class Prompt(Input):
    """Stands for the prompt: a widget of the program, with a title for its keys."""

    __module__ = "argo_tui.tests"
    BINDING_GROUP_TITLE = "Prompt"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "ask", "Ask"),
        Binding("ctrl+j", "newline", "New line"),
        Binding("up", "earlier", "Earlier question", show=False),
    ]


class Steps(Static, can_focus=True):
    __module__ = "argo_tui.tests"
    BINDING_GROUP_TITLE = "Steps"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "toggle", "Open or close"),
        Binding("o", "open", "Show the passage"),
    ]


class TalkScreen(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "Stop the answer"),
        Binding("ctrl+y,f6", "copy", "Copy the answer", id="talk.copy"),
        Binding("f8", "hidden", ""),
    ]

    def compose(self) -> ComposeResult:
        yield Prompt()
        yield Steps("step 1")


class Talk(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help"),
        Binding("f2", "settings", "Settings"),
        Binding("f7", "secret", "Secret", system=True),
    ]

    def on_mount(self) -> None:
        for theme in load_themes([shipped("themes")])[0].values():
            self.register_theme(theme)
        self.theme = "midnight"
        self.push_screen(TalkScreen())

    def action_help(self) -> None:
        self.push_screen(HelpScreen.of(self.screen))


def words(app: App[Any]) -> str:
    return "\n".join(str(each.visual) for each in app.screen.query(Static))


async def test_every_active_binding_is_listed_with_its_description() -> None:
    app = Talk()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        active = [
            binding
            for _, binding, _, _ in app.screen.active_bindings.values()
            if binding.description and not binding.system
        ]
        await pilot.press("f1")
        await pilot.pause()
        text = words(app)
        assert len(active) > 6
        for binding in active:
            assert binding.description in text
            assert app.get_key_display(binding) in text


async def test_keys_of_the_focused_widget_come_first_and_those_of_the_program_last() -> None:
    app = Talk()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert [group.title for group in key_groups(app.screen)] == [
            "Prompt",
            "Talk",
            "Steps",
            "Everywhere",
            "Text and lists",
        ]
        app.screen.query_one(Steps).focus()
        await pilot.pause()
        assert key_groups(app.screen)[0].title == "Steps"


async def test_several_keys_of_one_action_share_a_line() -> None:
    app = Talk()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        talk = next(group for group in key_groups(app.screen) if group.title == "Talk")
        assert [key.keys for key in talk.keys if key.description == "Copy the answer"] == ["^y f6"]


async def test_bindings_of_the_system_and_without_a_description_are_left_out() -> None:
    app = Talk()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        keys = [key for group in key_groups(app.screen) for key in group.keys]
        assert "Secret" not in [key.description for key in keys]
        assert "f8" not in [key.keys for key in keys]


async def test_a_remapped_key_is_shown_as_it_is_now() -> None:
    app = Talk()
    app.set_keymap({"talk.copy": "f9"})
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        keys = {key.description: key.keys for g in key_groups(app.screen) for key in g.keys}
        assert keys["Copy the answer"] == "f9"


async def test_it_says_what_argo_is_and_what_marks_mean() -> None:
    app = Talk()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("f1")
        await pilot.pause()
        text = words(app)
        assert ABOUT in text
        for mark, _, meaning in LEGEND:
            assert mark in text
            assert meaning in text


@pytest.mark.parametrize("key", ["escape", "q", "f1", "question_mark"])
async def test_keys_that_close_it(key: str) -> None:
    app = Talk()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("f1")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(app.screen, TalkScreen)


async def test_a_click_beside_it_closes_it() -> None:
    app = Talk()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("f1")
        await pilot.pause()
        await pilot.click(offset=(1, 1))
        await pilot.pause()
        assert isinstance(app.screen, TalkScreen)


async def test_what_does_not_fit_scrolls() -> None:
    app = Talk()
    async with app.run_test(size=(60, 14)) as pilot:
        await pilot.press("f1")
        await pilot.pause()
        body = app.screen.query_one("#help-body")
        assert body.has_focus
        assert body.max_scroll_y > 0
        await pilot.press("end")
        await pilot.pause(0.6)
        assert body.scroll_y == body.max_scroll_y


@pytest.mark.parametrize("size", [(80, 24), (120, 34)])
def test_looks(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(Talk(), terminal_size=size, press=["f1"])
