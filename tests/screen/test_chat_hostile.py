"""Untrusted text in the chat, its steps and a passage that is opened there: shown, as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from argo_tui.widgets.sources import Sources
from engine.text import clean
from tests.hostile import HOSTILE
from tests.poison import poisoned
from tests.screen.chatting import app_in, ask, shown, wait_until
from tests.scripted import ScriptedEngine
from tests.wire import foreign

LOOKED_AT = ("rich_closing", "textual_action", "osc52_bel", "bidi_override", "tabs", "wide")
"""One of each kind; tests.screen.test_hostile_bytes sends all of them through the chat."""


@pytest.mark.parametrize("name", LOOKED_AT)
@pytest.mark.parametrize("fails", [False, True], ids=["answered", "failed"])
async def test_hostile_text_is_shown_as_text(tmp_path: Path, name: str, fails: bool) -> None:
    events = poisoned(clean(HOSTILE[name]), fails=fails)
    app = app_in(tmp_path, engine=ScriptedEngine(lambda _: events))
    async with app.run_test(size=(120, 40)) as pilot:
        turn = await ask(pilot, f"about {HOSTILE[name]}")
        assert foreign(shown(pilot).encode()) == []
        turn.query_one(Sources).focus()
        await pilot.press("down", "enter")
        await wait_until(pilot, lambda: len(app.screen_stack) > 2, "the passage opens")
        assert foreign(shown(pilot).encode()) == []
        await pilot.press("escape", "f4")
        await pilot.pause()
        assert foreign(shown(pilot).encode()) == []
        assert turn.is_attached
