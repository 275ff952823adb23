"""What a model is given of a passage: whole sentences around what was asked, within a length."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.events import Passage
from engine.retrieval.excerpt import excerpts, length
from engine.retrieval.sentences import sentences
from engine.roles.answer import shown
from engine.roles.prompt import load

PROSE = [
    "The near-RT RIC hosts xApps.",
    "It controls E2 nodes in 10 ms to 1 s.",
    "Policies arrive over the A1 interface from the non-RT RIC.",
    "The O1 interface carries faults, configuration and performance data.",
    "Open fronthaul connects the O-DU with the O-RU by split 7.2x.",
    "Synchronisation comes from PTP or from a local GNSS receiver.",
    "A beam is chosen by its index, e.g. from a table in the O-RU.",
    "The SMO manages the O-Cloud through the O2 interface.",
]
TEXT = " ".join(PROSE)
TABLE = (
    "Interfaces of the RIC:\n\n| interface | from | to |\n|---|---|---|\n"
    + "".join(f"| X{n} | node {n} | node {n + 1} |\n" for n in range(20))
    + "| E2 | near-RT RIC | O-DU |\n"
    + "".join(f"| Y{n} | node {n} | node {n + 1} |\n" for n in range(20))
)
CODE = "Start it:\n\n```\n" + "".join(f"step_{n} --verbose\n" for n in range(40)) + "```\n"

words = st.sampled_from(["E2", "A1", "beam", "RIC", "the", "of", "7.2x", "xApp", "near-RT"])
marks = st.sampled_from(
    [". ", "! ", "\n", "\n\n", " | ", " ", ", ", "? ", "\n- ", "\u2028", "\r\n"]
)
shaped = st.lists(st.tuples(words, marks), max_size=60).map(
    lambda pieces: "".join(word + mark for word, mark in pieces)
)
texts = st.lists(st.text(max_size=200) | shaped, max_size=5)
queries = st.text(max_size=40) | st.lists(words, max_size=6).map(" ".join)


@given(texts, queries, st.integers(0, 60))
def test_an_excerpt_of_any_text_is_literally_in_it(
    texts: list[str], query: str, limit: int
) -> None:
    found = excerpts(texts, query, limit)
    assert len(found) == len(texts)
    for text, excerpt in zip(texts, found, strict=True):
        assert excerpt in text


@example(["\n" + "word " * 20 + "end. Next."], "", 10)
@given(texts, queries, st.integers(1, 60))
def test_it_is_never_empty_for_that_would_mean_all_of_the_text(
    texts: list[str], query: str, limit: int
) -> None:
    for text, excerpt in zip(texts, excerpts(texts, query, limit), strict=True):
        assert excerpt or length(text) == 0


@given(texts, queries, st.integers(1, 60))
def test_it_is_longer_than_its_limit_only_where_one_line_of_one_sentence_is(
    texts: list[str], query: str, limit: int
) -> None:
    found = excerpts(texts, query, limit)
    for n, (text, excerpt) in enumerate(zip(texts, found, strict=True)):
        most = limit if n == 0 else limit // 2
        if length(text) <= most:
            assert excerpt == text
        elif length(excerpt) > most:
            pieces = [line for sentence in sentences(text) for line in sentence.split("\n")]
            assert excerpt in [piece.strip() for piece in (*pieces, *sentences(text))]


@given(texts, queries)
def test_without_a_limit_everything_is_given(texts: list[str], query: str) -> None:
    assert excerpts(texts, query, 0) == texts


@given(shaped, queries, st.integers(1, 40))
def test_the_order_of_the_others_changes_nothing_for_the_first(
    text: str, query: str, limit: int
) -> None:
    rest = [TEXT, TABLE]
    assert (
        excerpts([text, *rest], query, limit)[0] == excerpts([text, *rest[::-1]], query, limit)[0]
    )


@pytest.mark.parametrize("wanted", PROSE)
def test_it_holds_the_sentence_that_was_asked_for(wanted: str) -> None:
    first, other = excerpts([TEXT, TEXT], wanted, 60)
    assert wanted in first
    assert wanted in other
    assert length(first) <= 60 < length(TEXT)
    assert length(other) <= 30


def test_the_first_passage_is_given_twice_as_much_as_the_others() -> None:
    first, *others = excerpts([TEXT, TEXT, TEXT], "near-RT RIC xApps", 60)
    assert length(others[0]) <= 30 < length(first) <= 60
    assert others[0] == others[1]
    assert first.startswith(others[0])


def test_it_is_made_of_whole_sentences() -> None:
    (excerpt,) = excerpts([TEXT], "split of the open fronthaul", 30)
    assert set(sentences(excerpt)) <= {s for whole in PROSE for s in (whole, whole + " ")}


def test_what_follows_the_hit_is_given_before_what_stands_in_front_of_it() -> None:
    (excerpt,) = excerpts([TEXT], "open fronthaul split", 30)
    assert excerpt.startswith(PROSE[4])
    assert PROSE[5] in excerpt


def test_a_word_that_few_sentences_hold_weighs_more() -> None:
    (excerpt,) = excerpts([TEXT], "interface GNSS", 14)
    assert PROSE[5] in excerpt


def test_another_form_of_the_word_is_found_too() -> None:
    (excerpt,) = excerpts([TEXT], "how is a cell synchronised", 14)
    assert PROSE[5] in excerpt


def test_a_question_that_no_sentence_answers_gives_the_beginning() -> None:
    (excerpt,) = excerpts([TEXT], "weather tomorrow", 20)
    assert TEXT.startswith(excerpt)
    assert excerpt


def test_a_sentence_that_is_too_long_by_itself_stays_whole() -> None:
    long = "The scheduler " + "and the scheduler " * 40 + "waits."
    (excerpt,) = excerpts([f"{TEXT} {long} {TEXT}"], "scheduler waits", 30)
    assert excerpt == long


def test_of_a_table_whole_rows_are_given_and_the_one_that_was_asked_for() -> None:
    first, other = excerpts([TABLE, TABLE], "what does E2 connect with the near-RT RIC", 80)
    for excerpt, most in ((first, 80), (other, 40)):
        assert "| E2 | near-RT RIC | O-DU |" in excerpt
        assert set(excerpt.splitlines()) <= set(TABLE.splitlines())
        assert 1 < len(excerpt.splitlines()) < len(TABLE.splitlines())
        assert length(excerpt) <= most


def test_of_a_code_block_whole_lines_are_given() -> None:
    (excerpt,) = excerpts([CODE], "step_31", 30)
    assert "step_31 --verbose" in excerpt.splitlines()
    assert set(excerpt.splitlines()) <= set(CODE.splitlines())


def test_the_prompt_shows_the_excerpt_and_where_there_is_none_the_text() -> None:
    prompts = load("qwen")
    (excerpt,) = excerpts([TEXT], "GNSS", 14)
    cut, whole = passage(excerpt), passage("")
    assert PROSE[5] in shown(prompts, [cut])
    assert PROSE[0] not in shown(prompts, [cut])
    assert TEXT in shown(prompts, [whole])


def passage(excerpt: str) -> Passage:
    return Passage(
        number=1,
        id="x",
        document="Primer",
        source="primer/x.md",
        section=(),
        text=TEXT,
        dense=0.5,
        lexical=1.0,
        fused=1.0,
        excerpt=excerpt,
    )


def test_where_a_passage_is_from_is_no_excerpt_of_it() -> None:
    text = TEXT + "\n\nSource: O-RAN.WG3.E2GAP, E2 General Aspects and Principles"
    assert excerpts([text], "What does O-RAN.WG3.E2GAP say of E2 principles?", 0) == [TEXT]
    (short,) = excerpts([text], "What does O-RAN.WG3.E2GAP say of E2 principles?", 20)
    assert "Source" not in short
    assert excerpts(["Source: all there is"], "all", 10) == ["Source: all there is"]
