"""The run that was cut off, offered at the next start.

Pure. Not responsible for reading the record (engine.runs) or for showing the run (the App).
"""

from __future__ import annotations

from collections.abc import Sequence

from argo_tui.widgets.ink import one_line
from engine.runs import INTERRUPTED, RUNNING, RunSummary

_QUESTION = 60
"""Characters; a line of the screen has room for no more."""


def cut_off(runs: Sequence[RunSummary]) -> RunSummary | None:
    """The run to offer, from the newest first: the last one, where it has no end.

    Runs of other processes that still go on do not count. Once something newer has ended, nobody
    asks for it any more: so it is offered until the next answer.
    """
    ended = (run for run in runs if run.status != RUNNING)
    newest = next(ended, None)
    return newest if newest is not None and newest.status == INTERRUPTED else None


def offer(run: RunSummary, key: str) -> str:
    """The sentence for the screen; `key` shows the run."""
    question = one_line(run.question)
    if len(question) > _QUESTION:
        question = f"{question[: _QUESTION - 1]}…"
    kept = "what there was is kept" if run.answer else "nothing was written yet"
    return f"«{question}» was interrupted; {kept}. {key} shows it."
