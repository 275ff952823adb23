"""A profile whose model is on a server: on the status line, in the settings, in the palette."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from argo_tui.models.state import first_fetch
from argo_tui.palette import fetches
from argo_tui.screens.settings_text import profile_detail, profile_view
from argo_tui.settings.draft import Draft
from argo_tui.widgets.status import StatusLine
from engine.layers import load
from engine.models.registry import ModelStatus, statuses
from engine.paths import Home
from tests.screen.chatting import app_in, ask, chat, shown, wait_until
from tests.scripted import INFO, LARGE, ScriptedEngine, ScriptedStatus

URL = "http://127.0.0.1:8000/v1"
CONFIGURATION = f"""
[profiles.far]
title = "Qwen2.5 3B on vLLM"
kind = "openai"
url = "{URL}"
model = "Qwen/Qwen2.5-3B-Instruct"
caps = {{ subquery = 50, answer = 200, synthesis = 400 }}
temperatures = {{ decompose = 0.7, answer = 0.3, synthesise = 0.3 }}
"""
SERVER = ScriptedStatus("far", "Qwen2.5 3B on vLLM", 0, None, True, parameters=0, url=URL)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "config", tmp_path / "data", tmp_path / "cache")
    home.settings.parent.mkdir(parents=True)
    home.settings.write_text(CONFIGURATION)
    return home


def far(home: Home) -> ModelStatus:
    found = statuses(load(home, environment={}).settings, home)
    return next(status for status in found if status.profile == "far")


def test_the_settings_say_where_it_is_and_offer_no_download(home: Home) -> None:
    draft = Draft.begin(load(home, environment={}), [far(home)], home)
    assert profile_view(draft, far(home)).note == "✓ on a server"
    detail = profile_detail(draft, "far", brief=False).plain
    assert URL in detail
    assert "to fetch" not in detail
    assert "Licence" not in detail


def test_nothing_is_fetched_for_it() -> None:
    offered = [command.title for command in fetches([SERVER, LARGE], print)]  # type: ignore[list-item]
    assert offered == ["Fetch 1.5b-coder"]
    assert first_fetch([SERVER, LARGE], "far") is LARGE  # type: ignore[comparison-overlap, list-item]
    assert first_fetch([SERVER], "auto") is None  # type: ignore[list-item]


@pytest.mark.parametrize("width", [60, 100, 160])
async def test_the_chat_runs_on_a_server(tmp_path: Path, width: int) -> None:
    engine = ScriptedEngine(info=replace(INFO, device="server", dtype="", memory_bytes=0))
    app = app_in(tmp_path, engine=engine, statuses=lambda: (SERVER, LARGE))
    async with app.run_test(size=(width, 30)) as pilot:
        await wait_until(pilot, lambda: chat(pilot).model.ready, "the model is ready")
        await ask(pilot, "What is E2?")
        figures = chat(pilot).query_one(StatusLine).figures
        assert (figures.profile, figures.device, figures.dtype) == ("far", "server", "")
        if width == 160:
            assert "server" in shown(pilot).splitlines()[-2:][0] + shown(pilot).splitlines()[-1]
        assert "server ·" not in shown(pilot)
