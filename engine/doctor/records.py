"""What lies on the disk: the recorded runs, the passages, the log, crash reports, and free space.

Looks, and changes nothing: a file of another version is named, not brought up to date. Not
responsible for weights (engine.doctor.models).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from engine.doctor.finding import Check, Finding, State
from engine.models.memory import gigabytes
from engine.paths import Home
from engine.run_schema import APPLICATION, MIGRATIONS, explained

SUBJECT: Final = "records"
_PATIENCE_S: Final = 5.0
_TIGHT: Final = 5_000_000_000
_FULL: Final = 200_000_000


def checks(home: Home) -> Iterator[Check]:
    """What is looked at."""
    yield Check(SUBJECT, "disk", lambda: disk(home))
    yield Check(SUBJECT, "runs", lambda: runs(home.runs))
    yield Check(SUBJECT, "passages", lambda: passages(home.store))
    yield Check(SUBJECT, "log", lambda: log(home.log))
    yield Check(SUBJECT, "crash reports", lambda: crashes(home.data / "crash"))


def disk(home: Home) -> Iterator[Finding]:
    """Free space, and permission, where data and weights go."""
    seen: set[tuple[int, bool]] = set()
    for directory in (home.data, home.cache, home.config):
        there = _existing(directory)
        writable = os.access(there, os.W_OK | os.X_OK)
        if (place := (there.stat().st_dev, writable)) in seen:
            continue
        seen.add(place)
        yield space(directory, shutil.disk_usage(there).free, writable=writable)


def space(directory: Path, free: int, *, writable: bool) -> Finding:
    """What so many free bytes come to."""
    text = f"{gigabytes(free)} free where {directory} lies"
    if not writable:
        remedy = "Set ARGO_HOME to a directory that you can write to."
        return Finding(
            SUBJECT, "disk", State.PROBLEM, f"no permission to write {directory}", remedy
        )
    if free < _FULL:
        return Finding(SUBJECT, "disk", State.PROBLEM, text, "Free some space there.")
    if free < _TIGHT:
        remedy = "Weights of the larger profiles will not fit: free some, or set ARGO_HOME."
        return Finding(SUBJECT, "disk", State.NOTE, text, remedy)
    return Finding(SUBJECT, "disk", State.OK, text)


def runs(path: Path) -> Iterator[Finding]:
    """Whether the run store opens, is whole, and is of this version. Raises StoreError."""
    if not path.exists():
        yield Finding(SUBJECT, "runs", State.OK, "none recorded yet")
        return
    with explained(path), closing(_read_only(path)) as database:
        tables = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if tables and _pragma(database, "application_id") != APPLICATION:
            yield _damaged(f"{path} is a database, and not of argo-tui")
            return
        version, known = _pragma(database, "user_version"), len(MIGRATIONS)
        if version > known:
            text = f"written by a newer argo-tui (schema {version}, this one: {known})"
            remedy = "Update argo-tui, or set ARGO_HOME to another directory."
            yield Finding(SUBJECT, "runs", State.PROBLEM, text, remedy)
            return
        whole = _quick_check(database)
        if whole not in ("", "ok"):
            yield _damaged(f"{path}: {whole}")
            return
        count = database.execute("SELECT count(*) FROM runs").fetchone()[0] if version else 0
    text = f"{count} recorded, {path.stat().st_size / 1e6:.1f} MB, schema {version}"
    text += ", whole" if whole else f"; too many to look at all in {_PATIENCE_S:.0f} s"
    if version < known:
        text += f"; brought up to schema {known} when it is next opened"
    if not os.access(path, os.W_OK):
        remedy = "Give yourself permission to write it, or set ARGO_HOME to another directory."
        yield Finding(SUBJECT, "runs", State.PROBLEM, f"read-only: {path}", remedy)
    else:
        yield Finding(SUBJECT, "runs", State.OK, text)


def passages(path: Path) -> Iterator[Finding]:
    """Whether the index opens with this embedder, and what is in it. Raises StoreError."""
    from engine.retrieval.lance import LanceStore
    from engine.retrieval.minilm import DIMENSIONS, NAME

    # Opening would make an empty one.
    if not any(path.glob("*.lance")):
        text = "not indexed yet; the first start does it (a minute)"
        yield Finding(SUBJECT, "passages", State.NOTE, text, "Or now: argo-tui corpus build.")
        return
    with closing(LanceStore.open(path, NAME, DIMENSIONS)) as store:
        health = store.health()
    text = f"{health.passages} of {health.documents} documents, {health.bytes / 1e6:.1f} MB"
    if not health.problems:
        yield Finding(SUBJECT, "passages", State.OK, f"{text}, embedder {health.embedder}")
    for problem in health.problems:
        what, _, remedy = problem.partition(": ")
        yield Finding(SUBJECT, "passages", State.PROBLEM, f"{text}. {what}", remedy)


def log(path: Path) -> Iterator[Finding]:
    """Where it is, and how large."""
    files = sorted(path.parent.glob(f"{path.name}*"))
    size = sum(file.stat().st_size for file in files)
    text = f"{path}, {size / 1e6:.1f} MB" if files else f"none yet; it goes to {path}"
    yield Finding(SUBJECT, "log", State.OK, text)


def crashes(directory: Path) -> Iterator[Finding]:
    """Reports of defects."""
    reports = sorted(directory.glob("*.txt"))
    if not reports:
        yield Finding(SUBJECT, "crash reports", State.OK, "none")
        return
    text = f"{len(reports)}, the newest is {reports[-1]}"
    remedy = "Please send it along; then delete it."
    yield Finding(SUBJECT, "crash reports", State.NOTE, text, remedy)


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_PATIENCE_S)


def _quick_check(database: sqlite3.Connection) -> str:
    """`ok`, or the first trouble; empty where there was no time to look at all of it."""
    end = time.monotonic() + _PATIENCE_S
    database.set_progress_handler(lambda: time.monotonic() > end, 100_000)
    try:
        return str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_INTERRUPT:
            raise
        return ""
    finally:
        database.set_progress_handler(None, 0)


def _damaged(text: str) -> Finding:
    remedy = "Move the file away (and its -wal and -shm beside it); a new one is made."
    return Finding(SUBJECT, "runs", State.PROBLEM, text, remedy)


def _pragma(database: sqlite3.Connection, name: str) -> int:
    return int(database.execute(f"PRAGMA {name}").fetchone()[0])


def _existing(directory: Path) -> Path:
    """The directory, or the nearest one above it that is there."""
    return next(d for d in (directory, *directory.parents) if d.exists())
