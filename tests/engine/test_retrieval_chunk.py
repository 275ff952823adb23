"""Passages: the document's own text, within the limit, cut where a reader would cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.retrieval.block import Block, BlockKind
from engine.retrieval.chunk import chunk, size

KINDS: list[BlockKind] = ["paragraph", "list", "code", "table"]
words = st.sampled_from(
    [
        "the",
        "RU",
        "7.2x",
        "3.5 ms",
        "e.g. x",
        "O-RAN.WG4.CUS.0",
        "rmr_wh_open",
        "(yes)",
        "is.",
        "So,",
    ]
)
prose = st.lists(words, min_size=1, max_size=120).map(" ".join)
layout = st.text(alphabet="ab .\n-|*1", min_size=1, max_size=300)
blocks = st.lists(
    st.builds(
        Block,
        text=prose | layout,
        kind=st.sampled_from(KINDS),
        section=st.sampled_from([(), ("A",), ("A", "B")]),
    ),
    max_size=6,
)


def visible(text: str) -> str:
    return "".join(text.split())


@given(blocks, st.integers(40, 90))
def test_passages_are_the_text_in_order_and_nothing_else(items: list[Block], limit: int) -> None:
    chunks = chunk("d", items, limit)
    assert visible("".join(c.text for c in chunks)) == visible("".join(b.text for b in items))


@given(blocks, st.integers(40, 90))
def test_no_passage_is_longer_than_the_limit_or_empty(items: list[Block], limit: int) -> None:
    assert all(0 < size(c.text) <= limit for c in chunk("d", items, limit))


@given(st.lists(words, min_size=60, max_size=300), st.integers(40, 60))
def test_no_word_number_or_identifier_is_broken(parts: list[str], limit: int) -> None:
    text = " ".join(parts)
    for passage in chunk("d", [Block(text)], limit):
        assert passage.text in text
    whole = " | ".join(c.text for c in chunk("d", [Block(text)], limit))
    for atom in ("3.5 ms", "e.g. x"):
        assert not re.search(re.escape(atom.replace(" ", " | ")), whole)


@given(blocks)
@settings(max_examples=30)
def test_ids_are_unique_and_stable(items: list[Block]) -> None:
    first, second = chunk("d", items, 60), chunk("d", items, 60)
    assert first == second
    assert len({c.id for c in first}) == len(first)
    assert not {c.id for c in first} & {c.id for c in chunk("other", items, 60)}


@pytest.mark.parametrize(
    "token", ["7.2x", "3.5", "O-RAN.WG4.CUS.0", "https://a.b/c.d?e=1.5", "rmr_wh_open(ctx)"]
)
def test_a_token_without_blanks_is_never_broken(token: str) -> None:
    text = " ".join(["word"] * 7 + [token]) * 40
    chunks = chunk("d", [Block(text)], 45)
    assert len(chunks) > 1
    assert sum(c.text.count(token) for c in chunks) == text.count(token)


def test_short_neighbours_of_one_section_share_a_passage() -> None:
    items = [Block("One.", section=("A",), line=3), Block("Two.", section=("A",), line=5)]
    (passage,) = chunk("d", items, 100)
    assert (passage.text, passage.section, passage.line) == ("One.\n\nTwo.", ("A",), 3)


def test_sections_never_share_a_passage() -> None:
    items = [Block("One.", section=("A",)), Block("Two.", section=("B",))]
    assert [c.section for c in chunk("d", items, 100)] == [("A",), ("B",)]


def test_a_list_and_a_code_block_stay_whole_where_they_fit() -> None:
    filler = Block(" ".join(["word"] * 90))
    code = Block("    a = 1\n\n    b = 2\n" * 3, "code")
    chunks = chunk("d", [filler, code], 100)
    assert any(c.text == code.text.rstrip() for c in chunks)


def test_a_cut_table_repeats_its_header() -> None:
    header = "| name | value |\n|---|---|"
    table = header + "".join(f"\n| parameter {n} | {n}.5 ms |" for n in range(40))
    chunks = chunk("d", [Block(table, "table", header=header, line=10)], 90)
    assert len(chunks) > 1
    assert all(c.text.startswith(header) and size(c.text) <= 90 for c in chunks)
    rows = [line for c in chunks for line in c.text.split("\n") if "parameter" in line]
    assert rows == table.split("\n")[2:]


def test_the_line_of_a_later_passage_is_where_it_starts() -> None:
    lines = [f"Sentence number {n} has seven words here." for n in range(30)]
    chunks = chunk("d", [Block("\n".join(lines), line=100)], 50)
    for passage in chunks:
        assert passage.line is not None
        assert passage.text.startswith(lines[passage.line - 100])


def test_no_small_tail_is_left_alone() -> None:
    items = [Block(f"Paragraph {n} has exactly these ten words and marks.") for n in range(11)]
    sizes = [size(c.text) for c in chunk("d", items, 100)]
    assert min(sizes) * 3 > max(sizes)


def test_a_line_without_blanks_is_cut_at_the_limit() -> None:
    chunks = chunk("d", [Block("x" * 100_000)], 100)
    assert "".join(c.text for c in chunks) == "x" * 100_000
    assert max(size(c.text) for c in chunks) <= 100
