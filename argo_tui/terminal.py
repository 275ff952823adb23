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


@contextmanager
def quiet(log: Path) -> Iterator[None]:
    """While inside, only Textual writes to the terminal.

    Libraries in C print to descriptors 1 and 2; those go to `log`. Textual draws on
    `sys.__stderr__` and asks `sys.__stdout__` for the size; both become a private copy of the
    terminal.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    private, saved = os.dup(2), os.dup(1)
    sink = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    old = sys.__stdout__, sys.__stderr__
    screen = os.fdopen(private, "w", encoding="utf-8", closefd=False)
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
