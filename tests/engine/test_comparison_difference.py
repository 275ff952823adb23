"""Where texts differ: spans of whole words."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.comparison.difference import LONGEST, Span, differences

TEXT = st.lists(st.sampled_from("the ric controls ran in loops of 10 ms [1].".split())).map(
    "  ".join
) | st.text(max_size=40)


def without(text: str, spans: tuple[Span, ...]) -> list[str]:
    """The words that are left where the spans are taken out."""
    for span in reversed(spans):
        text = text[: span.start] + text[span.end :]
    return text.split()


def test_a_word_that_is_only_in_one_text_is_marked_there() -> None:
    one, other = "the near-RT RIC controls it", "the RIC controls  it all"
    first, second = differences([one, other])
    assert [one[span.start : span.end] for span in first] == ["near-RT"]
    assert [other[span.start : span.end] for span in second] == ["all"]


def test_neighbouring_words_that_differ_are_one_span() -> None:
    assert differences(["a b c d", "a x d"]) == ((Span(2, 5),), (Span(2, 3),))


def test_of_three_texts_what_one_of_them_lacks_is_marked_in_the_others() -> None:
    first, second, third = differences(["a b", "a b", "a"])
    assert (first, second, third) == ((Span(2, 3),), (Span(2, 3),), ())


@settings(deadline=None)
@given(st.lists(TEXT, max_size=4))
def test_spans_lie_in_their_text_apart_and_in_order(texts: list[str]) -> None:
    for text, spans in zip(texts, differences(texts), strict=True):
        places = [place for span in spans for place in (span.start, span.end)]
        assert places == sorted(places) and len(set(places)) == len(places)
        assert all(0 <= place <= len(text) for place in places)
        assert all(text[span.start : span.end].split() for span in spans)


@settings(deadline=None)
@given(TEXT, TEXT)
def test_without_the_spans_two_texts_have_the_same_words(one: str, other: str) -> None:
    first, second = differences([one, other])
    assert without(one, first) == without(other, second)


@settings(deadline=None)
@given(TEXT, st.integers(1, 4))
def test_equal_texts_have_no_spans(text: str, count: int) -> None:
    assert differences([text] * count) == ((),) * count


@settings(deadline=None)
@given(st.lists(TEXT, min_size=2, max_size=4))
def test_what_is_not_marked_stands_in_every_text(texts: list[str]) -> None:
    for text, spans in zip(texts, differences(texts), strict=True):
        for other in texts:
            assert set(without(text, spans)) <= set(other.split())


def test_a_text_of_a_million_characters_is_compared_as_far_as_is_affordable() -> None:
    first, second = differences(["a " * 500_000, "b " * 500_000])
    assert first == second == (Span(0, 2 * LONGEST - 1),)
