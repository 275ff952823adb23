"""Recorded runs: listed, searched, previewed, exported, shown again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, OptionList, Static

from argo_tui.run_wish import RunWish, Want
from argo_tui.screens.ask_again import AskAgainScreen
from argo_tui.screens.runs import RunsScreen
from argo_tui.widgets.run_rows import when
from argo_tui.widgets.trend import bars_of, trend
from engine.events import Caps, RunFinished, RunStarted, Status, SynthesisDone, Usage
from engine.runs import RunStore
from tests import samples
from tests.screen.panels import Host

QUESTIONS = (
    ("What is O-RAN?", "3b", Status.ANSWERED, "O-RAN is an open radio access network. [1]", 24.0),
    ("Which interface joins O-DU and O-RU?", "1.5b", Status.ANSWERED, "Open fronthaul. [2]", 1.42),
    ("How tall is the tower?", "135m", Status.NOT_FOUND, "The documents do not say.", 3.1),
    ("List every [/] tag of the E2 service models and what each of them is for", "0.5b",
     Status.CANCELLED, "E2SM-KPM", 0.31),
    ("What does A1 carry?", "1.5b-coder", Status.FAILED, "", 128.0),
)  # fmt: skip


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("ARGO_HOME", str(tmp_path / "home"))
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    store = RunStore.open(tmp_path / "runs.sqlite")
    for number, (question, profile, status, answer, seconds) in enumerate(QUESTIONS):
        record(store, f"run-{number}", question, profile, status, answer, seconds)
    yield store
    store.close()


def record(
    store: RunStore,
    run: str,
    question: str,
    profile: str,
    status: Status,
    answer: str,
    seconds: float,
) -> None:
    started = RunStarted(
        run=run,
        at_ns=0,
        question=question,
        profile=profile,
        model="m",
        device="cpu",
        dtype="float32",
        strategy="mdp",
        caps=Caps(subquery=50, answer=200, synthesis=400),
        seed=0,
        budget_s=30.0,
        started=f"2026-11-24T16:0{run[-1]}:00+00:00",
    )
    synthesis = SynthesisDone(
        run=run, at_ns=1, status=status, text=answer, sentences=(), citations=(), generated=True
    )
    finished = RunFinished(
        run=run,
        at_ns=2,
        status=status,
        stop_reason="",
        steps=2,
        ns=int(seconds * 1e9),
        usage=Usage(decoded_tokens=64),
    )
    for event in (started, synthesis, finished):
        store.write(event)


def shown(host: Host) -> list[str]:
    options = host.screen.query_one(OptionList)
    return [str(options.get_option_at_index(place).prompt) for place in range(options.option_count)]


def status(host: Host) -> str:
    return str(host.screen.query_one("#runs-status", Static).visual)


def preview(host: Host) -> str:
    return str(host.screen.query_one("#runs-answer", Static).visual)


async def test_the_newest_run_comes_first_with_its_figures(store: RunStore) -> None:
    host = Host(lambda: RunsScreen(store))
    async with host.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        first, *rest = shown(host)
        assert len(rest) == 4
        assert "24 Nov 16:04" in first
        assert "failed" in first
        assert "128" in first
        assert "What does A1" in first


async def test_the_answer_is_previewed_where_there_is_room(store: RunStore) -> None:
    host = Host(lambda: RunsScreen(store))
    async with host.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        assert "No answer was written." in preview(host)
        await pilot.press("end")
        await pilot.pause()
        assert "O-RAN is an open radio access network." in preview(host)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert not host.screen.query_one("#runs-preview").display


async def test_a_narrow_list_keeps_time_status_seconds_and_question(store: RunStore) -> None:
    host = Host(lambda: RunsScreen(store))
    async with host.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        assert "1.5b-coder" not in shown(host)[0]
        assert "What does A1" in shown(host)[0]


async def test_enter_shows_a_run_again(store: RunStore) -> None:
    host = Host(lambda: RunsScreen(store))
    async with host.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("down", "enter")
        await pilot.pause()
        assert host.result == RunWish(Want.SHOW, "run-3")


async def test_r_wishes_for_a_replay(store: RunStore) -> None:
    host = Host(lambda: RunsScreen(store))
    async with host.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("down", "r")
        await pilot.pause()
        assert host.result == RunWish(Want.REPLAY, "run-3")


async def test_a_asks_the_question_again_of_another_profile(store: RunStore) -> None:
    host = Host(lambda: RunsScreen(store, profiles=("1.5b-coder", "135m", "3b")))
    async with host.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("a")
        await pilot.pause()
        assert isinstance(host.screen, AskAgainScreen)
        assert shown(host) == ["1.5b-coder  answered it before", "135m", "3b"]
        await pilot.press("enter")
        await pilot.pause()
        assert host.result == RunWish(Want.ASK, "run-4", "What does A1 carry?", (), "135m")


async def test_asked_again_a_choice_keeps_its_options(store: RunStore) -> None:
    for event in samples.multiple_choice("run-9"):
        store.write(event)
    host = Host(lambda: RunsScreen(store))
    async with host.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("a")
        await pilot.pause()
        assert isinstance(host.result, RunWish)
        assert host.result.options == ("A1", "E2", "O1", "Open Fronthaul")
        assert host.result.profile == ""


async def test_whom_to_ask_can_be_left_open(store: RunStore) -> None:
    host = Host(lambda: RunsScreen(store, profiles=("135m",)))
    async with host.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("a")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(host.screen, RunsScreen)
        assert host.result == "open"


async def test_p_goes_through_the_profiles_that_occur_and_back_to_all(store: RunStore) -> None:
    host = Host(lambda: RunsScreen(store))
    async with host.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        counts = []
        for _ in range(6):
            await pilot.press("p")
            await pilot.pause()
            counts.append((len(shown(host)), status(host)))
        assert counts[0] == (1, "1 run of 1.5b-coder")
        assert counts[4] == (1, "1 run of 3b")
        assert counts[5] == (5, "5 runs")


async def test_the_search_stays_within_the_profile(store: RunStore) -> None:
    record(store, "run-5", "What does E2 carry?", "135m", Status.ANSWERED, "Messages.", 2.0)
    host = Host(lambda: RunsScreen(store))
    async with host.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        await pilot.press("p", "slash", *"carry")
        await pilot.pause()
        assert status(host) == "1 run of 135m"
        assert "What does E2" in shown(host)[0]


async def test_the_trend_is_of_the_listed_runs_that_came_to_their_end(store: RunStore) -> None:
    host = Host(lambda: RunsScreen(store))
    async with host.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        strip = str(host.screen.query_one("#runs-trend", Static).visual)
        assert "█▁▂" in strip
        assert "median 3.10 · newest 3.10 · 3 runs" in strip


def test_a_trend_needs_two_runs_and_never_exceeds_its_room() -> None:
    assert trend([1.0], 80) == []
    for cells in (10, 30, 60, 200):
        text = "".join(text for text, _ in trend([1.0, 2.0, 4.0] * 50, cells))
        assert len(text) <= cells
    assert bars_of([0.0, 1.0, 2.0]) == "▁▅█"
    assert bars_of([0.0, 0.0]) == "▁▁"


async def test_slash_searches_and_escape_clears_the_search_before_it_leaves(
    store: RunStore,
) -> None:
    host = Host(lambda: RunsScreen(store))
    async with host.run_test(size=(80, 24)) as pilot:
        await pilot.press("slash", *"fronthaul")
        await pilot.pause()
        assert len(shown(host)) == 1
        await pilot.press("enter")
        assert host.screen.query_one(OptionList).has_focus
        await pilot.press("escape")
        await pilot.pause()
        assert len(shown(host)) == 5
        await pilot.press("escape")
        await pilot.pause()
        assert host.result is None


async def test_letters_in_the_search_are_text(store: RunStore) -> None:
    host = Host(lambda: RunsScreen(store))
    async with host.run_test(size=(80, 24)) as pilot:
        await pilot.press("slash", *"eapr", "slash")
        await pilot.pause()
        assert host.screen.query_one(Input).value == "eapr/"


async def test_a_search_without_a_match_says_so(store: RunStore) -> None:
    host = Host(lambda: RunsScreen(store))
    async with host.run_test(size=(80, 24)) as pilot:
        await pilot.press("slash", *"zebra")
        await pilot.pause()
        assert shown(host) == []
        assert "No run matches" in str(host.screen.query_one("#runs-columns", Static).visual)
        await pilot.press("enter", "enter", "e", "a", "r")
        assert host.result == "open"


async def test_an_empty_store_says_what_to_do(tmp_path: Path) -> None:
    store = RunStore.open(tmp_path / "runs.sqlite")
    host = Host(lambda: RunsScreen(store))
    async with host.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        assert "Nothing is recorded yet" in preview(host)
    store.close()


async def test_e_exports_markdown_and_never_overwrites(store: RunStore, tmp_path: Path) -> None:
    directory = tmp_path / "here"
    host = Host(lambda: RunsScreen(store, directory))
    async with host.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        await pilot.press("end", "e", "e")
        await pilot.pause()
        files = sorted(directory.glob("*.md"))
        assert len(files) == 2
        assert "open radio access network" in files[0].read_text("utf-8")
        assert any(str(files[0]) in note.message for note in host._notifications)


async def test_a_directory_that_cannot_be_written_gives_way_to_the_data_directory(
    store: RunStore, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    host = Host(lambda: RunsScreen(store, blocked))
    async with host.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("e")
        await pilot.pause()
        assert list((tmp_path / "home" / "data" / "exports").glob("*.md"))


async def test_where_nothing_can_be_written_it_says_why(store: RunStore, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    (tmp_path / "home").write_text("")
    host = Host(lambda: RunsScreen(store, blocked))
    async with host.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("e")
        await pilot.pause()
        assert "Cannot write to" in str(host.screen.query_one("#runs-message", Static).visual)


async def test_a_store_that_fails_is_reported(store: RunStore) -> None:
    store.close()
    host = Host(lambda: RunsScreen(store))
    async with host.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        message = host.screen.query_one("#runs-message", Static)
        assert message.display
        assert str(message.visual)


def test_a_moment_that_is_none_is_shown_as_it_is() -> None:
    assert when("yesterday") == "yesterday"
    assert when("2026-11-24T16:03:00+00:00") == "24 Nov 16:03"


@pytest.mark.parametrize("size", [(80, 24), (120, 34)])
def test_looks(snap_compare: Any, store: RunStore, size: tuple[int, int]) -> None:
    assert snap_compare(Host(lambda: RunsScreen(store)), terminal_size=size, press=["down"])
