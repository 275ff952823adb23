"""How the chat looks, at every width that has a layout of its own. Time and memory are frozen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from argo_tui.widgets.prompt import Prompt
from engine.events import Event, SynthesisDelta
from tests import samples
from tests.screen.chatting import app_in, ask, chat, type_question, wait_until
from tests.scripted import ScriptedEngine

SIZES = [(60, 20), (80, 24), (120, 34), (200, 50)]
Act = Callable[[Pilot[None]], Awaitable[None]]


def half_written(_: str) -> list[Event]:
    """Up to the middle of the final answer."""
    events = samples.answered()
    first = next(i for i, event in enumerate(events) if isinstance(event, SynthesisDelta))
    return events[: first + 20]


async def ready(pilot: Pilot[None]) -> None:
    """The model is loaded and the cursor does not blink."""
    chat(pilot).query_one(Prompt).cursor_blink = False
    await wait_until(pilot, lambda: chat(pilot).model.ready, "the model is ready")
    await pilot.pause()


async def answered(pilot: Pilot[None]) -> None:
    """One answered question."""
    await ready(pilot)
    await ask(pilot, samples.QUESTION)
    await settle(pilot)


async def running(pilot: Pilot[None]) -> None:
    """The answer is half written."""
    await ready(pilot)
    await type_question(pilot, samples.QUESTION)
    view = chat(pilot).conversation.unfinished
    assert view is not None
    whole = len(half_written(""))
    await wait_until(pilot, lambda: view.rate.pieces >= 20 and whole > 20, "twenty pieces")
    await settle(pilot)


async def chosen(pilot: Pilot[None]) -> None:
    """A multiple-choice question."""
    await ready(pilot)
    await ask(pilot, "Which interface connects the near-RT RIC with the O-DU?")
    await settle(pilot)


async def steps(pilot: Pilot[None]) -> None:
    """The steps in place of the conversation."""
    await answered(pilot)
    await pilot.press("f4")
    await settle(pilot)


async def settle(pilot: Pilot[None]) -> None:
    """Everything mounted is drawn."""
    for _ in range(3):
        await pilot.pause(0.1)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("act", [ready, running, answered], ids=lambda act: str(act.__name__))
def test_the_chat_looks_as_it_did(
    snap_compare: Any, tmp_path: Path, act: Act, size: tuple[int, int]
) -> None:
    engine = ScriptedEngine(half_written) if act is running else ScriptedEngine()
    assert snap_compare(app_in(tmp_path, engine=engine), terminal_size=size, run_before=act)


def test_the_steps_in_a_narrow_terminal_look_as_they_did(snap_compare: Any, tmp_path: Path) -> None:
    assert snap_compare(app_in(tmp_path), terminal_size=(80, 24), run_before=steps)


def test_a_choice_looks_as_it_did(snap_compare: Any, tmp_path: Path) -> None:
    assert snap_compare(app_in(tmp_path), terminal_size=(120, 34), run_before=chosen)
