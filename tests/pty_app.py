"""The app with a scripted engine and a real record, for tests on a terminal.

`python -m tests.pty_app NAME`, in an ARGO_HOME; NAME says what the engine plays. Not responsible
for what is asserted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import msgspec

from argo_tui.terminal import calm

WORDS: Final = 400


def flood(question: str) -> list[Event]:
    """An answer at 200 words a second."""
    text = "".join(f"word{number} " for number in range(WORDS)) + "the very end."
    deltas = [
        SynthesisDelta(run="r1", at_ns=number * 5_000_000, text=f"word{number} ")
        for number in range(WORDS)
    ]
    done = [
        msgspec.structs.replace(event, text=text) if isinstance(event, SynthesisDone) else event
        for event in (msgspec.structs.replace(each, at_ns=0) for each in samples.answered())
        if not isinstance(event, SynthesisDelta)
    ]
    at = next(i for i, event in enumerate(done) if isinstance(event, SynthesisDone))
    return [*done[:at], *deltas, *done[at:]]


def unending(question: str) -> list[Event]:
    """Some hours of an answer."""
    return [
        *samples.two_steps(),
        *(
            SynthesisDelta(run="r1", at_ns=number * 100_000_000, text=f"word{number} ")
            for number in range(100_000)
        ),
    ]


def main(name: str) -> int:
    """Run the app as `argo_tui.program.run` does."""
    home = Home.find()
    played: dict[str, Callable[[], ScriptedEngine]] = {
        "flood": lambda: ScriptedEngine(flood, pace=1.0),
        "unending": lambda: ScriptedEngine(unending, pace=1.0),
        "sample": lambda: ScriptedEngine(),
        "hostile": lambda: ScriptedEngine(poisoned_run),
    }
    parts = replace(
        scripted_parts(home, engine=played[name](), clock=time.monotonic),
        open_recorder=lambda: RunStore.open(home.runs),
    )
    app = ArgoApp(load(home), home, parts)
    with quiet(home.data / "log" / "native.log"), ends_with_terminal():
        app.run()
    return 1 if app.crash else app.return_code or 0


if __name__ == "__main__":
    # Textual reads these when it is imported.
    os.environ.update(calm(os.environ))
    import time

    from argo_tui.app import ArgoApp
    from argo_tui.interrupt import ends_with_terminal
    from argo_tui.terminal import quiet
    from engine.events import Event, SynthesisDelta, SynthesisDone
    from engine.layers import load
    from engine.paths import Home
    from engine.runs import RunStore
    from tests import samples
    from tests.poison import poisoned_run
    from tests.scripted import ScriptedEngine, scripted_parts

    sys.exit(main(sys.argv[1]))
