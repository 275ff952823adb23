"""A citation is shown only where a retrieved passage holds the sentence, whatever a model says."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.guard.checked import Checked
from engine.guard.claims import MARKER, bare, supported_text
from tests.engine.guard.kit import PASSAGES, check, passage

# Passages and claims are made of the same few words, numbers and names, so that claims are often
# supported; what a text holds is known by how it was made, not by asking the guard.
_UNITS = ["", " ms", "ms", " s", " milliseconds", " %", " dB", " MHz", " nodes"]
_COUNTS = "1 10 100 1.5 15 -10 1,024 10² 5-10".split()
_CODES = "7-2x 0x1F v2 v2.1 10.0.0.1 10.0.0.10 2019-11-05".split()
_VALUES = st.one_of(
    st.tuples(st.sampled_from(_COUNTS), st.sampled_from(_UNITS)),
    st.tuples(st.sampled_from(_CODES), st.just("")),
)
_NAMES = st.sampled_from(["O-DU", "O-RU", "xApp", "E2AP", "E2", "Tarvo", "RMR_PORT", "rmr_send"])
_VERBS = st.sampled_from(["runs for", "opens", "is set to", "does not use", "reports"])
_SAID = st.builds(
    lambda name, verb, value: (f"The {name} {verb} {''.join(value)}.", name, *value),
    _NAMES, _VERBS, _VALUES,
)  # fmt: skip
_PASSAGES = st.lists(st.lists(_SAID, min_size=1, max_size=4), min_size=1, max_size=4)
_SPELLED = {" ms": "ms", " milliseconds": "ms", " s": "s", " %": "%", " dB": "dB", " MHz": "MHz"}


def _value(number: str, unit: str) -> tuple[str, str]:
    """A number with the unit that it counts in, in one spelling; other nouns are words."""
    return number, _SPELLED.get(unit, unit.strip() if unit != " nodes" else "")


def _made(parts: list[list[tuple[str, str, str, str]]]) -> dict[int, list[tuple[str, ...]]]:
    return {n: [tuple(one) for one in some] for n, some in enumerate(parts, start=1)}


@given(_PASSAGES, st.lists(_SAID, min_size=1, max_size=4), st.sampled_from([0.1, 0.5, 1.0]))
@settings(max_examples=300)
def test_every_value_and_name_shown_as_supported_is_in_a_cited_passage(
    parts: list[list[tuple[str, str, str, str]]],
    answer: list[tuple[str, str, str, str]],
    least: float,
) -> None:
    made = _made(parts)
    passages = {n: passage(n, " ".join(one[0] for one in some)) for n, some in made.items()}
    checked = check(" ".join(one[0] for one in answer), passages, least=least)
    said = list({one[0].casefold(): one for one in reversed(answer)}.values())
    assert len(checked.sentences) == len(said)
    found = {one.text.casefold(): one for one in checked.sentences}
    for text, name, number, unit in said:
        sentence = found[text.casefold()]
        for n in sentence.citations:
            values = {_value(one[2], one[3]) for one in made[n]}
            ends = {_value(end, one[3]) for one in made[n] if one[2] == "5-10" for end in ("10",)}
            assert _value(number, unit) in values | ends
            # The passages are sections about the «Tarvo node».
            assert name in {one[1] for one in made[n]} | {"Tarvo"}


@given(_PASSAGES)
def test_what_is_copied_from_a_passage_is_supported(
    parts: list[list[tuple[str, str, str, str]]],
) -> None:
    passages = {n: passage(n, " ".join(o[0] for o in some)) for n, some in _made(parts).items()}
    for some in parts:
        for copied, *_ in some:
            assert check(copied, passages, least=1.0).grounded


@given(_PASSAGES, st.lists(_SAID, min_size=1, max_size=4), st.randoms())
def test_the_order_of_passages_changes_nothing_that_is_supported(
    parts: list[list[tuple[str, str, str, str]]],
    answer: list[tuple[str, str, str, str]],
    random: Random,
) -> None:
    passages = {n: passage(n, " ".join(o[0] for o in some)) for n, some in _made(parts).items()}
    numbers = list(passages)
    random.shuffle(numbers)
    text = " ".join(one[0] for one in answer)
    assert check(text, {n: passages[n] for n in numbers}) == check(text, passages)


@given(_PASSAGES, st.lists(_SAID, min_size=1, max_size=4))
def test_a_checked_text_is_its_own_check(
    parts: list[list[tuple[str, str, str, str]]], answer: list[tuple[str, str, str, str]]
) -> None:
    passages = {n: passage(n, " ".join(o[0] for o in some)) for n, some in _made(parts).items()}
    once = check(" ".join(one[0] for one in answer), passages)
    again = check(once.text, passages)
    assert (again.text, again.sentences, again.citations) == (
        once.text,
        once.sentences,
        once.citations,
    )
    assert again.removed == 0


@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from([0.3, 0.5, 1.0]))
def test_whatever_is_said_about_whatever_a_quote_is_a_part_of_its_passage(
    said: str, known: str, least: float
) -> None:
    passages = {**PASSAGES, 3: passage(3, known)}
    for text in (said, known):
        checked = check(text, passages, "Which port?", least)
        for citation in checked.citations:
            assert citation.quote in passages[citation.number].text
        for sentence in checked.sentences:
            assert sentence.supported == bool(sentence.citations)
            assert bool(sentence.why) != sentence.supported
            assert not sentence.supported or sentence.support >= least


@given(st.text("The beacon timer runs for 40 ms[1], 2.\n3]", max_size=80))
def test_digits_of_a_supported_sentence_are_those_of_its_passages(text: str) -> None:
    checked = check(text, PASSAGES, least=0.1)
    for sentence in checked.sentences:
        for n in sentence.citations:
            held = set(re.findall(r"\d+", PASSAGES[n].text))
            assert set(re.findall(r"\d+", sentence.text)) <= held


@given(st.text("ab [1]2,.\n", max_size=60))
def test_markers_live_outside_of_the_sentences(text: str) -> None:
    checked = check(text, PASSAGES)
    for sentence in checked.sentences:
        assert MARKER.search(sentence.text) is None
        assert set(sentence.citations) <= PASSAGES.keys()
    assert {citation.number for citation in checked.citations} == {
        n for sentence in checked.sentences for n in sentence.citations
    }


def test_a_supported_sentence_keeps_its_citation_and_gets_its_quote() -> None:
    checked = check("The guard timer runs for 3.5 s [1].", PASSAGES, "How long?")
    assert checked.text == "The guard timer runs for 3.5 s [1]."
    (citation,) = checked.citations
    assert citation.number == 1
    assert citation.quote == "The guard timer runs for 3.5 s and uses split 7.2x."
    assert checked.removed == 0


def test_a_citation_of_the_wrong_passage_moves_to_the_right_one() -> None:
    checked = check("A node opens port 7710 [1].", PASSAGES, "Which port?")
    assert checked.text == "A node opens port 7710 [2]."
    assert checked.removed == 1


@pytest.mark.parametrize("marker", ["[9]", "[0]", "[1, 9]", "[99][98]"])
def test_a_citation_of_no_passage_is_removed(marker: str) -> None:
    checked = check(f"The beacon timer runs for 40 ms {marker}.", PASSAGES)
    assert checked.text == "The beacon timer runs for 40 ms [1]."
    assert checked.removed >= 1


def test_a_model_that_cannot_cite_is_cited_for() -> None:
    checked = check("The beacon timer runs for 40 ms.", PASSAGES, "How long?")
    assert checked.text == "The beacon timer runs for 40 ms [1]."


def test_each_sentence_is_judged_alone() -> None:
    text = "The beacon timer runs for 40 ms [1]. It was invented by Marconi in Bologna [1]."
    checked = check(text, PASSAGES, "How long?")
    assert [sentence.supported for sentence in checked.sentences] == [True, False]
    assert supported_text(checked.sentences) == "The beacon timer runs for 40 ms [1]."


def test_a_marker_after_the_full_stop_belongs_to_the_sentence_before() -> None:
    checked = check("The beacon timer runs for 40 ms. [1] It uses 7.2x. [1]", PASSAGES, "")
    assert [sentence.citations for sentence in checked.sentences] == [(1,), (1,)]


def test_a_table_as_an_answer_is_held_row_by_word() -> None:
    table = "| timer | length |\n|---|---|\n| beacon | 40 ms |"
    assert check(table, PASSAGES).grounded
    assert not check(table.replace("40", "41"), PASSAGES).grounded


def test_a_list_as_an_answer_is_checked_again_item_by_item() -> None:
    text = "- The beacon timer runs for 40 ms\n- The guard timer runs for 9 s"
    checked = check(text, PASSAGES)
    assert checked.text == "- The beacon timer runs for 40 ms [1]\n- The guard timer runs for 9 s"
    assert check(checked.text, PASSAGES).sentences == checked.sentences


def test_numbers_in_the_wrong_order_are_never_supported() -> None:
    checked = check("40 ms is longer than 3.5 s.", PASSAGES)
    assert [one.why for one in checked.sentences] == ["orders its numbers the wrong way round"]


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        ("The beacon timer runs for 41 ms.", "not in the passages: 41ms"),
        ("The beacon timer does not run.", "says the opposite of the passage"),
        ("The beacon timer runs for 3.5 s.", "gives a value that belongs to something else"),
        ("Penguins swim.", "its words are not in the passages"),
    ],
)
def test_a_sentence_says_why_it_has_no_citation(claim: str, why: str) -> None:
    (sentence,) = check(claim, {1: PASSAGES[1]}).sentences
    assert sentence.why == why


def test_without_passages_nothing_is_supported() -> None:
    checked = check("The beacon timer runs for 40 ms [1].", {})
    assert not checked.grounded
    assert checked.sentences[0].why == "no passage is about this"


@pytest.mark.parametrize("text", ["", "   ", "[1]", "\n\n[2] [3]"])
def test_an_answer_without_words_has_no_sentences(text: str) -> None:
    checked: Checked = check(text, PASSAGES)
    assert checked.sentences == ()
    assert bare(checked.text) == ""
