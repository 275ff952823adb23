"""Drafts are literal continuations of what stood before, of a length that proves itself."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from engine.llm.lookup import Lookup

# Four tokens only: most runs have stood somewhere before.
tokens = st.integers(0, 3)
prompts = st.lists(tokens, max_size=24)
rooms = st.integers(-1, 9)
mosts = st.integers(0, 8)


def continues(ids: Sequence[int], draft: Sequence[int], run: int) -> bool:
    """Whether the last `run` tokens stood earlier with the draft right behind them."""
    ends = range(run, len(ids))
    return len(ids) >= run and any(
        list(ids[end - run : end]) == list(ids[-run:])
        and list(ids[end : end + len(draft)]) == list(draft)
        for end in ends
    )


def followed(ids: Sequence[int], run: Sequence[int]) -> list[int]:
    """Where something follows this run."""
    size = len(run)
    return [n for n in range(size, len(ids)) if list(ids[n - size : n]) == list(run)]


def after_prompt(prompt: Sequence[int], *answer: int, most: int = 8) -> Lookup:
    """All drafts of up to `most` tokens: the first was right."""
    lookup = Lookup(prompt, most)
    for token in answer:
        lookup.add(token)
    lookup.verified(1, 1)
    return lookup


@given(prompts, st.lists(st.tuples(tokens, rooms, st.integers(0, 8)), max_size=24), mosts)
def test_a_draft_stood_literally_behind_the_last_2_or_3_tokens(
    prompt: list[int], rounds: list[tuple[int, int, int]], most: int
) -> None:
    lookup, ids = Lookup(prompt, most), list(prompt)
    for token, room, right in rounds:
        lookup.add(token)
        ids.append(token)
        draft = lookup.draft(room)
        assert len(draft) <= max(0, min(room, most))
        if draft:
            assert continues(ids, draft, 3) or continues(ids, draft, 2)
            lookup.verified(len(draft), min(right, len(draft)))


@given(prompts, st.lists(tokens, min_size=2, max_size=12), st.integers(1, 8))
def test_a_run_that_the_prompt_continues_is_always_drafted(
    prompt: list[int], answer: list[int], most: int
) -> None:
    lookup = after_prompt(prompt, *answer, most=most)
    if followed(prompt, answer[-2:]):
        assert lookup.draft(8)


@given(prompts, st.lists(tokens, min_size=3, max_size=12), st.integers(1, 8))
def test_a_match_in_the_prompt_is_the_last_one_and_comes_before_any_in_the_answer(
    prompt: list[int], answer: list[int], most: int
) -> None:
    lookup = after_prompt(prompt, *answer, most=most)
    ids = [*prompt, *answer]
    if places := followed(prompt, ids[-3:]):
        assert lookup.draft(8) == ids[places[-1] : places[-1] + most]


def test_three_tokens_that_match_say_more_than_two() -> None:
    lookup = after_prompt([7, 8, 9, 1, 2, 5, 8, 9, 3], 7, 8, 9)
    assert lookup.draft(2) == [1, 2]


def test_two_tokens_are_enough_where_three_have_not_stood_together() -> None:
    lookup = after_prompt([7, 8, 9, 1, 2], 5, 8, 9)
    assert lookup.draft(2) == [1, 2]


def test_one_token_is_not_enough() -> None:
    assert after_prompt([7, 8, 9, 1, 2], 5, 9).draft(2) == []


def test_the_later_of_two_matches_in_the_prompt_is_taken() -> None:
    lookup = after_prompt([8, 9, 1, 8, 9, 2, 5], 8, 9)
    assert lookup.draft(1) == [2]


def test_a_match_in_the_prompt_comes_before_one_in_the_answer() -> None:
    lookup = after_prompt([8, 9, 1, 5], 8, 9, 2, 6, 8, 9)
    assert lookup.draft(1) == [1]


def test_what_the_answer_said_before_is_drafted_too() -> None:
    lookup = after_prompt([1, 2, 3], 8, 9, 6, 7, 8, 9)
    assert lookup.draft(2) == [6, 7]


def test_the_later_of_two_matches_in_the_answer_is_taken() -> None:
    lookup = after_prompt([1, 2, 3], 8, 9, 4, 8, 9, 5, 8, 9)
    assert lookup.draft(1) == [5]


def test_the_newest_tokens_do_not_find_themselves() -> None:
    assert after_prompt([1, 2, 3], 8, 9).draft(4) == []
    assert after_prompt([1, 8, 9]).draft(4) == []


def test_a_draft_may_run_from_the_prompt_into_the_answer() -> None:
    lookup = after_prompt([5, 8, 9, 1], 2, 8, 9)
    assert lookup.draft(4) == [1, 2, 8, 9]


@given(prompts, st.lists(tokens, max_size=24), rooms)
def test_without_a_length_nothing_is_ever_drafted(
    prompt: list[int], answer: list[int], room: int
) -> None:
    lookup = Lookup(prompt, 0)
    for token in answer:
        lookup.add(token)
        assert lookup.draft(room) == []


@given(st.integers(1, 16))
def test_drafts_begin_at_half_their_length(most: int) -> None:
    lookup = Lookup([8, 9, *range(10, 40)], most)
    lookup.add(8)
    lookup.add(9)
    assert len(lookup.draft(99)) == max(1, most // 2)


@given(st.integers(1, 16), st.integers(0, 3))
def test_a_draft_that_was_right_to_its_end_makes_the_next_one_long(most: int, room: int) -> None:
    lookup = Lookup([8, 9, *range(10, 40)], most)
    lookup.add(8)
    lookup.add(9)
    drafted = len(lookup.draft(99))
    lookup.verified(drafted, drafted)
    assert len(lookup.draft(99)) == most
    assert len(lookup.draft(room)) == min(room, most)
    lookup.verified(most, 0)
    assert len(lookup.draft(99)) == max(1, most // 2)


def test_a_draft_that_was_right_in_part_leaves_the_length_as_it_is() -> None:
    lookup = Lookup([8, 9, *range(10, 40)], 8)
    lookup.add(8)
    lookup.add(9)
    lookup.verified(4, 2)
    assert len(lookup.draft(99)) == 4
    lookup.verified(4, 4)
    lookup.verified(8, 3)
    assert len(lookup.draft(99)) == 8


def test_after_three_wrong_drafts_in_a_row_two_tokens_are_not_enough_any_more() -> None:
    lookup = after_prompt([7, 8, 9, 1, 2], 5, 8, 9)
    for _ in range(3):
        assert lookup.draft(2)
        lookup.verified(2, 0)
    assert lookup.draft(2) == []


def test_three_tokens_still_are_and_one_right_token_forgives() -> None:
    lookup = after_prompt([7, 8, 9, 1, 2, 8, 9, 3], 7, 8, 9)
    for _ in range(5):
        lookup.verified(2, 0)
    assert lookup.draft(2) == [1, 2]
    lookup.verified(2, 1)
    lookup.add(5)
    lookup.add(8)
    lookup.add(9)
    assert lookup.draft(1) == [3]
