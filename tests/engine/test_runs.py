"""The run store: what is written is there, can be found, and belongs to the right run."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import StoreError
from engine.events import Action, Notice, RunStarted, Status, SynthesisDelta, Usage
from engine.runs import RunStore
from engine.text import clean
from tests.scripted_run import MS, answered, ending, failed, opening, started, timed


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore.open(tmp_path / "data" / "runs.sqlite")


def record(store: RunStore, events: list) -> None:  # type: ignore[type-arg]
    for event in events:
        store.write(event)


def test_events_come_back_as_they_were_written_and_in_order(store: RunStore) -> None:
    events = answered("a")
    record(store, events)
    assert store.events("a") == events


def test_runs_written_at_the_same_time_are_kept_apart(store: RunStore) -> None:
    one, two = answered("one"), answered("two")
    for pair in zip(one, two, strict=True):
        record(store, list(pair))
    assert (store.events("one"), store.events("two")) == (one, two)


def test_a_finished_run_is_summarised(store: RunStore) -> None:
    record(store, answered("a", "What does the near-RT RIC do?"))
    (run,) = store.runs()
    assert (run.run, run.status, run.steps, run.seconds, run.tokens) == (
        "a",
        "answered",
        1,
        0.602,
        40,
    )
    assert run.answer.startswith("It controls the RAN")


def test_the_newest_run_comes_first_and_the_limit_holds(store: RunStore) -> None:
    for name in "abc":
        record(store, answered(name))
    assert [run.run for run in store.runs(limit=2)] == ["c", "b"]


@pytest.mark.parametrize("search", ["near-RT ric", "NEAR", "controls ran", "xapp 10", "what"])
def test_words_of_the_question_and_of_the_answer_find_a_run(store: RunStore, search: str) -> None:
    record(store, failed("b", "Who pays?"))
    record(store, [*opening("a", "What about the near-RT RIC and xApps?"),
                   *ending("a", Status.ANSWERED, "It controls the RAN in 10 ms")])  # fmt: skip
    assert [run.run for run in store.runs(search=search)] == ["a"]


def test_a_word_that_is_nowhere_finds_nothing(store: RunStore) -> None:
    record(store, answered("a"))
    assert store.runs(search="fronthaul") == []


@pytest.mark.parametrize(
    "search",
    ['"', '""', "*", "a OR", "NEAR(", "question:what", "^what", "(", "-x", "' OR 1=1 --", "\\", "%",
     "a" * 5000, "ß\u0301 İ", "💥", "𝕏 x", "what AND NOT ric", "{answer} :", "+", "\x00a"],
)  # fmt: skip
def test_search_text_is_never_query_syntax(store: RunStore, search: str) -> None:
    record(store, answered("a"))
    store.runs(search=search)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(search=st.text(max_size=30))
def test_no_text_breaks_the_search(store: RunStore, search: str) -> None:
    store.runs(search=clean(search))


def test_the_list_can_be_of_one_profile(store: RunStore) -> None:
    record(store, answered("a", "Why?"))
    start, *rest = answered("b", "Why not?")
    assert isinstance(start, RunStarted)
    record(store, [msgspec.structs.replace(start, profile="3b"), *rest])
    assert store.profiles() == ["3b", "135m"]
    assert [run.run for run in store.runs(profile="135m")] == ["a"]
    assert [run.run for run in store.runs(profile="3b", search="why")] == ["b"]
    assert store.runs(profile="3b", search="sky") == store.runs(profile="' OR 1 --") == []
    assert [run.run for run in store.runs(search="?", profile="3b")] == ["b"]


def test_punctuation_alone_is_searched_for_literally(store: RunStore) -> None:
    record(store, answered("a", "Why 100%?"))
    record(store, answered("b", "Why?"))
    assert [run.run for run in store.runs(search="%")] == ["a"]


def test_a_failed_run_is_listed_as_failed(store: RunStore) -> None:
    record(store, failed("a", "Why?"))
    assert [run.status for run in store.runs()] == ["failed"]


def test_a_run_of_a_living_process_is_running(store: RunStore) -> None:
    record(store, list(opening("a", "Why?")))
    assert [run.status for run in store.runs()] == ["running"]


@pytest.mark.parametrize(
    "column, value", [("pid", 2**22 + 1), ("host", "elsewhere"), ("born", 1.0)]
)
def test_a_run_whose_process_is_gone_was_interrupted(
    store: RunStore, tmp_path: Path, column: str, value: object
) -> None:
    record(store, [*opening("a", "Why?"), SynthesisDelta(run="a", at_ns=1, text="Because ")])
    outside(tmp_path, f"UPDATE runs SET {column} = ?", value)
    (run,) = store.runs()
    assert (run.status, run.answer, run.steps, run.tokens) == ("interrupted", "Because ", 1, 20)


def test_an_event_of_a_newer_version_is_kept_and_shown_as_unreadable(
    store: RunStore, tmp_path: Path
) -> None:
    record(store, answered("a"))
    future = '{"event":"dreamt","run":"a","at_ns":77,"of":"sheep"}'
    outside(tmp_path, "INSERT INTO events VALUES ('a', 900, 'dreamt', ?)", future)
    last = store.events("a")[-1]
    assert isinstance(last, Notice)
    assert (last.at_ns, "dreamt" in last.text) == (77, True)
    assert store.lines("a")[-1] == future
    assert store.runs()[0].status == "answered"


def test_an_event_of_a_run_that_never_started_is_refused(store: RunStore) -> None:
    with pytest.raises(StoreError):
        store.write(SynthesisDelta(run="nobody", at_ns=0, text="x"))


def test_a_run_cannot_start_twice(store: RunStore) -> None:
    store.write(started("a", "Why?"))
    with pytest.raises(StoreError):
        store.write(started("a", "Why?"))
    assert len(store.events("a")) == 1


def test_a_run_is_found_by_its_beginning_and_by_last(store: RunStore) -> None:
    for name in ("abc1", "abd2", "abd"):
        record(store, answered(name))
    assert [store.find(name) for name in ("abc", "abd", "abd2", "last")] == [
        "abc1", "abd", "abd2", "abd",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["ab", "zz", "", "%", "a_c"])
def test_an_ambiguous_or_unknown_run_is_an_error_with_a_remedy(store: RunStore, name: str) -> None:
    record(store, answered("abc"))
    record(store, answered("abd"))
    with pytest.raises(StoreError) as caught:
        store.find(name)
    assert caught.value.remedy


def test_seconds_per_action_are_the_mean_of_the_last_twenty_steps(store: RunStore) -> None:
    store.write(started("a", "Why?"))
    for step in range(1, 31):
        slow = 1000 if step <= 10 else step
        store.write(timed("a", step, Action.RETRIEVE, start_ns=0, ns=slow * MS))
    mean = sum(range(11, 31)) / 20 / 1000
    assert store.seconds_per_action("135m") == {Action.RETRIEVE: pytest.approx(mean)}


def test_seconds_per_action_are_those_of_the_profile_alone(store: RunStore) -> None:
    record(store, answered("a"))
    assert store.seconds_per_action("3b") == {}


def test_steps_that_were_cut_short_do_not_count(store: RunStore) -> None:
    record(store, [*opening("a", "Why?"), *ending("a", Status.CANCELLED, "")])
    assert store.seconds_per_action("135m") == {}


def test_the_view_of_timed_steps_splits_time_by_part(store: RunStore, tmp_path: Path) -> None:
    record(store, answered("a"))
    rows = outside(
        tmp_path, "SELECT step, embed_ns, decode_ns, decoded_tokens FROM timed_steps ORDER BY seq"
    )
    assert rows == [(1, 10 * MS, 150 * MS, 20), (0, 10 * MS, 150 * MS, 20)]


def test_counts_are_kept_while_the_run_goes_on(store: RunStore) -> None:
    record(store, list(opening("a", "Why?")))
    (run,) = store.runs()
    assert (run.steps, run.tokens, run.seconds) == (1, 20, 0.402)


def test_usage_survives_the_round_trip(store: RunStore) -> None:
    record(store, answered("a"))
    assert store.events("a")[-1].usage.forwards == 42  # type: ignore[union-attr]
    assert Usage() == msgspec.json.decode(msgspec.json.encode(Usage()), type=Usage)


def outside(tmp_path: Path, query: str, *values: object) -> list[tuple[object, ...]]:
    """What another program does to the file."""
    with sqlite3.connect(tmp_path / "data" / "runs.sqlite") as database:
        return database.execute(query, values).fetchall()
