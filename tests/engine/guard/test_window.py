"""Windows are literally parts of a passage, and a row of a table is read under its header."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.guard.window import WIDEST, windows

TABLE = "| Timer | Length (ms) |\n|---|---|\n| Beacon | 40 |\n| Guard | 50 |\n"
PIECES = st.sampled_from(
    ["A node. ", "It runs for 40 ms. ", "\n", "\n\n", "- item\n", "| a | 1 |\n", " ", "7.2x ", "\t"]
)


@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=30).map("".join)))
def test_a_window_is_literally_a_part_of_its_text(text: str) -> None:
    for window in windows(text):
        assert window.text and window.text in text
        assert 1 <= window.units <= WIDEST


@given(st.lists(PIECES, max_size=30).map("".join))
def test_every_word_is_in_a_window_of_one_unit(text: str) -> None:
    single = " ".join(window.text for window in windows(text) if window.units == 1)
    assert single.split() == text.split()


def test_a_row_is_read_under_its_header() -> None:
    (row,) = [w for w in windows(TABLE) if w.units == 1 and "Beacon" in w.text]
    assert row.text == "| Beacon | 40 |"
    assert {"timer", "beacon"} <= row.words
    assert "40ms" in row.low


def test_a_passage_without_text_has_no_windows() -> None:
    assert windows("") == windows(" \n\n ") == []
