"""`argo-tui replay`: a recorded run, or a file of one, plays again. No model is loaded.

In a pipe it is the transcript, as `argo-tui runs show` prints it. Not responsible for the screen
(argo_tui.replay_app) or for the file format (engine.recordings).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from argo_tui.commands.runs import opened, transcribe
from argo_tui.guard import OK
from engine.events import Event
from engine.layers import load
from engine.paths import Home
from engine.recordings import read
from engine.text import clean


def replay(
    recording: Annotated[
        str, Parameter(help="A run, the beginning of its name, last, or an exported file.")
    ] = "last",
    *,
    speed: Annotated[Literal[1, 2, 10], Parameter(help="So many times as fast.")] = 1,
) -> int:
    """Play a recorded run again."""
    events, title = found(recording)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        transcribe(events)
        return OK
    home = Home.find()
    settings = load(home).settings
    from argo_tui.replay_app import run

    return run(events, title, speed, settings=settings, home=home)


def found(recording: str) -> tuple[Sequence[Event], str]:
    """The events, and what to call them. Raises StoreError.

    A file wins over a run of the same name: what lies in the directory is seen.
    """
    path = Path(recording)
    if path.exists() or path.suffix == ".jsonl" or os.sep in recording:
        return read(path), clean(path.name)
    with opened() as store:
        run = store.find(recording)
        return store.events(run), run
