"""Sentence borders: nothing lost, nothing broken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.retrieval.sentences import sentences

ATOMS = [
    "Split 7.2x",
    "3.5 ms",
    "O-RAN.WG4.CUS.0",
    "e.g. x",
    "i.e. the RU",
    "Fig. 3",
    "cf. Sec. 5",
    "https://a.b/c?d=1.2",
    "rmr_send()",
    "v10.00",
    "No. 5",
    "192.158.4.30:8219",
]


@given(st.text())
def test_the_concatenation_is_the_text(text: str) -> None:
    assert "".join(sentences(text)) == text


@given(st.text(alphabet="aA1.!? \n\"'-*_(", max_size=200))
def test_the_concatenation_is_the_text_among_marks_and_blanks(text: str) -> None:
    parts = sentences(text)
    assert "".join(parts) == text
    assert all(parts)


@given(st.lists(st.sampled_from(ATOMS), min_size=1, max_size=8))
def test_an_atom_is_never_broken(atoms: list[str]) -> None:
    text = " and ".join(atoms) + " is fine. Next one."
    assert sentences(text)[0] == text.removesuffix("Next one.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is 7.2x. It is fast.", ["It is 7.2x. ", "It is fast."]),
        ("No. It does not.", ["No. ", "It does not."]),
        ("See No. 5 there.", ["See No. 5 there."]),
        ("Why? Because! Yes.", ["Why? ", "Because! ", "Yes."]),
        ('He said "stop." Then left.', ['He said "stop." ', "Then left."]),
        ("It returns NULL. rmr_send() retries.", ["It returns NULL. ", "rmr_send() retries."]),
        ("1. Install it. 2 more.", ["1. Install it. ", "2 more."]),
        ("a list:\n- one\n- two", ["a list:\n", "- one\n", "- two"]),
        ("first\n\nsecond", ["first\n\n", "second"]),
        ("approx. five times", ["approx. five times"]),
        ("", []),
    ],
)
def test_known_borders(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_long_text_takes_no_quadratic_time() -> None:
    text = "a\n\n" * 50_000 + "One. " * 50_000
    assert len(sentences(text)) == 100_000
