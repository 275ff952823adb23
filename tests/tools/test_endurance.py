"""What a long session amounts to, and the engine that plays recorded runs."""

from __future__ import annotations

import csv
import io
import threading
from itertools import pairwise
from pathlib import Path

import pytest

from engine.errors import ArgoError
from engine.events import RunFinished, RunStarted, SynthesisDone, encode
from tests import samples
from tools.endurance.figures import Asked, echo, growth, trend
from tools.endurance.player import Player, Recording, read, streamed
from tools.endurance.report import Measured, markdown, rows
from tools.endurance.report import csv as rows_of
from tools.endurance.session import last_line, question

MIB = 1 << 20
ANSWERED = Recording("answered", tuple(samples.answered()))
NOT_FOUND = Recording("not_found", tuple(samples.not_found()))


def asked(number: int, *, rss: int = 60 * MIB, cpu_s: float = 0.1) -> Asked:
    """A question that took what every other took."""
    return Asked(number, "answered", 0.05, 0.1, (0.02, 0.04), cpu_s, 50_000, rss)


def measured(questions: tuple[Asked, ...], keys: tuple[float, ...] = (0.01,)) -> Measured:
    return Measured(questions, {"chat": keys}, 0, (0, 0), (4, 4), (10, 10), True)


def of(found: Measured, figure: str) -> tuple[str, ...]:
    """The row of that name."""
    return next(row for row in rows(found) if row[0].startswith(figure))


def test_growth_compares_quarters_after_the_first_twenty_questions() -> None:
    questions = [asked(number, rss=(500 - number) * MIB) for number in range(1, 21)]
    questions += [asked(number, rss=(60 + number) * MIB) for number in range(21, 101)]
    found = growth(questions)
    assert found is not None
    assert found.n == 8
    assert (found.first, found.last) == (95.0, 155.0)
    assert found.grown == 60.0
    assert found.slope == pytest.approx(1024)
    assert found.slope_low == pytest.approx(1024)


def test_a_short_session_says_nothing_about_memory() -> None:
    assert growth([asked(number) for number in range(1, 51)]) is None


def test_a_level_figure_does_not_grow() -> None:
    found = trend([10.0, 12.0, 11.0, 9.0, 13.0] * 20)
    assert found is not None
    assert found.ratio == pytest.approx(1.0)
    assert found.low < 1.0 < found.high
    assert not found.grows


def test_a_doubled_figure_grows() -> None:
    found = trend([10.0, 12.0] * 25 + [20.0, 24.0] * 25)
    assert found is not None
    assert found.n == 20
    assert found.ratio == pytest.approx(2.0)
    assert found.grows


def test_fewer_than_fifty_questions_have_no_fifths() -> None:
    assert trend([1.0] * 49) is None
    assert trend([1.0] * 50) is not None


def test_the_echo_is_given_in_milliseconds() -> None:
    found = echo([0.010] * 94 + [0.200] * 6)
    assert found is not None
    assert (found.p50, found.p95, found.most, found.n) == pytest.approx((10.0, 200.0, 200.0, 100))
    assert echo([]) is None


def test_the_table_says_what_was_met_and_what_was_not() -> None:
    level = tuple(asked(number) for number in range(1, 101))
    growing = tuple(
        asked(number, rss=number * MIB, cpu_s=0.1 + number / 100) for number in range(1, 101)
    )
    assert of(measured(level), "memory, last quarter")[-1] == "yes"
    assert of(measured(growing), "memory, last quarter")[-1] == "**no**"
    assert of(measured(level), "processor time")[-1] == "yes"
    assert of(measured(growing), "processor time")[-1] == "**no**"
    assert of(measured(level), "key echo")[-1] == "yes"
    assert of(measured(level, (0.2,)), "key echo")[-1] == "**no**"
    lines = markdown(measured(level), "About.").splitlines()
    assert {line.count("|") for line in lines if line.startswith("|")} == {6}


def test_each_question_is_a_row_of_the_csv() -> None:
    table = list(csv.DictReader(io.StringIO(rows_of([asked(1), asked(2)]))))
    assert [row["number"] for row in table] == ["1", "2"]
    assert (table[0]["frame_ms"], table[0]["frames"], table[0]["cpu_ms"]) == ("30.00", "2", "100")


def test_recordings_are_played_in_turn_under_the_asked_name() -> None:
    ends: list[str] = []
    player = Player((ANSWERED, NOT_FOUND), "0.5b", 0.0, ends.append)
    for number, recording in enumerate((ANSWERED, NOT_FOUND, ANSWERED)):
        text = f"What is E2? q{number}"
        played = list(
            player.answer(
                text, options=(), earlier=None, cancel=threading.Event(), run=f"run{number}"
            )
        )
        assert len(played) == len(recording.events)
        assert {event.run for event in played} == {f"run{number}"}
        assert isinstance(played[0], RunStarted)
        assert played[0].question == text
    assert ends == ["What is E2? q0", "What is E2? q1", "What is E2? q2"]


def test_a_streamed_question_takes_the_recording_with_most_text() -> None:
    cancel = threading.Event()
    cancel.set()
    player = Player((NOT_FOUND, ANSWERED), "0.5b", 0.0, lambda question: None)
    played = player.answer("Go on. s1", options=(), earlier=None, cancel=cancel, run="r")
    texts = [event.text for event in played if isinstance(event, SynthesisDone)]
    assert streamed((NOT_FOUND, ANSWERED)) is ANSWERED
    assert texts == [samples.FINAL]


def test_events_keep_their_order_and_long_waits_are_cut() -> None:
    assert ANSWERED.moments(0.0) == [0.0] * len(ANSWERED.events)
    moments = ANSWERED.moments(longest_wait_s=0.1)
    assert moments == sorted(moments)
    assert max(b - a for a, b in pairwise(moments)) <= 0.1 + 1e-9
    assert moments[-1] < ANSWERED.moments()[-1]


def test_shipped_recordings_can_be_told_apart_by_their_last_line() -> None:
    recordings = read()
    assert len({last_line(recording) for recording in recordings}) == len(recordings)
    assert all(question(recording) for recording in recordings)


def test_a_broken_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArgoError, match="no recorded runs"):
        read(tmp_path)
    (tmp_path / "cut.jsonl").write_bytes(encode(samples.started()))
    with pytest.raises(ArgoError, match="has no end"):
        read(tmp_path)
    (tmp_path / "cut.jsonl").write_text("{", "utf-8")
    with pytest.raises(ArgoError, match=r"cut\.jsonl"):
        read(tmp_path)


def test_the_last_event_ends_a_recording() -> None:
    assert all(isinstance(recording.events[-1], RunFinished) for recording in read())
