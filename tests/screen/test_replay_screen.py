"""A recorded run plays again on a screen of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from argo_tui.screens.passage import PassageScreen
from argo_tui.screens.replay import LONGEST_TICK_S, ReplayScreen
from argo_tui.widgets.step_tree import StepTree
from argo_tui.widgets.transport import Standing, Transport, cell_of, line, time_at, times
from argo_tui.widgets.turn import Turn
from engine.events import Event
from engine.recordings import read
from tests import samples
from tests.screen.chatting import shown
from tests.screen.panels import Host

RECORDINGS = Path(__file__).parent.parent / "recordings"
SIZES = [(60, 20), (80, 24), (120, 34)]


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def host(events: Sequence[Event], clock: Clock, speed: int = 1) -> Host:
    return Host(lambda: ReplayScreen(events, "run r1", speed=speed, clock=clock))


def replay(pilot: Pilot[None]) -> ReplayScreen:
    screen = next(s for s in pilot.app.screen_stack if isinstance(s, ReplayScreen))
    assert isinstance(screen, ReplayScreen)
    return screen


async def pass_time(pilot: Pilot[None], clock: Clock, seconds: float) -> None:
    """Ticks as they come, one after the other."""
    while seconds > 1e-9:
        clock.seconds += min(seconds, LONGEST_TICK_S)
        seconds -= LONGEST_TICK_S
        await replay(pilot).tick()
    await pilot.pause()


async def test_it_plays_at_its_own_speed_and_ends_as_it_ended() -> None:
    clock = Clock()
    async with host(samples.answered(), clock).run_test(size=(120, 34)) as pilot:
        await pass_time(pilot, clock, 1.0)
        assert "step 1 · answering from the passages" in shown(pilot)
        assert "playing" in shown(pilot) and "1.0 / 4.7 s" in shown(pilot)
        await pass_time(pilot, clock, 9.0)
        assert "4.62 s · 46 tokens" in shown(pilot)
        assert "ended" in shown(pilot)


@pytest.mark.parametrize("key, speed", [("1", 1), ("2", 2), ("0", 10)])
async def test_the_digits_set_the_speed(key: str, speed: int) -> None:
    clock = Clock()
    async with host(samples.answered(), clock).run_test(size=(120, 34)) as pilot:
        await pilot.press(key)
        await pass_time(pilot, clock, 0.2)
        assert replay(pilot).player.position == speed * 200_000_000
        assert f"{speed}x" in shown(pilot)


async def test_space_pauses_and_goes_on_wherever_the_focus_is() -> None:
    clock = Clock()
    async with host(samples.answered(), clock).run_test(size=(120, 34)) as pilot:
        await pass_time(pilot, clock, 2.0)
        await pilot.press("f4", "space")
        assert replay(pilot).query_one(StepTree).has_focus
        await pass_time(pilot, clock, 5.0)
        assert "paused" in shown(pilot) and "2.0 / 4.7 s" in shown(pilot)
        await pilot.press("space")
        await pass_time(pilot, clock, 5.0)
        assert "ended" in shown(pilot)


async def test_the_arrows_go_step_by_step() -> None:
    clock = Clock()
    async with host(samples.answered(), clock).run_test(size=(120, 34)) as pilot:
        await pilot.press("right", "right")
        await pilot.pause()
        assert "2 retrieve" in shown(pilot) and "3 stop" not in shown(pilot)
        await pilot.press("right")
        await pilot.pause()
        assert "3 stop" in shown(pilot)
        await pilot.press("left")
        await pilot.pause()
        assert "2 retrieve" in shown(pilot) and "3 stop" not in shown(pilot)


async def test_seeking_back_shows_the_earlier_state() -> None:
    clock = Clock()
    async with host(samples.answered(), clock).run_test(size=(120, 34)) as pilot:
        await pass_time(pilot, clock, 1.0)
        early = shown(pilot)
        await pilot.press("space", "end")
        await pilot.pause()
        assert "specified in 2018" in shown(pilot)
        await pilot.press("home")
        await pilot.pause()
        assert "specified in 2018" not in shown(pilot) and "1 retrieve" not in shown(pilot)
        await pilot.press("space")
        await pass_time(pilot, clock, 1.0)
        assert shown(pilot) == early
        assert len(replay(pilot).query(Turn)) == 1


async def test_space_at_the_end_begins_once_more() -> None:
    clock = Clock()
    async with host(samples.answered(), clock).run_test(size=(120, 34)) as pilot:
        await pilot.press("end", "space")
        await pass_time(pilot, clock, 0.5)
        assert "0.5 / 4.7 s" in shown(pilot) and "specified in 2018" not in shown(pilot)


async def test_a_click_on_the_bar_seeks_and_up_and_down_move_a_little() -> None:
    clock = Clock()
    async with host(samples.answered(), clock).run_test(size=(120, 34)) as pilot:
        await pilot.press("space")
        player, bar = replay(pilot).player, replay(pilot).query_one(Transport)
        drawn = line(bar.standing, bar.content_size.width)
        await pilot.click(Transport, offset=(2 + drawn.start + drawn.cells // 2, 1))
        await pilot.pause()
        middle = player.position
        assert abs(middle - player.total / 2) < player.total / drawn.cells
        await pilot.press("up", "up", "down")
        assert player.position == middle + player.total // 20
        await pilot.click(Transport, offset=(3, 1))
        assert player.position == middle + player.total // 20


async def test_a_passage_opens_and_time_stands_still_meanwhile() -> None:
    clock = Clock()
    async with host(samples.answered(), clock).run_test(size=(120, 34)) as pilot:
        await pass_time(pilot, clock, 1.0)
        await pilot.press("f4", *["down"] * 6, "enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PassageScreen)
        await pass_time(pilot, clock, 2.0)
        await pilot.press("escape")
        await pilot.pause()
        assert replay(pilot).player.position == 10**9


async def test_where_it_is_narrow_f4_shows_the_steps_in_place_of_the_answer() -> None:
    clock = Clock()
    async with host(samples.answered(), clock).run_test(size=(80, 24)) as pilot:
        await pilot.press("end")
        await pilot.pause()
        assert "fused dense" not in shown(pilot)
        await pilot.press("f4")
        await pilot.pause()
        assert "fused dense" in shown(pilot)
        await pilot.press("f4")
        await pilot.pause()
        assert "specified in 2018" in shown(pilot)


async def test_escape_leaves() -> None:
    pane = host(samples.answered(), Clock())
    async with pane.run_test(size=(80, 24)) as pilot:
        await pilot.press("escape")
        await pilot.pause()
        assert pane.result is None


async def test_a_terminal_that_stood_still_does_not_make_it_jump() -> None:
    clock = Clock()
    async with host(samples.answered(), clock).run_test(size=(80, 24)) as pilot:
        clock.seconds += 3600
        await replay(pilot).tick()
        assert replay(pilot).player.position <= LONGEST_TICK_S * 10**9


async def test_a_run_that_was_cut_off_says_so() -> None:
    async with host(samples.two_steps(), Clock()).run_test(size=(120, 34)) as pilot:
        await pilot.press("end")
        await pilot.pause()
        assert "the run was cut off" in shown(pilot)


@pytest.mark.parametrize("name", ["first_release", "newer_events"])
async def test_an_older_and_a_newer_recording_play_to_their_end(name: str) -> None:
    clock = Clock()
    events = read(RECORDINGS / f"{name}.jsonl")
    async with host(events, clock, speed=10).run_test(size=(120, 34)) as pilot:
        await pass_time(pilot, clock, 1.0)
        screen = replay(pilot)
        assert screen.player.at_end and screen.view.finished is not None
        assert "135m" in shown(pilot) and screen.view.question[:40] in shown(pilot)


@pytest.mark.parametrize("cells", [40, 60, 80, 200])
def test_the_line_is_as_wide_as_there_is_room(cells: int) -> None:
    standing = Standing(position=2 * 10**9, total=5 * 10**9, marks=(0, 10**9), speed=10)
    drawn = line(standing, cells)
    text = "".join(text for text, _ in (*drawn.left, *drawn.bar, *drawn.right))
    assert len(text) == cells
    assert text.count("●") == 1


@pytest.mark.parametrize("cells", [8, 57, 140])
def test_a_cell_of_the_bar_is_a_time_and_back(cells: int) -> None:
    total = 4_735_000_000
    assert [cell_of(time_at(cell, total, cells), total, cells) for cell in range(cells)] == list(
        range(cells)
    )


def test_times_keep_their_width() -> None:
    assert times(0, 24 * 10**9) == " 0.0 / 24.0 s"
    assert times(61 * 10**9, 700 * 10**9) == " 1:01 / 11:40"


@pytest.mark.parametrize("size", SIZES[1:], ids=lambda size: f"{size[0]}x{size[1]}")
def test_looks(snap_compare: Any, size: tuple[int, int]) -> None:
    async def second_step(pilot: Pilot[None]) -> None:
        await pilot.press("right", "right", "right")
        await pilot.pause()
        await pilot.pause(0.1)

    assert snap_compare(
        host(samples.answered(), Clock()), terminal_size=size, run_before=second_step
    )
