"""What the tests of the chat share: the app with scripted edges, and waiting for a condition."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from argo_tui.app import ArgoApp
from argo_tui.screens.chat import ChatScreen
from argo_tui.widgets.prompt import Prompt
from argo_tui.widgets.turn import Turn
from engine.layers import load
from engine.paths import Home
from tests.scripted import scripted_parts


def home_in(directory: Path) -> Home:
    """Directories of a user below a test's own."""
    return Home(directory / "config", directory / "data", directory / "cache")


def app_in(directory: Path, flags: dict[str, Any] | None = None, **edges: Any) -> ArgoApp:
    """The app with scripted edges; `edges` as in `scripted_parts`."""
    home = home_in(directory)
    configuration = load(home, flags=flags, environment={}, directory=directory)
    return ArgoApp(configuration, home, scripted_parts(home, **edges), flags)


async def wait_until(
    pilot: Pilot[None], condition: Callable[[], bool], what: str = "", limit_s: float = 10.0
) -> None:
    """Let the app work until the condition holds; fail with `what` when it never does."""
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"never happened: {what or condition}")
        await asyncio.sleep(0.01)
        await pilot.pause()


def chat(pilot: Pilot[None]) -> ChatScreen:
    """The chat, whatever lies above it."""
    return next(s for s in pilot.app.screen_stack if isinstance(s, ChatScreen))


def turns(pilot: Pilot[None]) -> list[Turn]:
    """The turns, oldest first."""
    return list(chat(pilot).query(Turn))


async def type_question(pilot: Pilot[None], text: str) -> None:
    """Into the prompt, then enter."""
    chat(pilot).query_one(Prompt).text = text
    await pilot.press("enter")
    await wait_until(pilot, lambda: bool(turns(pilot)), "a turn appears")


async def ask(pilot: Pilot[None], text: str) -> Turn:
    """Ask and wait for the end of the run."""
    before = len(turns(pilot))
    await type_question(pilot, text)
    await wait_until(pilot, lambda: len(turns(pilot)) > before, "a new turn")
    turn = turns(pilot)[-1]
    await wait_until(pilot, lambda: turn.view.finished is not None, "the run ends")
    await pilot.pause()
    return turn


def shown(pilot: Pilot[None]) -> str:
    """The screen as plain text."""
    width, height = pilot.app.size
    lines = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text[:width] for strip in lines[:height])
