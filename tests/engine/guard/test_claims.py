"""An answer as sentences with the citations behind them, and what is a decline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.events import Sentence
from engine.guard.claims import MARKER, Claim, bare, cited, claims, declines, joined, once, unbroken


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is 5 [1].", [Claim("It is 5.", (1,))]),
        ("It is 5. [1] It is 6. [2, 3]", [Claim("It is 5.", (1,)), Claim("It is 6.", (2, 3))]),
        ("It is 5 [1][1; 4].", [Claim("It is 5.", (1, 4))]),
        ("It is 4[1]5 ms.", [Claim("It is 45 ms.", (1,))]),
        ("It is 5 [[1]].", [Claim("It is 5 [].", (1,))]),
        ("It is 5 [1[2]].", [Claim("It is 5.", (2,))]),
        ("[3]", [Claim("", (3,))]),
        ("", []),
        ("- one [1]\n- two [2]", [Claim("- one", (1,)), Claim("- two", (2,))]),
    ],
)
def test_markers_are_taken_out_of_the_text(text: str, expected: list[Claim]) -> None:
    assert claims(text) == expected


@given(st.one_of(st.text(max_size=200), st.text("[]1, .a\n", max_size=60)))
def test_no_claim_holds_a_marker(text: str) -> None:
    for claim in claims(text):
        assert MARKER.search(claim.text) is None
        assert bare(claim.text) == claim.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Not in the passages.", True),
        ("Not in the passages [1].", True),
        ("not in the passages", True),
        ("", True),
        ("The passages do not state the limit.", True),
        ("The limit is not mentioned in the passages.", True),
        ("It is not specified.", True),
        ("The A1 Mediator does not keep its job queue.", False),
        ("Port 7710 [2].", False),
    ],
)
def test_declines_are_recognised(text: str, expected: bool) -> None:
    assert declines(text, "Not in the passages.") is expected


def test_only_a_reply_that_was_cut_loses_its_last_sentence() -> None:
    assert unbroken("It is 5. It is", "cap") == "It is 5."
    assert unbroken("It is 5. It is", "stop") == "It is 5. It is"
    assert unbroken("It is", "cap") == "It is"
    assert unbroken("It is 5. It is 6.", "cap") == "It is 5. It is 6."


def _sentence(text: str, *numbers: int) -> Sentence:
    return Sentence(text=text, citations=numbers, support=1.0, supported=bool(numbers))


def test_citations_stand_in_front_of_the_full_stop() -> None:
    assert cited(_sentence("It is 5.", 1, 3)) == "It is 5 [1][3]."
    assert cited(_sentence("It is 5", 1)) == "It is 5 [1]"
    assert cited(_sentence("It is 5.")) == "It is 5."


def test_items_of_a_list_stay_apart() -> None:
    assert joined([_sentence("- one", 1), _sentence("- two", 2)]) == "- one [1]\n- two [2]"
    assert joined([_sentence("It is 5.", 1), _sentence("It is 6.")]) == "It is 5 [1]. It is 6."


_WORDS = st.lists(st.sampled_from(["It", "is", "5", "7.2x", "e.g.", "ms"]), min_size=1, max_size=6)
_BODY = st.builds(
    lambda mark, said, stop: f"{mark}A {' '.join(said)}b{stop}",
    st.sampled_from(["", "- ", "* "]),
    _WORDS,
    st.sampled_from([".", "!", "?", ""]),
)


@given(st.lists(st.tuples(_BODY, st.lists(st.integers(1, 9), unique=True)), max_size=6))
def test_what_is_joined_is_found_again(parts: list[tuple[str, list[int]]]) -> None:
    found = claims(joined([_sentence(text, *numbers) for text, numbers in parts]))
    assert [(claim.text, list(claim.cited)) for claim in found] == parts


def test_a_sentence_is_said_once_with_the_citation_it_had_first() -> None:
    text = "The RIC is a function [1]. It runs xApps [2]. The RIC is a function [3]."
    assert [(c.text, c.cited) for c in once(claims(text))] == [
        ("The RIC is a function.", (1,)),
        ("It runs xApps.", (2,)),
    ]
