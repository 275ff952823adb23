"""`--read-only`: somebody watches the same record, and changes nothing.

What may be done and what is said instead of the rest, and the record opened so that it cannot be
written to. Not responsible for hiding keys (the App asks here) or for the tables
(engine.run_schema).
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from engine.errors import StoreError
from engine.run_schema import APPLICATION, MIGRATIONS, explained
from engine.runs import RunStore

FORBIDDEN: Final = frozenset(
    {
        # the App
        *("settings", "switch_profile", "retry", "stop_download", "compare"),
        # the chat: what asks, what stops somebody's run
        *("send", "newline", "stop", "new"),
        # runs, policy and settings: what asks again or changes a setting
        *("again", "apply", "save", "reset", "undo", "redo", "wear"),
    }
)
"""Actions that load a model, ask, or change a setting. Copying and exporting touch no record."""
PROMPT: Final = "read-only: f3 shows the runs"
"""Stands where questions are typed."""


def allows(action: str) -> bool:
    """Whether who only watches may take an action; `name`, `app.name` or `name(argument)`."""
    return action.split("(", 1)[0].rsplit(".", 1)[-1] not in FORBIDDEN


def refusal(description: str) -> str:
    """What to say where an action was wanted all the same; as its key is described."""
    return f"«{description}» is not possible here: this session is read-only."


def record(path: Path) -> RunStore:
    """The runs, to read. Another process may write meanwhile.

    Raises StoreError where there are none, or where the file must be brought up to date first.
    """
    if not path.exists():
        raise StoreError(
            "There is no record to watch yet",
            where=str(path),
            remedy="Start without --read-only and ask something, or set ARGO_HOME to the record.",
        )
    with explained(path):
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro",
            uri=True,
            timeout=10.0,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            _check(connection, path)
        except BaseException:
            connection.close()
            raise
    return RunStore(path, connection)


def _check(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        raise StoreError(
            "This database is not a run store", where=str(path), remedy="Give another ARGO_HOME."
        )
    if version != len(MIGRATIONS):
        raise StoreError(
            f"The record has schema {version}, this argo-tui reads {len(MIGRATIONS)}",
            where=str(path),
            remedy="Start the argo-tui that records with the same version as this one.",
        )
