"""The run store when things go wrong: killed writers, other writers, bad files, no space."""

from __future__ import annotations

import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.events import RunStarted, SynthesisDelta
from engine.runs import RunStore
from tests.scripted_run import answered, opening, started

WRITER = """
import sys
from pathlib import Path
sys.path[:0] = [{tests!r}]
from tests.scripted_run import opening, SynthesisDelta
from engine.runs import RunStore
store, run = RunStore.open(Path(sys.argv[1])), sys.argv[2]
for event in opening(run, "Why?"):
    store.write(event)
for number in range(int(sys.argv[3])):
    store.write(SynthesisDelta(run=run, at_ns=number, text=str(number)))
    print(number, flush=True)
"""


def writer(path: Path, run: str, count: int) -> subprocess.Popen[bytes]:
    code = WRITER.format(tests=str(Path(__file__).parent.parent.parent))
    return subprocess.Popen(
        [sys.executable, "-c", code, str(path), run, str(count)], stdout=subprocess.PIPE
    )


def deltas(store: RunStore, run: str) -> list[str]:
    return [event.text for event in store.events(run) if isinstance(event, SynthesisDelta)]


def test_a_killed_process_loses_nothing_that_it_has_shown(tmp_path: Path) -> None:
    chance = random.Random(7)
    path = tmp_path / "runs.sqlite"
    for attempt in range(20):
        run = f"run{attempt:02}"
        process = writer(path, run, 10**9)
        assert process.stdout
        shown = [process.stdout.readline()]
        time.sleep(chance.random() * 0.05)
        process.kill()
        shown += process.stdout.readlines()
        process.wait()
        process.stdout.close()
        printed = [line.decode().strip() for line in shown if line.endswith(b"\n")]
        store = RunStore.open(path)
        kept = deltas(store, run)
        assert printed and kept[: len(printed)] == printed
        assert store.runs()[0].status == "interrupted"
        store.close()


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    both = [writer(path, run, 3000) for run in ("a", "b")]
    for process in both:
        process.communicate(timeout=60)
        assert process.returncode == 0
    store = RunStore.open(path)
    everything = [str(number) for number in range(3000)]
    assert deltas(store, "a") == deltas(store, "b") == everything


def test_a_reader_sees_what_another_process_has_written(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    reader = RunStore.open(path)
    process = writer(path, "a", 5)
    process.communicate(timeout=60)
    assert deltas(reader, "a") == list("01234")


def test_a_delta_is_written_in_well_under_a_millisecond(tmp_path: Path) -> None:
    store = RunStore.open(tmp_path / "runs.sqlite")
    store.write(started("a", "Why?"))
    times = []
    for number in range(500):
        begin = time.perf_counter()
        store.write(SynthesisDelta(run="a", at_ns=number, text="word "))
        times.append(time.perf_counter() - begin)
    assert sorted(times)[250] < 0.001


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    path.write_text("Dear diary, " * 100)
    message = refused(path)
    assert "not a database" in message and "Move the file away" in message
    assert path.read_text().startswith("Dear diary")


def test_another_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE music (title)")
    assert "not a run store" in refused(path)
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT name FROM sqlite_schema").fetchall() == [("music",)]


def test_a_damaged_database_is_an_error_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    store = RunStore.open(path)
    for event in answered("a"):
        store.write(event)
    store.close()
    content = bytearray(path.read_bytes())
    content[100:] = os.urandom(len(content) - 100)
    path.write_bytes(content)
    assert "damaged" in refused(path)


def test_a_store_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    RunStore.open(path).close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    assert "newer argo-tui" in refused(path)


def test_a_directory_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "ARGO_HOME" in refused(tmp_path / "file" / "runs.sqlite")


def test_a_full_disk_is_an_error_and_what_was_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    store = RunStore.open(path)
    events = list(opening("a", "Why?"))
    for event in events:
        store.write(event)
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(StoreError) as caught:
        for number in range(1000):
            store.write(started(f"b{number}", "Why? " * 500))
    assert "disk is full" in str(caught.value)
    assert store.events("a") == events


def test_a_file_that_may_not_grow_is_an_error_not_a_traceback(tmp_path: Path) -> None:
    store = RunStore.open(tmp_path / "runs.sqlite")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(StoreError):
            for number in range(1000):
                store.write(started(f"b{number}", "Why? " * 500))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert all(isinstance(store.events(run.run)[0], RunStarted) for run in store.runs())


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A directory of a user who is not root, for whom permissions mean something."""
    directory = Path(tempfile.mkdtemp(prefix="argo-nobody-"))
    directory.chmod(0o755)
    RunStore.open(directory / "runs.sqlite").close()
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield directory
    finally:
        if root:
            os.seteuid(0)
        directory.chmod(0o755)
        shutil.rmtree(directory)


def test_a_read_only_store_is_an_error_with_a_remedy(nobody: Path) -> None:
    if os.geteuid() == nobody.stat().st_uid:
        (nobody / "runs.sqlite").chmod(0o444)
        nobody.chmod(0o555)
    assert "ARGO_HOME" in refused(nobody / "runs.sqlite")


def test_a_directory_without_permission_is_an_error_with_a_remedy(nobody: Path) -> None:
    if os.geteuid() == nobody.stat().st_uid:
        nobody.chmod(0o555)
    assert "ARGO_HOME" in refused(nobody / "deeper" / "runs.sqlite")


def refused(path: Path) -> str:
    with pytest.raises(StoreError) as caught:
        RunStore.open(path)
    assert str(path) in str(caught.value)
    return str(caught.value)
