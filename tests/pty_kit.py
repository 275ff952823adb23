"""Starting the scripted app (tests.pty_app) on a terminal, and reading its record."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from engine.runs import RunStore, RunSummary
from tests.terminal import Terminal

ROOT = Path(__file__).parents[1]
_OWN = ("ARGO_", "SSH_", "TEXTUAL", "COLUMNS", "LINES", "NO_COLOR", "COLORTERM", "TERM", "TMUX")
F1, F2, F3, F4 = "\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS"
QUIT = "\x11"
READY = "412 MB"
"""Is shown once the model is there."""


def start(
    home: Path,
    name: str,
    *,
    before: Sequence[str] = (),
    term: str = "xterm-256color",
    draw: bool = True,
    size: tuple[int, int] = (100, 30),
    **environment: str,
) -> Terminal:
    """`before` is a command that starts it; the rest as for Terminal."""
    command = [*before, sys.executable, "-m", "tests.pty_app", name]
    return Terminal(command, variables(home, **environment), ROOT, *size, term=term, draw=draw)


def variables(home: Path, **more: str) -> dict[str, str]:
    """An environment that says nothing of the terminal the tests run in."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(_OWN)}
    return kept | {"ARGO_HOME": str(home), "PYTHONPATH": str(ROOT), **more}


def runs(home: Path, limit: int = 10) -> list[RunSummary]:
    """What is recorded, the newest first."""
    with closing(RunStore.open(home / "data" / "runs.sqlite")) as store:
        return store.runs(limit=limit)
