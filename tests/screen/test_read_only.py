"""Who only watches: what is allowed, and the record that cannot be written to."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from argo_tui import read_only
from engine.errors import StoreError
from engine.runs import RunStore
from tests.scripted_run import answered


@pytest.mark.parametrize("action", ["runs", "help", "app.quit", "replay", "steps", "turn(-1)"])
def test_looking_around_is_allowed(action: str) -> None:
    assert read_only.allows(action)


@pytest.mark.parametrize(
    "action", ["settings", "app.switch_profile", "again", "compare", "send", "wear(1)"]
)
def test_what_asks_loads_or_changes_is_not(action: str) -> None:
    assert not read_only.allows(action)
    assert "read-only" in read_only.refusal("Ask again")


def test_a_run_is_read_while_another_process_records_the_next(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    with closing(RunStore.open(path)) as writer:
        for event in answered("aaa111"):
            writer.write(event)
        with closing(read_only.record(path)) as watched:
            assert [run.run for run in watched.runs()] == ["aaa111"]
            for event in answered("bbb222"):
                writer.write(event)
            assert [run.run for run in watched.runs()] == ["bbb222", "aaa111"]
            assert watched.events("bbb222") == answered("bbb222")


def test_the_record_cannot_be_written_to(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    RunStore.open(path).close()
    with closing(read_only.record(path)) as watched, pytest.raises(StoreError):
        watched.write(answered()[0])


def test_without_a_record_one_sentence_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no record to watch"):
        read_only.record(tmp_path / "runs.sqlite")


def test_another_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    path.write_bytes(b"")
    with pytest.raises(StoreError, match="not a run store"):
        read_only.record(path)
