"""Hostile text on a real terminal: what reaches it is what the program itself writes, no more."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests import pty_kit
from tests.gallery import SHOWN
from tests.hostile import HOSTILE
from tests.terminal import Terminal
from tests.wire import foreign, sequences

NEW = "\x0e"
LIMIT_S = 90.0
SENT = frozenset(
    each for text in HOSTILE.values() for each in sequences(text.encode("utf-8", "replace"))
)
"""What the texts would have a terminal do."""
HARMLESS = frozenset({"\x1b[0m", "\x1b[?66l"})


def read_until(terminal: Terminal, done: Callable[[], bool], what: str) -> None:
    """Take in the flood until the condition holds. Raises AssertionError."""
    end = time.monotonic() + LIMIT_S
    while not done():
        assert time.monotonic() < end, f"never happened: {what}\n{terminal.raw[-400:]!r}"
        terminal.read(0.05)


def assert_only_text(raw: bytes) -> None:
    """No sequence but the program's own."""
    assert foreign(raw) == []
    assert not (SENT - HARMLESS) & set(sequences(raw))


def test_no_screen_passes_a_sequence_on(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.gallery", str(tmp_path)]
    variables = pty_kit.variables(tmp_path)
    terminal = Terminal(command, variables, pty_kit.ROOT, 120, 34, draw=False)
    try:
        read_until(terminal, (tmp_path / SHOWN).exists, "the last picture")
        terminal.send("x")
        assert terminal.wait() == 0, "it still listens"
        assert_only_text(terminal.raw)
    finally:
        terminal.close()


def test_no_run_in_the_chat_passes_a_sequence_on(tmp_path: Path) -> None:
    terminal = pty_kit.start(tmp_path, "hostile", draw=False, size=(120, 60))
    try:
        read_until(terminal, lambda: pty_kit.READY.encode() in terminal.raw, "the model is there")
        for number in range(len(HOSTILE)):
            terminal.send(f"h{number}\r")
            read_until(terminal, lambda n=number: ended(tmp_path) > n, f"run {number}")
            terminal.read(0.05)
            if number % 10 == 9:
                terminal.send(NEW)
        seen = len(terminal.raw)
        terminal.send(pty_kit.F1)
        read_until(terminal, lambda: b"ARGO answers" in terminal.raw[seen:], "help")
        terminal.send(pty_kit.QUIT)
        assert terminal.wait() == 0
        assert_only_text(terminal.raw)
    finally:
        terminal.close()
    assert not (tmp_path / "data" / "crash").exists()


def ended(home: Path) -> int:
    """How many runs are recorded to their end."""
    if not (home / "data" / "runs.sqlite").exists():
        return 0
    return sum(run.status not in ("running", "interrupted") for run in pty_kit.runs(home, 200))
