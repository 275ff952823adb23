"""Models come, are asked for, fail and change while the chat goes on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from argo_tui.screens.confirm import ConfirmScreen
from argo_tui.screens.settings import SettingsScreen
from argo_tui.widgets.status import StatusLine
from engine.events import Status
from tests.screen.chatting import (
    app_in,
    ask,
    chat,
    home_in,
    shown,
    turns,
    type_question,
    wait_until,
)
from tests.scripted import HERE, LARGE, ScriptedEngine, ScriptedStatus

FETCH = """
import json, pathlib, sys, time
for done in range(0, 101, 10):
    print(json.dumps(dict(model=sys.argv[2], phase="download", done=done * 10**6, total=10**8)))
    sys.stdout.flush(); time.sleep(float(sys.argv[3]))
pathlib.Path(sys.argv[1], sys.argv[2]).touch()
print(json.dumps(dict(model=sys.argv[2], phase="done", done=10**8, total=10**8)))
"""


class World:
    """Models that are here once a file of their profile's name exists."""

    def __init__(self, directory: Path, pause_s: float = 0.1) -> None:
        self.directory = directory / "world"
        self.directory.mkdir()
        self.pause_s = pause_s
        self.fetched: list[str] = []

    def bring(self, profile: str) -> None:
        """It is here."""
        (self.directory / profile).touch()

    def statuses(self) -> Sequence[ScriptedStatus]:
        """As the registry would say."""
        return [self._status(HERE), self._status(LARGE)]

    def command(self, profile: str) -> Sequence[str]:
        """Fetches it."""
        self.fetched.append(profile)
        return (sys.executable, "-c", FETCH, str(self.directory), profile, str(self.pause_s))

    def edges(self) -> dict[str, Any]:
        """For `app_in`."""
        return {"statuses": self.statuses, "fetch_command": self.command, "clock": time.monotonic}

    def _status(self, status: ScriptedStatus) -> ScriptedStatus:
        path = self.directory / status.profile
        return replace(status, directory=path if path.exists() else None, can_run=path.exists())


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Nothing is here."""
    return World(tmp_path)


def doing(pilot: Pilot[None]) -> str:
    """What the status line says."""
    figures = chat(pilot).query_one(StatusLine).figures
    return figures.message or figures.doing


async def test_the_smallest_model_is_fetched_without_asking(tmp_path: Path, world: World) -> None:
    async with app_in(tmp_path, **world.edges()).run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: "fetching 135m" in shown(pilot), "the bar")
        await wait_until(pilot, lambda: chat(pilot).model.ready, "the model", 20)
        assert world.fetched == ["135m"]


async def test_after_a_first_start_a_better_reader_is_offered_and_asked_about(
    tmp_path: Path, world: World
) -> None:
    async with app_in(tmp_path, **world.edges()).run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: "reads better" in doing(pilot), "the offer", 20)
        assert world.fetched == ["135m"]
        await pilot.press("f5")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen), "asked")
        await pilot.press("y")
        await wait_until(pilot, lambda: "is here" in doing(pilot), "it came", 20)
        assert world.fetched == ["135m", "1.5b-coder"]


async def test_an_offer_that_is_declined_is_not_repeated(tmp_path: Path, world: World) -> None:
    async with app_in(tmp_path, **world.edges()).run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: "reads better" in doing(pilot), "the offer", 20)
        await pilot.press("f5")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen), "asked")
        await pilot.press("n")
        await wait_until(pilot, lambda: "reads better" not in doing(pilot), "it is gone")
        assert world.fetched == ["135m"]


async def test_only_a_first_start_offers(tmp_path: Path, world: World) -> None:
    world.bring("135m")
    async with app_in(tmp_path, **world.edges()).run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: chat(pilot).model.ready, "the model")
        await pilot.pause()
        assert "reads better" not in doing(pilot)


async def test_a_question_asked_during_the_download_is_answered_after_it(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, pause_s=0.15)
    async with app_in(tmp_path, **world.edges()).run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: bool(world.fetched), "the download")
        await type_question(pilot, "what is a1?")
        await wait_until(pilot, lambda: "queued" in shown(pilot), "it waits")
        view = turns(pilot)[0].view
        await wait_until(pilot, lambda: view.status is Status.ANSWERED, "the answer", 20)


async def test_a_large_model_is_asked_for_and_no_takes_the_small_one(
    tmp_path: Path, world: World
) -> None:
    app = app_in(tmp_path, {"profile": "1.5b-coder"}, **world.edges())
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: isinstance(app.screen, ConfirmScreen), "the question")
        assert "1.1 GB" in shown(pilot)
        await pilot.press("n")
        await wait_until(pilot, lambda: chat(pilot).model.profile == "135m", "the small one", 20)
        assert world.fetched == ["135m"]


async def test_a_large_model_is_fetched_after_a_yes(tmp_path: Path, world: World) -> None:
    app = app_in(tmp_path, {"profile": "1.5b-coder"}, **world.edges())
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: isinstance(app.screen, ConfirmScreen), "the question")
        app.screen.query_one("#yes", Button).press()
        ready: Callable[[], bool] = lambda: chat(pilot).model.ready  # noqa: E731
        await wait_until(pilot, ready, "the model", 20)
        assert chat(pilot).model.profile == "1.5b-coder"


async def test_a_failed_fetch_is_one_sentence_and_a_question_says_it_too(
    tmp_path: Path, world: World
) -> None:
    complaint = "import sys; sys.exit('The index cannot be reached. Connect once, then ctrl+r.')"
    edges = world.edges() | {"fetch_command": lambda _: (sys.executable, "-c", complaint)}
    async with app_in(tmp_path, **edges).run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: "! The index cannot" in shown(pilot), "the sentence")
        turn = await ask(pilot, "what is a1?")
        assert turn.view.status is Status.FAILED
        await wait_until(pilot, lambda: "Connect once" in shown(pilot), "the remedy")


async def test_a_model_fetched_behind_is_announced_and_a_key_switches(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.bring("135m")
    monkeypatch.setenv("ARGO_BACKGROUND_FETCH", "1.5b-coder")
    app = app_in(tmp_path, **world.edges())
    async with app.run_test(size=(120, 34)) as pilot:
        await wait_until(pilot, lambda: "fetching 1.5b-coder" in doing(pilot), "its progress")
        await wait_until(pilot, lambda: "f5 to switch" in doing(pilot), "the news", 20)
        await pilot.press("f5")
        await wait_until(pilot, lambda: chat(pilot).model.ready, "ready again")
        assert chat(pilot).model.profile == "1.5b-coder"


async def test_a_download_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path, pause_s=5.0)
    world.bring("135m")
    monkeypatch.setenv("ARGO_BACKGROUND_FETCH", "1.5b-coder")
    async with app_in(tmp_path, **world.edges()).run_test(size=(120, 34)) as pilot:
        await wait_until(pilot, lambda: "fetching" in doing(pilot), "its progress")
        await pilot.press("f8")
        await wait_until(pilot, lambda: chat(pilot).model.download is None, "the end of it")
        assert "stopped" in doing(pilot)
        assert not (world.directory / "1.5b-coder").exists()


async def test_a_changed_setting_reloads_the_engine_and_a_theme_does_not(tmp_path: Path) -> None:
    engine = ScriptedEngine()
    app = app_in(tmp_path, engine=engine)
    async with app.run_test(size=(120, 34)) as pilot:
        await wait_until(pilot, lambda: chat(pilot).model.ready, "ready")
        await app._visits.apply({"theme": "paper"})
        assert app.theme == "paper"
        assert len(engine.opened) == 1
        await app._visits.apply({"policy.mu": 0.1})
        await wait_until(pilot, lambda: len(engine.opened) == 2, "a reload")
        assert engine.opened[1].settings.policy.mu == 0.1
        assert engine.opened[1].settings.theme == "paper"


async def test_the_settings_open_over_the_chat_and_come_back(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    async with app.run_test(size=(120, 34)) as pilot:
        await wait_until(pilot, lambda: chat(pilot).model.ready, "ready")
        await pilot.press("f2")
        await wait_until(pilot, lambda: isinstance(app.screen, SettingsScreen), "the settings")
        await pilot.press("escape")
        await wait_until(pilot, lambda: app.screen is chat(pilot), "the chat")


async def test_a_theme_file_is_worn_as_soon_as_it_changes(tmp_path: Path) -> None:
    themes = home_in(tmp_path).themes
    themes.mkdir(parents=True)
    text = 'name = "mine"\ndark = true\nprimary = "#8ab6e8"\nforeground = "#ffffff"\n'
    (themes / "mine.toml").write_text(text + 'background = "#000000"\n', "utf-8")
    app = app_in(tmp_path, {"theme": "mine"})
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: app.theme == "mine", "worn")
        (themes / "mine.toml").write_text(text + 'background = "#002244"\n', "utf-8")
        wanted: Callable[[], bool] = lambda: app.screen.styles.background.hex == "#002244"  # noqa: E731
        await wait_until(pilot, wanted, "the new colour")


async def test_keys_are_remapped_by_id_and_a_clash_is_said(tmp_path: Path) -> None:
    app = app_in(tmp_path, {"screen.keys": {"app.settings": "f12", "app.runs": "f1"}})
    async with app.run_test(size=(120, 34), notifications=True) as pilot:
        await wait_until(pilot, lambda: "f12 settings" in shown(pilot), "the hint")
        await wait_until(pilot, lambda: bool(app._notifications), "said")
        said = [note.message for note in app._notifications]
        assert said == ["[screen.keys] f1 is used by app.help and app.runs."]


async def test_a_defect_of_the_screen_leaves_a_report_without_locals(tmp_path: Path) -> None:
    def defect(private: str = "a private question") -> None:
        raise ZeroDivisionError(len(private))

    app = app_in(tmp_path)
    with pytest.raises(ZeroDivisionError):
        async with app.run_test(size=(100, 30)) as pilot:
            await wait_until(pilot, lambda: chat(pilot).model.ready, "ready")
            app.call_later(defect)
            await pilot.pause()
            await pilot.pause()
    assert app.crash is not None
    report = app.crash.read_text("utf-8")
    assert "ZeroDivisionError" in report
    assert "private = " not in report
