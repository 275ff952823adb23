"""What reaches the terminal fits the terminal: colours, modes, and a clipboard behind tmux."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from argo_tui import clipboard
from argo_tui.terminal import calm, unfit
from tests import pty_kit
from tests.terminal import Terminal
from tests.wire import colours, foreign

Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """The app with a scripted engine on a terminal of some kind, until it is ready."""
    started: list[Terminal] = []

    def terminal(term: str, **environment: str) -> Terminal:
        started.append(pty_kit.start(tmp_path, "sample", term=term, **environment))
        started[-1].wait_for(pty_kit.READY)
        return started[-1]

    yield terminal
    for each in started:
        each.close()


def asked(terminal: Terminal) -> Terminal:
    """A question, answered, the runs looked at and left."""
    terminal.send("How do they divide the work?\r")
    terminal.wait_for("specified in 2018")
    terminal.send(pty_kit.F3)
    terminal.wait_for("Seconds")
    terminal.send("\x1b")
    terminal.wait_for("Ask about O-RAN")
    return terminal


@pytest.mark.parametrize("term", ["xterm-256color", "tmux-256color", "screen-256color"])
def test_without_a_word_of_truecolour_256_colours_are_used(start: Start, term: str) -> None:
    raw = asked(start(term)).raw
    assert colours(raw) == {"38;5", "48;5"}
    assert foreign(raw) == []


def test_truecolour_is_used_where_the_terminal_says_so(start: Start) -> None:
    assert colours(asked(start("xterm-256color", COLORTERM="truecolor")).raw) == {"38;2", "48;2"}


def test_a_plain_screen_session_gets_sixteen_colours(start: Start) -> None:
    raw = asked(start("screen")).raw
    assert set() < colours(raw) <= {str(n) for n in (*range(30, 48), *range(90, 108))}
    assert foreign(raw) == []


def test_no_color_means_no_colour_at_all(start: Start) -> None:
    terminal = asked(start("xterm-256color", NO_COLOR="1", COLORTERM="truecolor"))
    assert colours(terminal.raw) == set()
    assert b"\x1b[7m" in terminal.raw or b";7m" in terminal.raw, "cursors are seen all the same"


def test_quitting_puts_the_terminal_back(start: Start) -> None:
    terminal = start("tmux-256color")
    terminal.send(pty_kit.QUIT)
    assert terminal.wait() == 0
    for mode in ("1049", "1000", "1003", "1006", "2004", "1004"):
        assert terminal.raw.rfind(f"\x1b[?{mode}l".encode()) > terminal.raw.rfind(
            f"\x1b[?{mode}h".encode()
        ), mode


def test_a_terminal_that_cannot_draw_is_told_what_to_do() -> None:
    assert "argo-tui ask" in unfit({"TERM": "dumb"}, interactive=True)
    assert "argo-tui ask" in unfit({}, interactive=True)
    assert "argo-tui ask" in unfit({"TERM": "xterm"}, interactive=False)
    assert unfit({"TERM": "xterm-256color"}, interactive=True) == ""


def test_over_ssh_it_is_calm_and_what_the_user_set_stays() -> None:
    assert calm({}) == {}
    assert calm({"SSH_TTY": "/dev/pts/0"})["TEXTUAL_ANIMATIONS"] == "none"
    assert "TEXTUAL_FPS" not in calm({"SSH_TTY": "/dev/pts/0", "TEXTUAL_FPS": "5"})


@pytest.mark.parametrize("setting", ["off", "external", ""])
def test_in_tmux_the_line_that_lets_a_copy_through_is_named(setting: str) -> None:
    said = clipboard.hindrance({"TMUX": "/tmp/tmux-1/default,1,0"}, lambda: setting)
    assert "set -g set-clipboard on" in said


def test_where_tmux_passes_the_clipboard_on_nothing_is_said() -> None:
    assert clipboard.hindrance({"TMUX": "/tmp/tmux-1/default,1,0"}, lambda: "on") == ""
    assert clipboard.hindrance({}) == ""
