"""The running table: means with their intervals, paired speed-up, hours, votes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.comparison import tally_text
from engine.comparison.figures import RunFigures, figures
from engine.comparison.tally import Round, tally
from engine.events import Status
from tests.scripted_run import answered

SECONDS = st.floats(0.01, 1e4)


def took(seconds: float, status: Status = Status.ANSWERED) -> RunFigures:
    return replace(figures(answered()), seconds=seconds, status=status)


def rounds(
    *pairs: tuple[RunFigures | None, RunFigures | None], vote: int | None = None
) -> list[Round]:
    return [Round("Why?", (("0.5b", one), ("1.5b", other)), vote) for one, other in pairs]


def test_a_row_has_mean_distance_and_hours() -> None:
    first, second = tally(rounds((took(2), took(4)), (took(4), took(8))), budget_s=1.0, seed=0)
    assert (first.label, first.n, first.seconds, first.distance_s) == ("0.5b", 2, 3.0, 2.0)
    assert first.hours == pytest.approx((300 / 3600, 3_000 / 3600, 39_000 / 3600))
    assert (second.label, second.seconds) == ("1.5b", 6.0)


def test_the_speed_up_is_paired_by_question() -> None:
    first, second = tally(rounds((took(2), took(4)), (took(30), took(60))), 1.0, 0)
    assert (first.speed_up, first.speed_up_low) == (None, None)
    # Every question took twice as long, so there is nothing to be unsure of.
    assert second.speed_up == second.speed_up_low == second.speed_up_high == 0.5


def test_one_question_gives_no_speed_up_and_no_interval() -> None:
    _, second = tally(rounds((took(2), took(4))), 1.0, 0)
    assert (second.n, second.low, second.high, second.speed_up) == (1, 4.0, 4.0, None)
    cells = dict(zip(range(6), tally_text.cells(second), strict=False))
    assert (cells[2], cells[3], cells[4]) == ("4.00", "-", "-")


@pytest.mark.parametrize("lost", [None, took(99, Status.CANCELLED), took(99, Status.FAILED)])
def test_a_run_that_broke_off_does_not_count(lost: RunFigures | None) -> None:
    first, second = tally(rounds((took(2), lost), (took(2), took(1)), (took(4), took(2))), 1.0, 0)
    assert (first.n, second.n, second.seconds) == (3, 2, 1.5)
    assert second.speed_up == 2.0


def test_a_question_without_an_answer_counts_its_time_was_spent() -> None:
    first, _ = tally(rounds((took(2, Status.NOT_FOUND), None)), 1.0, 0)
    assert first.n == 1


def test_a_configuration_that_never_came_to_an_end_has_an_empty_row() -> None:
    _, second = tally(rounds((took(2), None)), 1.0, 0)
    assert (second.n, second.seconds, second.distance_s, second.hours) == (0, 0, 0, (0, 0, 0))
    assert set(tally_text.cells(second)[2:-1]) == {"-"}


def test_votes_belong_to_the_label_in_whatever_column_it_stood() -> None:
    found = [
        Round("a", (("x", took(1)), ("y", took(1))), 1),
        Round("b", (("y", took(1)), ("x", took(1))), 0),
        Round("c", (("x", took(1)), ("y", took(1))), None),
    ]
    assert [(row.label, row.votes) for row in tally(found, 1.0, 0)] == [("x", 0), ("y", 2)]


def test_no_question_gives_no_row() -> None:
    assert tally([], 1.0, 0) == ()


@settings(deadline=None)
@given(st.lists(st.tuples(SECONDS, SECONDS), min_size=1, max_size=8), st.integers(0, 3))
def test_figures_lie_in_their_intervals_and_the_seed_decides(
    times: list[tuple[float, float]], seed: int
) -> None:
    found = rounds(*((took(one), took(other)) for one, other in times))
    rows = tally(found, 1.0, seed)
    assert rows == tally(found, 1.0, seed)
    for row in rows:
        assert min(map(min, times)) <= row.low * 1.000001
        assert row.low <= row.seconds * 1.000001 and row.seconds <= row.high * 1.000001
        assert len(tally_text.cells(row)) == len(tally_text.HEAD)
    if (speed := rows[1].speed_up) is not None:
        assert rows[1].speed_up_low is not None and rows[1].speed_up_high is not None
        assert rows[1].speed_up_low <= speed * 1.000001
        assert speed <= rows[1].speed_up_high * 1.000001
