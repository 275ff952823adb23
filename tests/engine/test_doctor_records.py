"""The doctor on what lies on the disk: looked at, and left as it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.doctor import records
from engine.doctor.finding import Check, Finding, State, isolated
from engine.paths import Home
from engine.run_schema import MIGRATIONS
from engine.runs import RunStore
from tests.scripted_run import answered


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "config", tmp_path / "data", tmp_path / "cache")


def one(found: Iterator[Finding]) -> Finding:
    (finding,) = found
    return finding


def test_no_record_yet_is_well_and_is_not_made(home: Home) -> None:
    assert one(records.runs(home.runs)).state is State.OK
    assert one(records.passages(home.store)).state is State.NOTE
    assert not home.data.exists()


def test_a_run_store_is_counted_and_checked(home: Home) -> None:
    store = RunStore.open(home.runs)
    for event in answered("aaa111", "What?"):
        store.write(event)
    store.close()
    finding = one(records.runs(home.runs))
    assert finding.state is State.OK
    assert finding.text.startswith("1 recorded") and "whole" in finding.text


def test_an_older_run_store_is_left_as_it_is(home: Home) -> None:
    RunStore.open(home.runs).close()
    with sqlite3.connect(home.runs) as database:
        database.execute("PRAGMA user_version = 0")
    finding = one(records.runs(home.runs))
    assert f"brought up to schema {len(MIGRATIONS)}" in finding.text
    with sqlite3.connect(home.runs) as database:
        assert database.execute("PRAGMA user_version").fetchone()[0] == 0


def test_a_newer_run_store_is_a_problem(home: Home) -> None:
    RunStore.open(home.runs).close()
    with sqlite3.connect(home.runs) as database:
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    finding = one(records.runs(home.runs))
    assert finding.state is State.PROBLEM
    assert "newer argo-tui" in finding.text


@pytest.mark.parametrize("content", [b"no database at all, but long enough for a page" * 100])
def test_a_damaged_run_store_says_what_to_do(home: Home, content: bytes) -> None:
    home.data.mkdir(parents=True)
    home.runs.write_bytes(content)
    finding = one(isolated(Check("records", "runs", lambda: records.runs(home.runs))))
    assert finding.state is State.PROBLEM
    assert "Move the file away" in finding.remedy


def test_pages_that_were_overwritten_are_found(home: Home) -> None:
    store = RunStore.open(home.runs)
    for number in range(30):
        for event in answered(f"run{number}", "What?" * 20):
            store.write(event)
    store.close()
    data = bytearray(home.runs.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 8192] = b"\xff" * 8192
    home.runs.write_bytes(data)
    finding = one(isolated(Check("records", "runs", lambda: records.runs(home.runs))))
    assert finding.state is State.PROBLEM
    assert "Move the file away" in finding.remedy


@pytest.mark.parametrize(
    ("free", "writable", "state"),
    [
        (100_000_000_000, True, State.OK),
        (1_000_000_000, True, State.NOTE),
        (1_000_000, True, State.PROBLEM),
        (100_000_000_000, False, State.PROBLEM),
    ],
)
def test_a_disk_that_is_full_or_closed_is_a_problem(
    free: int, writable: bool, state: State
) -> None:
    assert records.space(Path("/x"), free, writable=writable).state is state


def test_the_newest_crash_report_is_named(tmp_path: Path) -> None:
    assert one(records.crashes(tmp_path)).state is State.OK
    for name in ("20260101-1.txt", "20261128-1.txt"):
        (tmp_path / name).write_text("")
    finding = one(records.crashes(tmp_path))
    assert finding.state is State.NOTE
    assert "20261128-1.txt" in finding.text
