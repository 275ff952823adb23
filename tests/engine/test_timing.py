"""The clock and the spans of a step."""

from __future__ import annotations

import pytest

from engine.events import Part
from engine.timing import Clock, Spans


class Hands:
    """A clock source that moves only when told."""

    def __init__(self) -> None:
        self.ns = 1_000

    def __call__(self) -> int:
        return self.ns


def test_a_clock_counts_from_when_it_was_made() -> None:
    hands = Hands()
    clock = Clock(hands)
    hands.ns += 7
    assert clock.now() == 7


def test_a_span_holds_its_start_and_length() -> None:
    hands = Hands()
    spans = Spans(Clock(hands))
    hands.ns += 5
    with spans.part(Part.SEARCH):
        hands.ns += 11
    (span,) = spans.take()
    assert (span.part, span.start_ns, span.ns) == (Part.SEARCH, 5, 11)


def test_a_part_that_fails_is_timed_too() -> None:
    spans = Spans(Clock(Hands()))
    with pytest.raises(ValueError), spans.part(Part.DECODE):
        raise ValueError
    assert [span.part for span in spans.take()] == [Part.DECODE]


def test_spans_added_by_length_end_now_and_are_ordered_by_their_start() -> None:
    hands = Hands()
    spans = Spans(Clock(hands))
    hands.ns += 100
    spans.add(Part.DECODE, 10)
    spans.add(Part.PREFILL, 60)
    assert [(s.part, s.start_ns) for s in spans.take()] == [(Part.PREFILL, 40), (Part.DECODE, 90)]


def test_taking_empties_the_collector() -> None:
    spans = Spans(Clock(Hands()))
    spans.add(Part.CHECK, 1)
    spans.take()
    assert spans.take() == ()
