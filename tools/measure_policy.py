"""How long the policy screen takes to follow a slider: solve, what-if and drawing.

    python tools/measure_policy.py [--moves 200]

Every move sets another value, so nothing is kept from the move before. `values` is the
mathematics and the what-if, `lines` what is drawn from them, `screen` everything from the move
until the terminal has been written to. `--cpu` counts the time of this process's processor instead
of the clock on the wall, for a machine that does other work too.
"""
# ruff: noqa: T201

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from textual.app import App

sys.path.insert(0, str(Path(__file__).parent.parent))

from argo_tui.policy.picture import Picture, decisions_of, picture, record_of
from argo_tui.policy.values import LINES, Values
from argo_tui.run_view import RunView
from argo_tui.screens.policy import PolicyScreen
from argo_tui.widgets.belief_plot import densities
from argo_tui.widgets.policy_plot import drawing
from argo_tui.widgets.slider import Slider
from engine.config import Settings
from engine.whatif import suppose
from tests import samples

Clock = Callable[[], float]
SIZES = ((80, 24), (120, 34), (200, 50))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=200)
    parser.add_argument("--cpu", action="store_true")
    given = parser.parse_args()
    moves, clock = given.moves, time.process_time if given.cpu else time.perf_counter
    view = RunView("r1", samples.QUESTION)
    for event in samples.answered():
        view.apply(event)
    print(f"{'size':<10}{'what':<10}{'median':>10}{'p95':>10}{'most':>10}   ms, {moves} moves")
    for size in SIZES:
        values, lines = pure(view, size, moves, clock)
        report(size, "values", values)
        report(size, "lines", lines)
        report(size, "screen", asyncio.run(whole(view, size, moves, clock)))


def pure(
    view: RunView, size: tuple[int, int], moves: int, clock: Clock
) -> tuple[list[float], list[float]]:
    """Milliseconds of the mathematics and of the lines, for random values of every slider."""
    chance = random.Random(0)
    decisions = decisions_of(view)
    solving: list[float] = []
    drawn: list[float] = []
    for _ in range(moves):
        values = Values(Settings())
        for line in LINES:
            values = values.set(line.key, line.scale.at(chance.random()))
        start = clock()
        record = record_of(view, values.settings, "")
        shown: Picture = picture(record, decisions, values.settings, {}, len(decisions) - 1)
        suppose(record, values.settings, {})
        middle = clock()
        drawing(shown, size[0] - 58, size[1] - 14)
        densities(shown.beliefs, shown.now, 48, 14)
        drawn.append(1e3 * (clock() - middle))
        solving.append(1e3 * (middle - start))
    return solving, drawn


async def whole(view: RunView, size: tuple[int, int], moves: int, clock: Clock) -> list[float]:
    """Milliseconds from a move until the screen is drawn."""
    times: list[float] = []
    app: App[None] = App()
    async with app.run_test(size=size) as pilot:
        await app.push_screen(PolicyScreen(Settings(), view))
        await pilot.pause()
        for move in range(moves):
            slider = app.screen.focused
            assert isinstance(slider, Slider)
            drawn = asyncio.Event()
            start = clock()
            slider.action_move(1 if (move // 20) % 2 == 0 else -1)
            app.screen.call_later(app.screen.call_after_refresh, drawn.set)
            await drawn.wait()
            times.append(1e3 * (clock() - start))
            await pilot.pause()
    return times


def report(size: tuple[int, int], what: str, times: list[float]) -> None:
    ordered = sorted(times)
    middle, high = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
    print(f"{size[0]}x{size[1]:<6} {what:<10}{middle:>9.1f} {high:>9.1f} {ordered[-1]:>9.1f}")


if __name__ == "__main__":
    main()
