"""The tables of the run store, and opening the file they lie in.

A schema change is a new entry in `MIGRATIONS`; an old file is brought up to date when it is
opened. Not responsible for what is written into the tables (engine.runs).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from engine.errors import StoreError
from engine.events import Part

APPLICATION: Final = 0x4152474F
"""SQLite's application_id, `ARGO`: tells a run store from any other database."""
_WAIT_S: Final = 10.0
_CHECKPOINT_PAGES: Final = 20_000

_PARTS = ",\n".join(
    f"  (SELECT coalesce(sum(json_extract(value, '$.ns')), 0) FROM json_each(event, '$.spans')"
    f" WHERE json_extract(value, '$.part') = '{part}') AS {part}_ns"
    for part in Part
)

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """CREATE TABLE runs (
             id INTEGER PRIMARY KEY AUTOINCREMENT,
             run TEXT NOT NULL UNIQUE,
             started TEXT NOT NULL,
             question TEXT NOT NULL,
             profile TEXT NOT NULL,
             status TEXT,
             answer TEXT NOT NULL DEFAULT '',
             steps INTEGER NOT NULL DEFAULT 0,
             ns INTEGER NOT NULL DEFAULT 0,
             tokens INTEGER NOT NULL DEFAULT 0,
             host TEXT NOT NULL,
             pid INTEGER NOT NULL,
             born REAL NOT NULL)""",
        "CREATE INDEX runs_profile ON runs (profile, id)",
        """CREATE TABLE events (
             run TEXT NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
             seq INTEGER NOT NULL,
             kind TEXT NOT NULL,
             event TEXT NOT NULL CHECK (json_valid(event)),
             PRIMARY KEY (run, seq)) WITHOUT ROWID""",
        "CREATE INDEX events_timed ON events (run, seq) WHERE kind = 'step_timed'",
        f"""CREATE VIEW timed_steps AS SELECT
              runs.id AS id, runs.run AS run, runs.profile AS profile, runs.status AS status, seq,
              json_extract(event, '$.step') AS step,
              json_extract(event, '$.action') AS action,
              json_extract(event, '$.start_ns') AS start_ns,
              json_extract(event, '$.ns') AS ns,
              {_PARTS},
              json_extract(event, '$.usage.prompt_tokens') AS prompt_tokens,
              json_extract(event, '$.usage.reused_tokens') AS reused_tokens,
              json_extract(event, '$.usage.decoded_tokens') AS decoded_tokens
            FROM events JOIN runs USING (run) WHERE kind = 'step_timed'""",
        """CREATE VIRTUAL TABLE runs_text USING fts5 (
             question, answer, content='runs', content_rowid='id',
             tokenize='unicode61 remove_diacritics 2', prefix='2 3')""",
        """CREATE TRIGGER runs_text_insert AFTER INSERT ON runs BEGIN
             INSERT INTO runs_text (rowid, question, answer)
             VALUES (new.id, new.question, new.answer); END""",
        """CREATE TRIGGER runs_text_delete AFTER DELETE ON runs BEGIN
             INSERT INTO runs_text (runs_text, rowid, question, answer)
             VALUES ('delete', old.id, old.question, old.answer); END""",
        """CREATE TRIGGER runs_text_update AFTER UPDATE OF question, answer ON runs BEGIN
             INSERT INTO runs_text (runs_text, rowid, question, answer)
             VALUES ('delete', old.id, old.question, old.answer);
             INSERT INTO runs_text (rowid, question, answer)
             VALUES (new.id, new.question, new.answer); END""",
    ),
    (
        """CREATE TABLE comparisons (
             id INTEGER PRIMARY KEY AUTOINCREMENT,
             comparison TEXT NOT NULL UNIQUE,
             started TEXT NOT NULL,
             question TEXT NOT NULL,
             mode TEXT NOT NULL,
             blind INTEGER NOT NULL,
             vote INTEGER)""",
        # No reference to runs: a comparison is kept before its runs begin, and one may never.
        """CREATE TABLE comparison_runs (
             comparison TEXT NOT NULL REFERENCES comparisons (comparison) ON DELETE CASCADE,
             place INTEGER NOT NULL,
             label TEXT NOT NULL,
             run TEXT NOT NULL,
             PRIMARY KEY (comparison, place)) WITHOUT ROWID""",
    ),
)


def connect(path: Path) -> sqlite3.Connection:
    """Open, or create, the file and bring its tables up to date. Raises StoreError.

    The connection is in autocommit mode and may be used from any thread, one at a time.
    """
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # The default isolation level opens transactions behind our back.
        connection = sqlite3.connect(
            path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing. Takes the write lock first, so that waiting for another writer works."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        # A full disk may have rolled back already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the database or the file system says into a StoreError with a remedy."""
    try:
        yield
    except OSError as error:
        what = f"Cannot keep runs: {error.strerror or error}"
        raise StoreError(what, where=str(path), remedy=_ELSEWHERE) from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        what, remedy = _EXPLAINED.get(code, (f"The run store failed: {error}", _ELSEWHERE))
        raise StoreError(what, where=str(path), remedy=remedy) from error


_ELSEWHERE: Final = "Check the directory, or set ARGO_HOME to one that you can write to."
_ASIDE: Final = "Move the file away (and its -wal and -shm beside it); a new one is made."
_EXPLAINED: Final = {
    sqlite3.SQLITE_FULL: ("The disk is full, the run cannot be recorded", "Free some space there."),
    sqlite3.SQLITE_READONLY: ("The run store is read-only", _ELSEWHERE),
    sqlite3.SQLITE_PERM: ("No permission to write the run store", _ELSEWHERE),
    sqlite3.SQLITE_CANTOPEN: ("The run store cannot be opened for writing", _ELSEWHERE),
    sqlite3.SQLITE_NOTADB: ("The run store is not a database", _ASIDE),
    sqlite3.SQLITE_CORRUPT: ("The run store is damaged", _ASIDE),
    sqlite3.SQLITE_BUSY: (
        f"The run store was locked by another process for {_WAIT_S:.0f} s",
        "Find out what holds it (a stopped argo-tui, a database browser) and end that.",
    ),
}


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    _use_wal(connection)
    # NORMAL: committed writes outlive the process (kill -9); only a power cut may lose the last.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    # A checkpoint waits for the disk: engine.runs asks for one between runs, not inside a run.
    connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    connection.execute("PRAGMA journal_size_limit = 8388608")
    with transaction(connection):
        _migrate(connection, path)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Several processes may open a new file at once; the switch itself does not wait for them."""
    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version = _pragma(connection, "user_version")
    known = len(MIGRATIONS)
    if version > known:
        raise StoreError(
            f"The run store was written by a newer argo-tui (schema {version}, this one: {known})",
            where=str(path),
            remedy="Update argo-tui, or set ARGO_HOME to another directory.",
        )
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if tables and _pragma(connection, "application_id") != APPLICATION:
        raise StoreError("This database is not a run store", where=str(path), remedy=_ASIDE)
    for statements in MIGRATIONS[version:]:
        for statement in statements:
            connection.execute(statement)
    # Also where nothing changed: it shows now, not in the first run, that the file is read-only.
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {known}")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
