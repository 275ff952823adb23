"""The entry point. Decides between the app and a command, and imports only that.

The app must paint within half a second, so without arguments neither cyclopts nor rich is
imported. Not responsible for parsing (argo_tui.cli).
"""

from __future__ import annotations

import os
import sys

from argo_tui import logs
from argo_tui.guard import complain, guarded
from argo_tui.terminal import calm
from engine.paths import Home


def main() -> int:
    """Run argo-tui; returns the exit code."""
    logs.silence(os.environ)
    # Textual reads these when it is imported.
    os.environ.update(calm(os.environ))
    os.environ.setdefault("TEXTUAL_FPS", "30")
    # Read when torch is imported. Threads that spin while they wait for one another cost a busy
    # machine nine tenths of its decode rate (0.7 against 12 tokens/s on two cores); these sleep.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    if trouble := logs.start(Home.find().log):
        complain(trouble)
    return guarded(_command if sys.argv[1:] else _app)


def _app() -> int:
    from argo_tui.program import run

    return run()


def _command() -> int:
    from argo_tui.cli import main as command

    return command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
