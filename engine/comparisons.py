"""Which runs were compared with each other, and what the audience voted, in the run store's file.

Every write is one transaction. Not responsible for the runs themselves (engine.runs) or for the
tables (engine.run_schema).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from engine import run_schema
from engine.comparison.figures import RunFigures, figures
from engine.comparison.plan import Mode
from engine.comparison.tally import Round
from engine.errors import StoreError
from engine.runs import RunStore


class ComparisonStore:
    """All recorded comparisons. Calls may come from any thread."""

    def __init__(self, path: Path, connection: sqlite3.Connection, runs: RunStore) -> None:
        self._path = path
        self._connection = connection
        self._runs = runs
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> ComparisonStore:
        """Open or create. Raises StoreError where it cannot be written."""
        connection = run_schema.connect(path)
        try:
            runs = RunStore.open(path)
        except BaseException:
            connection.close()
            raise
        return cls(path, connection, runs)

    def add(
        self,
        comparison: str,
        question: str,
        mode: Mode,
        blind: bool,
        columns: Sequence[tuple[str, str]],
    ) -> None:
        """Keep a comparison: label and run of each column, from the left.

        The runs need not have begun. Raises StoreError, also where it is there already.
        """
        started = datetime.now(UTC).isoformat(timespec="seconds")
        with self._writing() as database:
            known = "SELECT 1 FROM comparisons WHERE comparison = ?"
            if database.execute(known, (comparison,)).fetchone():
                raise self._refused(
                    f"The comparison «{comparison}» is there already", "Ask under another name."
                )
            database.execute(
                "INSERT INTO comparisons (comparison, started, question, mode, blind)"
                " VALUES (?, ?, ?, ?, ?)",
                (comparison, started, question, mode.value, blind),
            )
            database.executemany(
                "INSERT INTO comparison_runs (comparison, place, label, run) VALUES (?, ?, ?, ?)",
                [(comparison, place, *column) for place, column in enumerate(columns)],
            )

    def vote(self, comparison: str, column: int) -> None:
        """Keep which column was chosen, from 0. Raises StoreError where that was done before."""
        with self._writing() as database:
            query = "SELECT vote FROM comparisons WHERE comparison = ?"
            row = database.execute(query, (comparison,)).fetchone()
            if row is None:
                raise self._refused(
                    f"There is no comparison «{comparison}»", "Ask the question before the vote."
                )
            if row[0] is not None:
                raise self._refused(
                    f"The vote was cast before, for column {row[0] + 1}",
                    "Ask again: every question has one vote.",
                )
            counted = "SELECT count(*) FROM comparison_runs WHERE comparison = ?"
            (count,) = database.execute(counted, (comparison,)).fetchone()
            if not 0 <= column < count:
                raise self._refused(
                    f"There is no column {column + 1} to vote for", f"Choose one of 1 to {count}."
                )
            database.execute(
                "UPDATE comparisons SET vote = ? WHERE comparison = ?", (column, comparison)
            )

    def rounds(self, limit: int) -> list[Round]:
        """The newest comparisons, oldest first, with the figures of their runs as recorded."""
        with self._lock, run_schema.explained(self._path):
            rows = self._connection.execute(
                "SELECT comparison, question, vote FROM comparisons ORDER BY id DESC LIMIT ?",
                (limit,),
            ).fetchall()
            found = [(question, vote, self._columns(name)) for name, question, vote in rows]
        return [
            Round(question, tuple((label, self._figures(run)) for label, run in columns), vote)
            for question, vote, columns in reversed(found)
        ]

    def close(self) -> None:
        """Close the file. Nothing is lost without it."""
        with self._lock:
            self._connection.close()
        self._runs.close()

    def _columns(self, comparison: str) -> list[tuple[str, str]]:
        query = "SELECT label, run FROM comparison_runs WHERE comparison = ? ORDER BY place"
        return self._connection.execute(query, (comparison,)).fetchall()

    def _figures(self, run: str) -> RunFigures | None:
        events = self._runs.events(run)
        return figures(events) if events else None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        explained, transaction = run_schema.explained, run_schema.transaction
        with self._lock, explained(self._path), transaction(self._connection):
            yield self._connection

    def _refused(self, what: str, remedy: str) -> StoreError:
        return StoreError(what, where=str(self._path), remedy=remedy)
