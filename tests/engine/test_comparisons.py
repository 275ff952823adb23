"""The store of comparisons: what is kept, one vote a question, and files of before."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine import run_schema
from engine.comparison.plan import Mode
from engine.comparisons import ComparisonStore
from engine.errors import StoreError
from engine.runs import RunStore
from tests.scripted_run import answered


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "runs.sqlite"


@pytest.fixture
def store(path: Path) -> ComparisonStore:
    return ComparisonStore.open(path)


def compared(store: ComparisonStore, name: str = "c1", question: str = "Why?") -> None:
    store.add(name, question, Mode.IN_TURN, True, [("0.5b", f"{name}a"), ("1.5b", f"{name}b")])


def record(path: Path, *runs: str) -> None:
    store = RunStore.open(path)
    for run in runs:
        for event in answered(run):
            store.write(event)
    store.close()


def test_a_round_comes_back_with_the_figures_of_its_runs(
    store: ComparisonStore, path: Path
) -> None:
    compared(store)
    record(path, "c1a", "c1b")
    (found,) = store.rounds(10)
    assert (found.question, found.vote) == ("Why?", None)
    assert [(label, figures and figures.tokens) for label, figures in found.columns] == [
        ("0.5b", 40),
        ("1.5b", 40),
    ]


def test_a_run_that_never_began_is_none(store: ComparisonStore, path: Path) -> None:
    compared(store)
    record(path, "c1a")
    (found,) = store.rounds(10)
    assert [figures is None for _, figures in found.columns] == [False, True]


def test_the_newest_rounds_come_in_the_order_in_which_they_were_asked(
    store: ComparisonStore,
) -> None:
    for name in "abc":
        compared(store, name, f"{name}?")
    assert [each.question for each in store.rounds(2)] == ["b?", "c?"]


def test_a_vote_is_kept(store: ComparisonStore, path: Path) -> None:
    compared(store)
    store.vote("c1", 1)
    store.close()
    assert ComparisonStore.open(path).rounds(1)[0].vote == 1


def test_a_vote_is_cast_once(store: ComparisonStore) -> None:
    compared(store)
    store.vote("c1", 1)
    with pytest.raises(StoreError, match="cast before, for column 2") as refused:
        store.vote("c1", 0)
    assert refused.value.remedy
    assert store.rounds(1)[0].vote == 1


@pytest.mark.parametrize("column", [-1, 2])
def test_a_vote_is_for_a_column_that_is_there(store: ComparisonStore, column: int) -> None:
    compared(store)
    with pytest.raises(StoreError, match="no column"):
        store.vote("c1", column)
    assert store.rounds(1)[0].vote is None


def test_a_vote_belongs_to_a_comparison(store: ComparisonStore) -> None:
    with pytest.raises(StoreError, match="There is no comparison «c1»"):
        store.vote("c1", 0)


def test_a_name_is_used_once_and_nothing_is_half_written(store: ComparisonStore) -> None:
    compared(store)
    with pytest.raises(StoreError, match="there already"):
        compared(store, "c1", "Another?")
    assert [each.question for each in store.rounds(10)] == ["Why?"]


def test_a_comparison_whose_columns_cannot_be_written_is_not_there(store: ComparisonStore) -> None:
    with pytest.raises(StoreError):
        store.add("c1", "Why?", Mode.PARALLEL, False, [("0.5b", None)])  # type: ignore[list-item]
    assert store.rounds(10) == []


def test_two_programs_see_what_the_other_one_writes(store: ComparisonStore, path: Path) -> None:
    other = ComparisonStore.open(path)
    compared(store)
    other.vote("c1", 0)
    assert store.rounds(1)[0].vote == 0


def test_a_file_of_schema_1_keeps_its_runs_and_gains_the_tables(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(run_schema, "MIGRATIONS", run_schema.MIGRATIONS[:1])
        record(path, "old")
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,)
    store = ComparisonStore.open(path)
    compared(store)
    runs = RunStore.open(path)
    assert runs.events("old") == answered("old")
    assert [run.run for run in runs.runs(search="ric")] == ["old"]
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (len(run_schema.MIGRATIONS),)


def test_a_file_that_is_no_store_is_an_error_with_a_remedy(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("not a database " * 100)
    with pytest.raises(StoreError, match="not a database") as refused:
        ComparisonStore.open(path)
    assert refused.value.remedy
