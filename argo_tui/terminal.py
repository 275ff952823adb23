"""The terminal this program was started in: how calm to be, and who may write to it.

Not responsible for drawing (Textual) or for the log's format (argo_tui.logs).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def calm(environment: Mapping[str, str]) -> dict[str, str]:
    """What to add to the environment before Textual is imported.

    Over SSH: 15 frames a second and no animations, for a slow line freezes the whole program.
    What the user has set stays.
    """
    if not (environment.get("SSH_CONNECTION") or environment.get("SSH_TTY")):
        return {}
    wanted = {"TEXTUAL_FPS": "15", "TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0"}
    return {name: value for name, value in wanted.items() if name not in environment}


def unfit(environment: Mapping[str, str], *, interactive: bool) -> str:
    """Why the screen cannot be drawn here, and what to do; empty where it can.

    `interactive`: input and output are a terminal.
    """
    if not interactive:
        return 'The screen needs a terminal. Without one: argo-tui ask "question".'
    if environment.get("TERM", "dumb") in ("", "dumb", "unknown"):
        return (
            "This terminal (TERM=dumb) cannot draw a screen. Set TERM, for example to "
            'xterm-256color, or: argo-tui ask "question".'
        )
    return ""


def draw_late(frames: int = 2) -> None:
    """Let at most so many frames wait for the line; before the App is started.

    Textual lets 30 wait. On a slow line that is half a minute in which the screen shows the past;
    with fewer it draws less often, and what it draws is how things stand. Nothing else waits: the
    engine has a thread of its own.
    """
    from textual.drivers import _writer_thread

    _writer_thread.MAX_QUEUED_WRITES = frames  # type: ignore[misc]


@contextmanager
def quiet(log: Path) -> Iterator[None]:
    """While inside, only Textual writes to the terminal.

    Libraries in C print to descriptors 1 and 2; those go to `log`. Textual draws on
    `sys.__stderr__` and asks `sys.__stdout__` for the size; both become a private copy of the
    terminal.
    """
    draw_late()
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    private, saved = os.dup(2), os.dup(1)
    sink = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    old = sys.__stdout__, sys.__stderr__
    # A lone surrogate (a file name that is not UTF-8) would end the thread that writes, and then
    # the program waits for it for ever.
    screen = os.fdopen(private, "w", encoding="utf-8", errors="replace", closefd=False)
    try:
        sys.__stdout__ = sys.__stderr__ = screen  # type: ignore[misc]
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        yield
    finally:
        screen.flush()
        sys.__stdout__, sys.__stderr__ = old  # type: ignore[misc]
        os.dup2(saved, 1)
        os.dup2(private, 2)
        for descriptor in (saved, private, sink):
            os.close(descriptor)
