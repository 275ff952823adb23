"""What the terminal can do: size, colours, Unicode, the clipboard through tmux and SSH.

From the environment and the terminal's size; tmux is asked for two of its settings. Nothing is
written to the terminal, so what it does not say of itself is not known. Not responsible for how
calm the program is there (argo_tui.terminal).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from argo_tui.terminal import calm
from engine.doctor.finding import Check, Finding, State

SUBJECT: Final = "terminal"
SMALLEST: Final = (60, 20)
"""Columns and lines on which every screen is whole."""
_PATIENCE_S: Final = 2.0
_CLIPBOARD: Final = "clipboard"

Ask = Callable[[str], str]
"""The value of a tmux format such as `#{client_termfeatures}`; empty where tmux is silent."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What is known of it."""

    environment: Mapping[str, str]
    size: tuple[int, int] | None
    """Columns and lines; None where no terminal is attached."""
    encoding: str
    """Of standard output."""
    ask: Ask

    @classmethod
    def here(cls) -> Terminal:
        """The one that this process was started in."""
        return cls(os.environ, _size(), sys.stdout.encoding or "", ask_tmux)

    def has(self, *names: str) -> bool:
        """Whether one of these variables is set to something."""
        return any(self.environment.get(name) for name in names)


def checks(terminal: Terminal) -> Iterator[Check]:
    """What is looked at."""
    looks: Mapping[str, Callable[[Terminal], Finding]] = {
        "size": size,
        "colours": colours,
        "Unicode": unicode,
        "connection": connection,
        "clipboard": clipboard,
    }
    for name, look in looks.items():
        yield Check(SUBJECT, name, partial(_alone, look, terminal))


def _alone(look: Callable[[Terminal], Finding], terminal: Terminal) -> tuple[Finding]:
    return (look(terminal),)


def size(terminal: Terminal) -> Finding:
    """Whether every screen is whole."""
    name = terminal.environment.get("TERM", "")
    if terminal.size is None:
        text = "no terminal is attached; the app needs one, the commands do not"
        return Finding(SUBJECT, "size", State.NOTE, text, "Over SSH: ssh -t HOST argo-tui.")
    columns, lines = terminal.size
    text = f"{columns} x {lines}, TERM={name or '(not set)'}"
    if name in ("", "dumb"):
        remedy = "Set TERM to what your terminal is: export TERM=xterm-256color."
        return Finding(SUBJECT, "size", State.PROBLEM, text, remedy)
    if columns < SMALLEST[0] or lines < SMALLEST[1]:
        remedy = f"Make it {SMALLEST[0]} x {SMALLEST[1]} or larger: some parts are hidden below."
        return Finding(SUBJECT, "size", State.NOTE, text, remedy)
    return Finding(SUBJECT, "size", State.OK, text)


def colours(terminal: Terminal) -> Finding:
    """As many as the environment promises, which is what Textual goes by."""
    environment = terminal.environment
    if "NO_COLOR" in environment:
        text = "off, NO_COLOR is set"
        return Finding(SUBJECT, "colours", State.OK, text)
    if environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return Finding(SUBJECT, "colours", State.OK, "16 million (COLORTERM)")
    known = environment.get("TERM", "")
    many = "256color" in known or known.endswith("-direct")
    text = "256" if many else "16"
    remedy = "Where it can show more: export COLORTERM=truecolor (ssh does not pass it on)."
    if terminal.has("TMUX"):
        remedy += " In tmux also: set -as terminal-features ',*:RGB'."
    return Finding(SUBJECT, "colours", State.NOTE, f"{text}, COLORTERM is not set", remedy)


def unicode(terminal: Terminal) -> Finding:
    """Whether lines and marks can be drawn: by the locale, the terminal itself does not say."""
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    locale = next((value for n in names if (value := terminal.environment.get(n))), "")
    text = f"locale {locale or '(not set)'}, output in {terminal.encoding or '(unknown)'}"
    right = [word.lower().replace("-", "") for word in (locale, terminal.encoding)]
    if all("utf8" in word for word in right):
        return Finding(SUBJECT, "Unicode", State.OK, text)
    remedy = "Set a UTF-8 locale: export LC_ALL=C.UTF-8. Without one lines and marks look wrong."
    return Finding(SUBJECT, "Unicode", State.NOTE, text, remedy)


def connection(terminal: Terminal) -> Finding:
    """By SSH or not, inside tmux or screen, and what the program does about it."""
    words = ["SSH" if terminal.has("SSH_CONNECTION", "SSH_TTY") else "local"]
    words += [name for name, inside in _multiplexers(terminal).items() if inside]
    text = ", in ".join((words[0], " and ".join(words[1:]))) if words[1:] else words[0]
    if calmed := calm(terminal.environment):
        text += f"; {calmed.get('TEXTUAL_FPS', 'as many as set')} frames a second"
        text += ", no animations" if "TEXTUAL_ANIMATIONS" in calmed else ""
    return Finding(SUBJECT, "connection", State.OK, text)


def clipboard(terminal: Terminal) -> Finding:
    """Whether a copy (OSC 52) gets as far as the terminal. Whatever is copied is a file too."""
    inside = _multiplexers(terminal)
    if inside["tmux"]:
        return _through_tmux(terminal.ask("#{set-clipboard}"), terminal.ask(_FEATURES))
    if inside["screen"]:
        text = "screen keeps copies (OSC 52) to itself"
        remedy = "Use tmux, or the file that every copy is saved in too."
        return Finding(SUBJECT, _CLIPBOARD, State.NOTE, text, remedy)
    text = "copies are sent as OSC 52; whether this terminal takes them it does not say"
    return Finding(SUBJECT, _CLIPBOARD, State.OK, text)


_FEATURES: Final = "#{client_termfeatures}"


def _through_tmux(setting: str, features: str) -> Finding:
    """`setting`: of set-clipboard; only `on` lets programs inside write. Empty: not known."""
    if not setting:
        text = "in tmux, which does not say whether copies (OSC 52) pass"
        remedy = "Look at: tmux show -gv set-clipboard. It should be on."
        return Finding(SUBJECT, _CLIPBOARD, State.NOTE, text, remedy)
    if setting != "on":
        text = f"tmux keeps copies (OSC 52) to itself: set-clipboard is {setting}"
        remedy = "In ~/.tmux.conf: set -g set-clipboard on. Every copy is saved in a file too."
        return Finding(SUBJECT, _CLIPBOARD, State.NOTE, text, remedy)
    if features and _CLIPBOARD not in features.split(","):
        text = "set-clipboard is on, but tmux does not know that the terminal has a clipboard"
        remedy = "In ~/.tmux.conf: set -as terminal-features ',*:clipboard'."
        return Finding(SUBJECT, _CLIPBOARD, State.NOTE, text, remedy)
    return Finding(SUBJECT, _CLIPBOARD, State.OK, "tmux passes copies (OSC 52) on")


def _multiplexers(terminal: Terminal) -> Mapping[str, bool]:
    tmux = terminal.has("TMUX")
    inside = terminal.environment.get("TERM", "").startswith("screen")
    return {"tmux": tmux, "screen": terminal.has("STY") or (inside and not tmux)}


def ask_tmux(format: str) -> str:
    """The server that this terminal belongs to; empty where it does not answer."""
    command = ["tmux", "display-message", "-p", format]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _size() -> tuple[int, int] | None:
    for descriptor in (1, 2, 0):
        try:
            found = os.get_terminal_size(descriptor)
        except OSError:
            continue
        return found.columns, found.lines
    return None
