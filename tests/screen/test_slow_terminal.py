"""A line of 9,600 bytes a second: the engine does not wait for it, and the last frame is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import pty_kit
from tests.terminal import Terminal

RATE = 9_600
BEHIND_S = 30
"""In it a line carries more than may ever be waiting, in frames and in the kernel."""


def body(text: str) -> list[str]:
    """The screen without the status line, whose figures are those of the moment."""
    return [line.rstrip() for line in text.splitlines()[:-3]]


def caught_up(terminal: Terminal, rate: int | None) -> str:
    """The screen once everything has arrived."""
    for _ in range(BEHIND_S * 4):
        if "very end" in terminal.text and "tok/s" in terminal.text:
            break
        if rate:
            terminal.read_slowly(rate, 0.25)
        else:
            terminal.read(0.25)
    if rate:
        terminal.read_slowly(rate, 1.5)
    terminal.read(1.0)
    return terminal.text


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The screen at the end where the line is as fast as the program."""
    terminal = pty_kit.start(tmp_path_factory.mktemp("fast"), "flood")
    try:
        terminal.wait_for(pty_kit.READY)
        terminal.send("How is it?\r")
        return caught_up(terminal, None)
    finally:
        terminal.close()


def test_the_engine_is_done_before_the_line_and_the_last_frame_is_right(
    tmp_path: Path, fast: str
) -> None:
    terminal = pty_kit.start(tmp_path, "flood", SSH_TTY="/dev/pts/0")
    try:
        terminal.wait_for(pty_kit.READY)
        terminal.send("How is it?\r")
        for _ in range(BEHIND_S * 4):
            terminal.read_slowly(RATE, 0.25)
            if (recorded := pty_kit.runs(tmp_path)) and recorded[0].status == "answered":
                break
        assert recorded[0].status == "answered"
        assert "very end" not in terminal.text, "the screen would have to be behind here"
        assert body(caught_up(terminal, RATE)) == body(fast)
        terminal.send("is anybody there")
        terminal.read_slowly(RATE, 1.5)
        assert "is anybody there" in terminal.text
    finally:
        terminal.close()
