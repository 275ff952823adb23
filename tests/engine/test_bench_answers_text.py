"""The answers benchmark's rules for texts, and what a figure is worth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bench.answers_text import declines, held, occurs, unheld
from engine.bench.intervals import bootstrap, means, medians, sign_test, wilson


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("16", "It has 16 ports."),
        ("16", "a 16-bit field"),
        ("16 ms", "It runs for 16ms [2]."),
        ("10000", "up to 10,000 sessions"),
        ("direct", "Direct conflicts"),
        ("precod", "the radio does the precoding"),
        ("category-b", "a Category‑B radio"),
        ("6", "There are **6** of them."),
        ("UE", "per UE; for UEs"),
        ("5 %", "by 5% at most"),
        ("12 min", "12 minutes"),
    ],
)
def test_a_wanted_form_is_found_in_any_spelling(form: str, text: str) -> None:
    assert occurs(form, text)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("16", "It has 160 ports."),
        ("16", "version 1.16"),
        ("16", "16.5 dB"),
        ("16", "TS16"),
        ("no", "It is a node."),
        ("3", "a 3GPP node"),
        ("3", "The port is open [3]."),
        ("direct", "an indirect conflict"),
        ("E2", "E2AP"),
        ("30 m", "30 min"),
        ("30 m", "30 ms"),
    ],
)
def test_a_wanted_form_is_not_found_inside_a_longer_one(form: str, text: str) -> None:
    assert not occurs(form, text)


@given(st.integers(0, 10**6), st.integers(0, 9))
def test_a_number_is_never_found_in_a_longer_number(number: int, digit: int) -> None:
    assert occurs(str(number), f"It is {number}.")
    assert not occurs(str(number), f"It is {number}{digit}.")
    assert not occurs(str(number), f"It is 1{digit}{number:07}.")


@given(st.text())
def test_a_text_holds_every_value_of_its_own(text: str) -> None:
    assert unheld(text, [text]) == ()


def test_every_group_needs_one_of_its_alternatives() -> None:
    groups = [["10 ms", "10 milliseconds"], ["1 s", "one second"]]
    assert held("From 10 milliseconds to one second.", groups) == 2
    assert held("From 10 ms up.", groups) == 1


@pytest.mark.parametrize(
    "text", ["", "Not in the passages.", "not in the documents", "The passages do not say."]
)
def test_a_decline_says_no_more_than_that(text: str) -> None:
    assert declines(text)


@pytest.mark.parametrize("text", ["It is not encrypted.", "Nothing but port 3.", "Not port 5."])
def test_a_negative_answer_is_no_decline(text: str) -> None:
    assert not declines(text)


def test_a_value_must_stand_in_a_cited_passage_as_it_is() -> None:
    source = "A Tarvo node (TS 38.401) sends 10-1000 frames within 10 000 µs over E2."
    assert unheld("TS 38.401: 10 to 1000 frames in 10,000 µs by an E2-node.", [source]) == ()
    assert unheld("It sends 100 frames.", [source]) == ("100",)
    assert unheld("See 38.40 and 8.401.", [source]) == ("38.40", "8.401")
    assert unheld("1. It sends 10 frames.", [source]) == ()


# ---------------------------------------------------------------------------- intervals


@given(st.integers(0, 200), st.integers(1, 200))
def test_a_wilson_interval_holds_the_share(k: int, n: int) -> None:
    k = min(k, n)
    low, high = wilson(k, n)
    assert 0 <= low <= k / n + 1e-9 and k / n - 1e-9 <= high <= 1


def test_a_wilson_interval_is_the_published_one() -> None:
    assert wilson(24, 33) == pytest.approx((0.558, 0.849), abs=1e-3)
    assert wilson(0, 0) == (0, 1)


def test_a_bootstrap_interval_holds_the_statistic_and_repeats_itself() -> None:
    values = [1.0, 2.0, 3.0, 10.0]
    low, high = bootstrap(values, medians)
    assert 1 <= low <= 2.5 <= high <= 10
    assert bootstrap(values, medians) == (low, high)
    assert bootstrap([2.0] * 5, means) == (2, 2)
    with pytest.raises(ValueError):
        bootstrap([], means)


def test_an_uneven_split_is_unlikely() -> None:
    assert sign_test(0, 0) == sign_test(3, 3) == 1
    assert sign_test(10, 0) == sign_test(0, 10) == pytest.approx(2 / 1024)
    assert sign_test(900, 1200) < 1e-6
