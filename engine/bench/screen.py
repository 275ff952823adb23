"""The same question asked in the app, to see what the screen costs.

The app records its runs, and the record holds the times. Not responsible for the headless
measurement it is compared with (engine.bench.question).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.bench.question import Measured, of_events
from engine.bench.terminal import Terminal
from engine.errors import ArgoError
from engine.runs import RUNNING, RunStore


def measure_in_app(
    command: Sequence[str],
    environment: Mapping[str, str],
    store: RunStore,
    question: str,
    runs: int,
    *,
    warm_up: int = 1,
    timeout_s: float = 600.0,
) -> list[Measured]:
    """Type the question into the app `warm_up + runs` times. Raises ArgoError."""
    measured: list[Measured] = []
    with Terminal(command, environment) as terminal:
        if not terminal.wait(lambda: terminal.mark("ready") is not None, timeout_s):
            raise ArgoError(
                "The app did not get ready", remedy="Start it by hand to see why: argo-tui"
            )
        for number in range(warm_up + runs):
            run = _asked(terminal, store, question, timeout_s)
            if number >= warm_up:
                measured.append(of_events(store.events(run)))
            # The screen goes on drawing for a moment after the run has ended.
            terminal.rest(0.5)
    return measured


def _asked(terminal: Terminal, store: RunStore, question: str, timeout_s: float) -> str:
    before = _newest(store)
    terminal.type(question)
    terminal.rest(0.3)
    terminal.type("\r")
    if not terminal.wait(lambda: _newest(store) not in ("", before), timeout_s):
        raise ArgoError(
            "The app did not answer the question in time", remedy="Ask a shorter one, or wait."
        )
    return _newest(store)


def _newest(store: RunStore) -> str:
    """The newest run, once it has ended."""
    runs = store.runs(limit=1)
    return runs[0].run if runs and runs[0].status != RUNNING else ""
