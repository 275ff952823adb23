"""The window shows the sentences that were asked for, in the passage's own words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.retrieval.window import window

TEXT = "RMR routes messages. It opens port 4561 for Route Manager. The table is static. It ends."


def test_the_window_is_around_the_words_of_the_query() -> None:
    assert window(TEXT, "Which port does Route Manager use?", 1) == (
        "It opens port 4561 for Route Manager."
    )
    assert (
        window(TEXT, "static table", 2)
        == "It opens port 4561 for Route Manager. The table is static."
    )


def test_zero_or_more_than_there_are_is_the_whole_passage() -> None:
    assert window(TEXT, "port", 0) == TEXT
    assert window(TEXT, "port", 9) == TEXT


@given(st.text(), st.text(), st.integers(0, 5))
def test_the_window_is_part_of_the_text(text: str, query: str, count: int) -> None:
    assert window(text, query, count) in text
