"""The run store: every run, event by event, in one SQLite file.

`write` returns when the event is committed, so a process that is killed loses nothing that it
has shown. Several processes may write and read at once. Not responsible for the tables
(engine.run_schema), for showing runs, or for exporting them (engine.export).
"""

from __future__ import annotations

import os
import platform
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from engine import run_schema
from engine.errors import StoreError
from engine.events import (
    Action,
    Event,
    Notice,
    RunFinished,
    RunStarted,
    StepTimed,
    SynthesisDone,
    decode,
    encode,
)

INTERRUPTED = "interrupted"
"""Status of a run that has no end and whose process is gone."""
RUNNING = "running"
"""Status of a run that has no end yet."""

_LAST_STEPS = 20
_LAST_RUNS = 500


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of the list of runs."""

    run: str
    started: str
    """Wall clock, ISO 8601, UTC."""
    question: str
    profile: str
    status: str
    """answered, not_found, failed, cancelled, running or interrupted."""
    answer: str
    """As far as it got."""
    steps: int
    seconds: float
    tokens: int
    """Decoded."""


class RunStore:
    """All recorded runs. Calls may come from any thread."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._lock = threading.Lock()
        self._host = platform.node()
        self._born = _born(os.getpid()) or 0.0

    @classmethod
    def open(cls, path: Path) -> RunStore:
        """Open or create. Raises StoreError where it cannot be written."""
        return cls(path, run_schema.connect(path))

    def write(self, event: Event) -> None:
        """Record an event; committed when this returns. Raises StoreError."""
        with self._database() as database:
            if isinstance(event, RunStarted | StepTimed | SynthesisDone | RunFinished):
                with run_schema.transaction(database):
                    self._summarise(database, event)
                    self._append(database, event)
            else:
                self._append(database, event)
        if isinstance(event, RunFinished):
            self._checkpoint()

    def runs(self, *, search: str = "", profile: str = "", limit: int = 100) -> list[RunSummary]:
        """The newest runs first, of one profile where it is given. `search` is plain text: every
        word must begin a word of the question or the answer."""
        where, parameters = _matching(search)
        with self._database() as database:
            rows = database.execute(
                "SELECT run, started, question, profile, status, answer, steps, ns, tokens,"
                f" host, pid, born FROM runs WHERE {where} AND (? = '' OR profile = ?)"
                " ORDER BY id DESC LIMIT ?",
                (*parameters, profile, profile, limit),
            ).fetchall()
            return [self._summary(database, row) for row in rows]

    def profiles(self) -> list[str]:
        """Every profile that has a run, the one of the newest run first."""
        query = "SELECT profile FROM runs GROUP BY profile ORDER BY max(id) DESC"
        with self._database() as database:
            return [str(row[0]) for row in database.execute(query)]

    def find(self, name: str) -> str:
        """The run called `name`, that starts with it, or the newest for `last`.

        Raises StoreError where there is none, or more than one.
        """
        with self._database() as database:
            if name == "last":
                rows = database.execute("SELECT run FROM runs ORDER BY id DESC LIMIT 1")
            else:
                query = "SELECT run FROM runs WHERE substr(run, 1, ?) = ? ORDER BY run LIMIT 2"
                rows = database.execute(query, (len(name), name))
            found = [str(row[0]) for row in rows]
        if name in found or len(found) == 1:
            return name if name in found else found[0]
        where = str(self._path)
        if found:
            raise StoreError(
                f"Several runs start with «{name}»", where=where, remedy="Give more letters."
            )
        if name == "last":
            raise StoreError("No run is recorded yet", where=where, remedy="Ask something first.")
        raise StoreError(
            f"No run starts with «{name}»", where=where, remedy="`argo-tui runs` lists them."
        )

    def lines(self, run: str) -> list[str]:
        """The events of a run as they were written, one JSON object each, in order."""
        with self._database() as database:
            rows = database.execute("SELECT event FROM events WHERE run = ? ORDER BY seq", (run,))
            return [row[0] for row in rows]

    def events(self, run: str) -> list[Event]:
        """The events of a run in order; an unreadable one is a Notice that says so."""
        return [_readable(run, line) for line in self.lines(run)]

    def seconds_per_action(self, profile: str) -> dict[Action, float]:
        """Mean wall seconds of the last 20 steps of each action; `stop` is the synthesis.

        An action that was never timed with this profile is absent. Steps that were cut short
        (cancelled or failed runs) do not count.
        """
        query = """SELECT avg(ns) FROM (SELECT ns FROM timed_steps
                   WHERE id IN (SELECT id FROM runs WHERE profile = ? ORDER BY id DESC LIMIT ?)
                     AND coalesce(status, '') NOT IN ('cancelled', 'failed') AND action = ?
                   ORDER BY id DESC, seq DESC LIMIT ?)"""
        means: dict[Action, float] = {}
        with self._database() as database:
            for action in Action:
                values = (profile, _LAST_RUNS, action.value, _LAST_STEPS)
                mean = database.execute(query, values).fetchone()[0]
                if mean is not None:
                    means[action] = mean / 1e9
        return means

    def close(self) -> None:
        """Close the file. Nothing is lost without it."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with self._lock, run_schema.explained(self._path):
            yield self._connection

    def _append(self, database: sqlite3.Connection, event: Event) -> None:
        database.execute(
            "INSERT INTO events (run, seq, kind, event)"
            " SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3 FROM events WHERE run = ?1",
            (event.run, event.__struct_config__.tag, encode(event).decode()),
        )

    def _summarise(
        self,
        database: sqlite3.Connection,
        event: RunStarted | StepTimed | SynthesisDone | RunFinished,
    ) -> None:
        match event:
            case RunStarted():
                database.execute(
                    "INSERT INTO runs (run, started, question, profile, host, pid, born)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        *(event.run, event.started, event.question, event.profile),
                        *(self._host, os.getpid(), self._born),
                    ),
                )
            case StepTimed():
                database.execute(
                    "UPDATE runs SET steps = max(steps, ?), ns = ?, tokens = tokens + ?"
                    " WHERE run = ?",
                    (event.step, event.start_ns + event.ns, event.usage.decoded_tokens, event.run),
                )
            case SynthesisDone():
                database.execute(
                    "UPDATE runs SET answer = ? WHERE run = ?", (event.text, event.run)
                )
            case RunFinished():
                database.execute(
                    "UPDATE runs SET status = ?, steps = ?, ns = ?, tokens = ? WHERE run = ?",
                    (
                        *(event.status.value, event.steps, event.ns),
                        *(event.usage.decoded_tokens, event.run),
                    ),
                )

    def _summary(self, database: sqlite3.Connection, row: tuple[Any, ...]) -> RunSummary:
        run, started, question, profile, status, answer, steps, ns, tokens, host, pid, born = row
        if status is None:
            status = RUNNING if self._alive(host, pid, born) else INTERRUPTED
            answer = answer or _partial_answer(database, run)
        return RunSummary(run, started, question, profile, status, answer, steps, ns / 1e9, tokens)

    def _alive(self, host: str, pid: int, born: float) -> bool:
        # A write-ahead log cannot be shared between machines: another host is an old container.
        if host != self._host:
            return False
        found = _born(pid)
        # The pid may belong to somebody else by now. Boot time, and so `born`, drifts a little.
        return found is not None and abs(found - born) < 5.0

    def _checkpoint(self) -> None:
        with self._database() as database:
            database.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _born(pid: int) -> float | None:
    """When a process started (seconds since the epoch); None where there is none."""
    import psutil

    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def _matching(search: str) -> tuple[str, tuple[str, ...]]:
    """An SQL condition for plain text. Every word is quoted, so none is query syntax."""
    text = search.strip()
    if not text:
        return "1", ()
    words = [word for word in text.split() if any(letter.isalnum() for letter in word)]
    if not words:
        return "(instr(question, ?1) OR instr(answer, ?1))", (text,)
    query = " ".join('"' + word.replace("\0", " ").replace('"', '""') + '"*' for word in words)
    return "id IN (SELECT rowid FROM runs_text WHERE runs_text MATCH ?1)", (query,)


def _partial_answer(database: sqlite3.Connection, run: str) -> str:
    rows = database.execute(
        "SELECT json_extract(event, '$.text') FROM events"
        " WHERE run = ? AND kind = 'synthesis_delta' ORDER BY seq",
        (run,),
    )
    return "".join(row[0] for row in rows)


def _readable(run: str, line: str) -> Event:
    try:
        return decode(line)
    except (msgspec.DecodeError, ValueError):
        return _unreadable(run, line)


def _unreadable(run: str, line: str) -> Notice:
    try:
        known = msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, ValueError):
        known = {}
    at = known.get("at_ns")
    return Notice(
        run=run,
        at_ns=at if isinstance(at, int) else 0,
        text=f"An event that this version cannot read ({known.get('event', 'unknown')!s:.40})",
        remedy="It is kept in the record; a newer argo-tui shows it.",
    )
