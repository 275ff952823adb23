"""Draw the pictures of README and docs: the chat with its tree, a comparison, the policy, a replay.

    python -m tools.make_pictures

No model is loaded: the recorded runs of docs/recordings are played through the real program, and
each screen is written to docs/pictures as SVG. A recording is made by asking and
`argo-tui runs export last --events --out docs/recordings/QUESTION.PROFILE.jsonl`.
"""
# ruff: noqa: T201

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from textual.pilot import Pilot

from argo_tui.app import ArgoApp
from argo_tui.parts import Parts, real_parts
from argo_tui.screens.compare import CompareScreen
from argo_tui.screens.policy import PolicyScreen
from argo_tui.screens.replay import ReplayScreen
from engine.config import Settings
from engine.events import RunStarted
from engine.layers import Configuration, load
from engine.models.registry import ModelStatus, Selected
from engine.paths import Home
from tools.endurance.player import Player, Recording, read

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
SIZE: Final = (120, 34)
_PATIENCE_S: Final = 20.0

Act = Callable[[Pilot[Any], Sequence[Recording]], Awaitable[None]]


def main() -> None:
    """Draw all of them."""
    recordings = read(DOCS / "recordings")
    out = DOCS / "pictures"
    out.mkdir(exist_ok=True)
    for name, act in (("chat", chat), ("policy", policy), ("compare", compare), ("replay", replay)):
        asyncio.run(picture(out / f"{name}.svg", recordings, act))
        print(out / f"{name}.svg")


async def picture(path: Path, recordings: Sequence[Recording], act: Act) -> None:
    """One screen, after `act` has led there."""
    with tempfile.TemporaryDirectory() as place:
        home = Home(Path(place), Path(place), Path(place))
        app = ArgoApp(load(home), home, parts(home, recordings))
        async with app.run_test(size=SIZE) as pilot:
            await act(pilot, recordings)
            await pilot.pause(0.5)
            path.write_text(app.export_screenshot(title="argo-tui"), encoding="utf-8")


async def chat(pilot: Pilot[Any], recordings: Sequence[Recording]) -> None:
    """A question with its tree."""
    await ask(pilot, recordings)


async def policy(pilot: Pilot[Any], recordings: Sequence[Recording]) -> None:
    """The policy of that run."""
    await ask(pilot, recordings)
    await pilot.press("f7")
    await until(pilot, lambda: isinstance(pilot.app.screen, PolicyScreen))


async def replay(pilot: Pilot[Any], recordings: Sequence[Recording]) -> None:
    """The run again, half way."""
    await ask(pilot, recordings)
    await pilot.press("f9")
    await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen))
    await pilot.press("space", "home", "right", "right")


async def compare(pilot: Pilot[Any], recordings: Sequence[Recording]) -> None:
    """The question again, by two profiles."""
    await pilot.pause(1.0)
    await pilot.press("f6")
    await pilot.pause(0.5)
    await pilot.press("enter")  # the profile in use and the other one are proposed
    await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen))
    await pilot.pause(1.0)
    await pilot.press(*question(recordings), "enter")
    await pilot.pause(3.0)


async def ask(pilot: Pilot[Any], recordings: Sequence[Recording]) -> None:
    """Type the question of the recordings and wait for the answer."""
    await pilot.pause(1.0)
    await pilot.press(*question(recordings), "enter")
    await pilot.pause(2.0)


async def until(pilot: Pilot[Any], reached: Callable[[], bool]) -> None:
    """Wait for a screen. Raises TimeoutError."""
    async with asyncio.timeout(_PATIENCE_S):
        while not reached():
            await pilot.pause(0.05)


def question(recordings: Sequence[Recording]) -> str:
    """What was asked in the first of them."""
    return _started(recordings[0]).question


def profiles(recordings: Sequence[Recording]) -> list[str]:
    """Who answered, in the order of the files."""
    return list(dict.fromkeys(_started(one).profile for one in recordings))


def parts(home: Home, recordings: Sequence[Recording]) -> Parts:
    """The real edges, but each profile plays what it once answered."""

    def open_engine(
        configuration: Configuration, profile: str, phase: Callable[[str], None]
    ) -> Player:
        own = [one for one in recordings if _started(one).profile == profile]
        player = Player(own, profile, 0.0, lambda question: None)
        started = _started(own[0])
        player.info = replace(player.info, name=started.model, device=started.device)
        return player

    def statuses(settings: Settings) -> Sequence[ModelStatus]:
        return [
            ModelStatus(name, name, name, 0, "", 0, home.data, True, "recorded")
            for name in profiles(recordings)
        ]

    def select(settings: Settings, name: str) -> Selected:
        chosen = name if name in profiles(recordings) else profiles(recordings)[0]
        return Selected(chosen, settings.profiles[chosen], home.data, "recorded runs are played")

    return replace(
        real_parts(home),
        open_engine=open_engine,
        statuses=statuses,
        select=select,
        memory=lambda: 0,
    )


def _started(recording: Recording) -> RunStarted:
    return next(event for event in recording.events if isinstance(event, RunStarted))


if __name__ == "__main__":
    main()
