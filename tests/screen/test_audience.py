"""`--read-only`: the audience's own session on a record that is being filled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from argo_tui import read_only
from argo_tui.audience_app import AudienceApp
from argo_tui.screens.replay import ReplayScreen
from argo_tui.screens.runs import RunsScreen
from engine.config import Settings
from engine.runs import RunStore
from tests.screen.chatting import home_in, shown, wait_until
from tests.scripted_run import answered


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[RunStore]:
    """The session that asks."""
    store = RunStore.open(home_in(tmp_path).runs)
    for event in answered("aaa111"):
        store.write(event)
    yield store
    store.close()


def audience(tmp_path: Path) -> AudienceApp:
    """The session that watches."""
    home = home_in(tmp_path)
    return AudienceApp(read_only.record(home.runs), Settings(), home)


async def test_a_run_is_shown_and_the_list_comes_back(tmp_path: Path, writer: RunStore) -> None:
    app = audience(tmp_path)
    async with app.run_test(size=(120, 34)) as pilot:
        await wait_until(
            pilot, lambda: "aaa" in shown(pilot) or "answered" in shown(pilot), "the runs"
        )
        await pilot.press("enter")
        await wait_until(pilot, lambda: isinstance(app.screen, ReplayScreen), "the run")
        await pilot.press("escape")
        await wait_until(pilot, lambda: isinstance(app.screen, RunsScreen), "the runs again")


async def test_what_others_ask_comes_into_the_list(tmp_path: Path, writer: RunStore) -> None:
    app = audience(tmp_path)
    async with app.run_test(size=(120, 34)) as pilot:
        await wait_until(pilot, lambda: "1 run" in shown(pilot), "one run")
        for event in answered("bbb222"):
            writer.write(event)
        await wait_until(pilot, lambda: "2 runs" in shown(pilot), "the new one", 6.0)


async def test_nothing_is_asked_from_there(tmp_path: Path, writer: RunStore) -> None:
    app = audience(tmp_path)
    async with app.run_test(size=(120, 34)) as pilot:
        await wait_until(pilot, lambda: "1 run" in shown(pilot), "one run")
        await pilot.press("a")
        await pilot.pause()
        assert isinstance(app.screen, RunsScreen)
        assert "Ask again" not in shown(pilot)
