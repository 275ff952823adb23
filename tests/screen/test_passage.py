"""A passage: what it is, where it comes from, what was quoted from it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content
from textual.widgets import Static

from argo_tui.quotes import find_quotes
from argo_tui.screens.passage import CURRENT, MARK, PassageScreen
from engine.events import Passage
from tests.screen.panels import Host

TEXT = (
    "The Near-Real-Time RAN Intelligent Controller hosts applications called xApps. Its control "
    "loops run between 10 milliseconds and 1 second.\n\n"
    "The E2 interface joins the controller with the nodes of the radio network: O-CU-CP, O-CU-UP, "
    "O-DU and O-eNB. A node that ends E2 is called an E2 node, and one controller may serve many "
    "of them.\n\n"
    + "\n\n".join(
        f"Paragraph {number}. An xApp subscribes to events of an E2 node through a service model, "
        "and the answer [/] arrives as an indication message with a header and a body."
        for number in range(1, 9)
    )
    + "\n\nEvery subscription has an identifier of 32 bits, and the controller keeps it until the "
    "node confirms the deletion."
)
QUOTES = (
    "Its control loops run between 10 milliseconds and 1 second.",
    "A node that ends E2 is called an E2 node",
    "identifier of 32 bits",
)


def passage(text: str = TEXT, **other: Any) -> Passage:
    fields: dict[str, Any] = {
        "number": 2,
        "id": "near-rt-ric#3",
        "document": "Near-RT RIC Architecture",
        "source": "primer/near-rt-ric.md",
        "section": ("Near-RT RIC Architecture", "Interfaces", "E2 and its nodes"),
        "text": text,
        "dense": 0.713,
        "lexical": 14.21,
        "fused": 0.984,
        "line": 41,
    }
    return Passage(**fields | other)


def host(quotes: tuple[str, ...] = QUOTES, **other: Any) -> Host:
    return Host(lambda: PassageScreen(passage(**other), quotes))


def said(app: Host, name: str) -> str:
    return str(app.screen.query_one(name, Static).visual)


def marked(app: Host) -> dict[str, list[str]]:
    """The marked stretches of the text by style."""
    visual = app.screen.query_one("#passage-text", Static).visual
    assert isinstance(visual, Content)
    found: dict[str, list[str]] = {MARK: [], CURRENT: []}
    for span in visual.spans:
        found[str(span.style)].append(visual.plain[span.start : span.end])
    return found


async def test_the_whole_text_is_shown_as_it_is() -> None:
    app = host()
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        assert said(app, "#passage-text") == TEXT


async def test_the_head_names_document_sections_line_and_scores() -> None:
    app = host()
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        assert said(app, "#passage-head").splitlines() == [
            "[2] Near-RT RIC Architecture › Interfaces › E2 and its nodes",
            "primer/near-rt-ric.md:41",
            "dense .71   lexical 14.2   fused .98   ",
        ]


async def test_a_page_is_named_where_there_is_one() -> None:
    app = host(page=7, line=None, lexical=0.0)
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        assert "primer/near-rt-ric.md, page 7" in said(app, "#passage-head")
        assert "not found by words" in said(app, "#passage-head")


async def test_quotes_are_marked_and_the_first_is_current() -> None:
    app = host()
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        assert marked(app) == {CURRENT: [QUOTES[0]], MARK: [QUOTES[1], QUOTES[2]]}
        assert said(app, "#passage-count") == "quote 1 of 3"


async def test_n_and_p_go_round_the_quotes_and_scroll_to_them() -> None:
    app = host()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        body = app.screen.query_one("#passage-body")
        await pilot.press("p")
        await pilot.pause(0.1)
        assert marked(app)[CURRENT] == [QUOTES[2]]
        assert body.scroll_y == body.max_scroll_y > 0
        await pilot.press("n")
        await pilot.pause(0.1)
        assert marked(app)[CURRENT] == [QUOTES[0]]
        assert body.scroll_y == 0
        await pilot.press("n")
        await pilot.pause(0.1)
        assert said(app, "#passage-count") == "quote 2 of 3"


async def test_without_quotes_nothing_is_marked_or_counted() -> None:
    app = host(quotes=("this is not in the text",))
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        await pilot.press("n", "p")
        assert marked(app) == {CURRENT: [], MARK: []}
        assert not app.screen.query_one("#passage-count").display


async def test_c_copies_the_text_and_says_so() -> None:
    app = host()
    async with app.run_test(size=(120, 34), notifications=True) as pilot:
        await pilot.pause()
        await pilot.press("c")
        await pilot.pause()
        assert app.copied == [TEXT]
        assert any("[2] is sent to the clipboard" in note.message for note in app._notifications)


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_keys_that_close_it(key: str) -> None:
    app = host()
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause()
        assert app.result is None


async def test_the_arrows_scroll() -> None:
    app = host()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("down", "down")
        await pilot.pause(0.6)
        assert app.screen.query_one("#passage-body").scroll_y > 0


async def test_markup_in_a_document_is_text() -> None:
    app = host(text="[b]bold[/b] [/] [red]", document="[/foo]", section=("[/bar]",))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert said(app, "#passage-text") == "[b]bold[/b] [/] [red]"
        assert "[/foo] › [/bar]" in said(app, "#passage-head")


def test_a_quote_across_a_line_break_is_found() -> None:
    assert find_quotes("a loop of\n  one second", ["loop of one second"]) == ((2, 22),)


def test_overlapping_quotes_become_one_and_missing_ones_none() -> None:
    assert find_quotes("abcdef ghi", ["abcd", "cdef", "zzz", " "]) == ((0, 6),)


@given(st.text(max_size=60), st.lists(st.text(max_size=12), max_size=4))
def test_spans_are_inside_the_text_in_order_and_apart(text: str, quotes: list[str]) -> None:
    end = 0
    for start, stop in find_quotes(text, quotes):
        assert end <= start < stop <= len(text)
        end = stop


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 34), (200, 50)])
def test_looks(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(host(), terminal_size=size, press=["n"])
