"""A full-screen program from its start to its exit status.

Not responsible for what it shows (argo_tui.app, argo_tui.replay_app).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from argo_tui.interrupt import ends_with_terminal
from argo_tui.terminal import quiet, unfit
from engine.errors import ArgoError
from engine.layers import load
from engine.paths import Home


class Program(Protocol):
    """Satisfied by the apps."""

    crash: Path | None
    """The report, where it ended by a defect."""
    left_behind: bool
    """Whether a thread could not be waited for."""

    @property
    def return_code(self) -> int | None:
        """What it ended with."""
        ...

    def run(self) -> object:
        """Until it is left."""
        ...


def run(flags: Mapping[str, Any] | None = None) -> int:
    """Run the app; the exit status. `flags` are dotted keys.

    Raises ConfigError, and ArgoError where no screen can be drawn.
    """
    from argo_tui.app import ArgoApp
    from argo_tui.parts import real_parts

    _see_to_the_terminal()
    home = Home.find()
    return carry(ArgoApp(load(home, flags=flags), home, real_parts(home), flags), home)


def watch(flags: Mapping[str, Any] | None = None) -> int:
    """Run the audience's app; the exit status. Raises as `run` does, and StoreError."""
    from argo_tui.audience_app import run as run_audience

    _see_to_the_terminal()
    home = Home.find()
    return run_audience(load(home, flags=flags).settings, home)


def carry(program: Program, home: Home) -> int:
    """Run a program with the terminal to itself; the exit status."""
    with quiet(home.data / "log" / "native.log"), ends_with_terminal():
        program.run()
    if program.crash:
        sys.stderr.write(f"argo-tui stopped on a defect. The report: {program.crash}\n")
    code = 1 if program.crash else program.return_code or 0
    if program.left_behind:
        # Native code in the engine thread would abort when the interpreter goes away under it.
        sys.stderr.flush()
        os._exit(code)
    return code


def _see_to_the_terminal() -> None:
    """Raises ArgoError where no screen can be drawn."""
    if trouble := unfit(os.environ, interactive=sys.stdin.isatty() and sys.stderr.isatty()):
        raise ArgoError(trouble.removesuffix("."))
