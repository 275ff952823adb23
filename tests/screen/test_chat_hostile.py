"""Untrusted text can neither crash the screen nor reach the terminal as more than text."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from textual import events
from textual.widgets import OptionList

from argo_tui.widgets.prompt import Prompt
from argo_tui.widgets.sources import Sources
from engine.events import (
    AnswerDelta,
    AnswerDone,
    Classified,
    Event,
    Notice,
    Retrieved,
    RunFailed,
    SubqueryDone,
    SynthesisDelta,
    SynthesisDone,
)
from engine.text import clean
from tests import samples
from tests.screen.chatting import app_in, ask, chat, shown, wait_until
from tests.scripted import ScriptedEngine

HOSTILE = (
    "[/]",
    "[/foo] [bold",
    "[red]x[/red] [link=x]y[/]",
    "\x1b]52;c;aGFja2Vk\x07",
    "\x9b31mred\x9b0m and \x9d0;title\x9c",
    "\u202eesrever\u202c \u2066x",
    "[x](javascript:alert(1)) ![p](http://127.0.0.1/p.png) <img src=x>",
    "| a | b |\n|---|\n| [/] |",
    "* " * 400,
    "y" * 1_000_000,
)
CONTROL = {chr(code) for code in (*range(32), *range(0x7F, 0xA0), 0x202E, 0x2066)}
FORBIDDEN = CONTROL - {"\n"}


def poisoned(text: str) -> list[Event]:
    """An answered run with the text everywhere, cleaned as the engine does at its door."""
    safe = clean(text)

    def poison(event: Event) -> Event:
        match event:
            case SubqueryDone() | AnswerDelta() | AnswerDone() | SynthesisDelta() | Notice():
                return msgspec.structs.replace(event, text=safe)
            case Classified():
                return msgspec.structs.replace(event, why=safe, label=safe[:50], kind=safe[:50])
            case RunFailed():
                return msgspec.structs.replace(event, what=safe, where=safe, remedy=safe)
            case Retrieved():
                passages = tuple(
                    msgspec.structs.replace(
                        passage, text=safe, document=safe, section=(safe, safe), source=safe
                    )
                    for passage in event.passages
                )
                return msgspec.structs.replace(event, passages=passages)
            case SynthesisDone():
                return msgspec.structs.replace(event, text=f"{safe} [1]")
            case _:
                return event

    return [poison(event) for event in samples.answered()]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
async def test_hostile_text_is_shown_as_text(tmp_path: Path, text: str) -> None:
    app = app_in(tmp_path, engine=ScriptedEngine(lambda _: poisoned(text)))
    async with app.run_test(size=(120, 40)) as pilot:
        turn = await ask(pilot, f"about {text}" if len(text) < 1000 else "about it")
        await pilot.pause()
        assert not FORBIDDEN & set(shown(pilot))
        turn.query_one(Sources).focus()
        await pilot.press("down", "enter")
        await wait_until(pilot, lambda: len(app.screen_stack) > 2, "the passage opens")
        assert not FORBIDDEN & set(shown(pilot))
        await pilot.press("escape", "f4")
        await pilot.pause()
        assert not FORBIDDEN & set(shown(pilot))
        assert turn.is_attached


@pytest.mark.parametrize("text", HOSTILE[:6], ids=lambda text: repr(text[:12]))
async def test_a_hostile_paste_is_cleaned_before_it_is_shown(tmp_path: Path, text: str) -> None:
    async with app_in(tmp_path).run_test(size=(100, 30)) as pilot:
        prompt = chat(pilot).query_one(Prompt)
        pilot.app.post_message(events.Paste(f"ask {text}"))
        await wait_until(pilot, lambda: prompt.text.startswith("ask"), "the paste")
        assert prompt.text == clean(f"ask {text}")
        assert not FORBIDDEN & set(shown(pilot))


async def test_a_hostile_question_is_cleaned_before_anybody_sees_it(tmp_path: Path) -> None:
    engine = ScriptedEngine()
    async with app_in(tmp_path, engine=engine).run_test(size=(100, 30)) as pilot:
        turn = await ask(pilot, "what\x1b]52;c;aGFjaw==\x07 is \u202ea1?")
        assert turn.view.question == "what is a1?"
        assert engine.asked == ["what is a1?"]
        assert not pilot.app.query(OptionList).filter("#examples")
