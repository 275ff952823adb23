"""The last look at a line: only text passes, as wide as before; and pastes into every field."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.filter import Monochrome
from textual.widgets import Input

from argo_tui.line_filters import MOST_MARKS, Colourless, PlainText, harmless, last_look
from argo_tui.widgets.prompt import LONGEST_PASTE, Prompt
from engine.text import clean
from tests.hostile import ESCAPES, HIDDEN, HOSTILE, MARKUP
from tests.screen.chatting import app_in, ask, chat, shown, wait_until
from tests.scripted import ScriptedEngine
from tests.wire import foreign

BLACK, BLUE = Color.parse("#000000"), Color.parse("#112244")


@pytest.mark.parametrize("text", [pytest.param(t, id=n) for n, t in HOSTILE.items()])
def test_no_line_carries_more_than_text(text: str) -> None:
    line = text.replace("\n", " ")[:20_000]
    (segment,) = PlainText().apply([Segment(line, Style(bold=True))], BLACK)
    assert foreign(segment.text.encode()) == []
    assert segment.style == Style(bold=True)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])))
def test_a_line_keeps_its_width_and_ordinary_text_is_not_touched(text: str) -> None:
    if cell_len(harmless(text)) != cell_len(text):
        # Only a tower of marks may be cut, and it has no width of its own to lose.
        assert len(harmless(text)) < len(text)
    assert harmless(harmless(text)) == harmless(text)


@pytest.mark.parametrize("text", ["7.2x, µs ≥ 日本 👩‍👩‍👧‍👦 é e\u0301", "שָׁלוֹם", "ที่นี่"])
def test_scripts_and_emoji_pass_as_they_are(text: str) -> None:
    assert harmless(text) == text


def test_of_a_tower_the_foot_remains() -> None:
    assert harmless("Z" + "\u0335" * 500 + "a") == "Z" + "\u0335" * MOST_MARKS + "a"


def test_no_color_takes_every_colour_and_shows_a_cursor_in_reverse() -> None:
    style = Style(color="#ff0000", bgcolor=BLACK.rich_color, underline=True)
    cursor = Style(color="#ff0000", bgcolor=BLUE.rich_color)
    plain, marked = Colourless().apply([Segment("a", style), Segment("b", cursor)], BLACK)
    assert plain.style == Style(underline=True)
    assert marked.style == Style(reverse=True)


def test_no_color_counts_where_it_is_not_empty() -> None:
    grey = Monochrome()
    assert [type(each) for each in last_look([grey], {"NO_COLOR": "1"})] == [PlainText, Colourless]
    assert [type(each) for each in last_look([grey], {"NO_COLOR": ""})] == [Monochrome, PlainText]


@pytest.mark.parametrize("texts", [ESCAPES, HIDDEN, MARKUP], ids=["escapes", "hidden", "markup"])
async def test_a_hostile_paste_is_cleaned_before_it_is_shown(
    tmp_path: Path, texts: dict[str, str]
) -> None:
    pasted = ("ask " + " ".join(texts.values()))[:LONGEST_PASTE]
    async with app_in(tmp_path).run_test(size=(100, 30)) as pilot:
        prompt = chat(pilot).query_one(Prompt)
        pilot.app.post_message(events.Paste(pasted))
        await wait_until(pilot, lambda: prompt.text.startswith("ask"), "the paste")
        assert prompt.text == clean(pasted)
        assert foreign(shown(pilot).encode()) == []


@pytest.mark.parametrize("key", ["f3", "f2"], ids=["runs", "settings"])
@pytest.mark.parametrize("texts", [ESCAPES, HIDDEN, MARKUP], ids=["escapes", "hidden", "markup"])
async def test_a_hostile_paste_into_a_search_shows_only_text(
    tmp_path: Path, key: str, texts: dict[str, str]
) -> None:
    async with app_in(tmp_path).run_test(size=(100, 30)) as pilot:
        await pilot.press(key)
        await wait_until(pilot, lambda: bool(pilot.app.screen.query(Input)), "the screen")
        await pilot.press("slash")
        field = pilot.app.screen.query_one(Input)
        for text in texts.values():
            field.value = ""
            field.post_message(events.Paste(" ".join(text.splitlines())[:500] or "."))
            await pilot.pause()
            assert foreign(shown(pilot).encode("utf-8", "replace")) == []
        field.value = ""
        await pilot.press("escape", "escape", "escape")
        await wait_until(pilot, lambda: len(pilot.app.screen_stack) == 2, "back in the chat")


async def test_a_hostile_question_is_cleaned_before_anybody_sees_it(tmp_path: Path) -> None:
    engine = ScriptedEngine()
    async with app_in(tmp_path, engine=engine).run_test(size=(100, 30)) as pilot:
        turn = await ask(pilot, "what\x1b]52;c;aGFjaw==\x07 is \u202ea1?")
        assert turn.view.question == "what is a1?"
        assert engine.asked == ["what is a1?"]
