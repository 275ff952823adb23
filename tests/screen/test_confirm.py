"""A question with two answers."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from argo_tui.screens.confirm import ConfirmScreen
from tests.screen.panels import Host


def host() -> Host:
    return Host(
        lambda: ConfirmScreen("Fetch [/] it?", "Text of [/b] any [kind]", "Fetch [1]", "No")
    )


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["y"], True),
        (["n"], False),
        (["escape"], False),
        (["enter"], False),
        (["left", "enter"], True),
        (["tab", "enter"], True),
        (["tab", "tab", "enter"], False),
    ],
)
async def test_keys_that_answer(keys: list[str], answer: bool) -> None:
    app = host()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        assert app.result is answer


async def test_a_click_answers() -> None:
    app = host()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.click("#yes")
        await pilot.pause()
        assert app.result is True


async def test_title_and_text_are_shown_as_they_are() -> None:
    app = host()
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        said = [str(each.visual) for each in app.screen.query(Static)]
        assert said[:2] == ["Fetch [/] it?", "Text of [/b] any [kind]"]
