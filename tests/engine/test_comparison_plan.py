"""How columns are run: what shares a place waits, what does not fit is loaded in turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.comparison.plan import Mode, Need, plan
from engine.errors import ModelError

SMALL = Need("0.5b", 2_000, "cpu")
LARGE = Need("1.5b", 5_000, "cpu")
SERVER = Need("3b", 0, "http://gpu:8000/v1")
NEEDS = st.lists(
    st.builds(
        Need,
        profile=st.sampled_from(["0.5b", "1.5b", "3b"]),
        bytes=st.integers(0, 100),
        place=st.sampled_from(["cpu", "cuda:0", "http://a"]),
    ),
    min_size=2,
    max_size=4,
)


def test_columns_with_places_of_their_own_run_in_parallel() -> None:
    planned = plan([SMALL, SERVER], 10_000)
    assert planned.mode is Mode.PARALLEL
    assert "a place of its own" in planned.why


def test_columns_that_share_a_place_are_asked_in_turn_and_it_is_said_which() -> None:
    planned = plan([SMALL, SERVER, LARGE], 10_000)
    assert planned.mode is Mode.IN_TURN
    assert "0.5b and 1.5b share cpu" in planned.why


def test_two_columns_of_one_server_share_it() -> None:
    assert plan([SERVER, SERVER], 0).mode is Mode.IN_TURN


def test_columns_that_do_not_fit_together_are_loaded_one_at_a_time() -> None:
    planned = plan([SMALL, LARGE], 6_999)
    assert planned.mode is Mode.ONE_AT_A_TIME
    assert plan([SMALL, LARGE], 7_000).mode is Mode.IN_TURN


def test_a_wish_for_parallel_is_honoured_with_a_word_of_caution() -> None:
    planned = plan([SMALL, LARGE], 10_000, Mode.PARALLEL)
    assert planned.mode is Mode.PARALLEL
    assert "share cpu, so their times are not comparable" in planned.why


@pytest.mark.parametrize("wish, word", [(Mode.PARALLEL, "parallel"), (Mode.IN_TURN, "turn")])
def test_a_wish_that_does_not_fit_is_refused_with_the_reason(wish: Mode, word: str) -> None:
    planned = plan([SMALL, LARGE], 6_000, wish)
    assert planned.mode is Mode.ONE_AT_A_TIME
    assert f"{word} was asked for, but together they need" in planned.why


def test_a_column_that_does_not_fit_alone_is_an_error_that_names_it() -> None:
    with pytest.raises(ModelError, match=r"1\.5b needs") as refused:
        plan([SMALL, LARGE], 4_000)
    assert refused.value.remedy


@given(NEEDS, st.integers(0, 500), st.none() | st.sampled_from(Mode))
def test_a_plan_never_takes_more_memory_than_there_is(
    needs: list[Need], free: int, wish: Mode | None
) -> None:
    total, largest = sum(need.bytes for need in needs), max(need.bytes for need in needs)
    if largest > free:
        with pytest.raises(ModelError):
            plan(needs, free, wish)
        return
    planned = plan(needs, free, wish)
    assert planned.mode is Mode.ONE_AT_A_TIME or total <= free
    assert planned.why.endswith(".")
    if total <= free and wish is not None:
        assert planned.mode is wish
    if wish is None and planned.mode is Mode.PARALLEL:
        assert len({need.place for need in needs}) == len(needs)
