"""An engine that plays scripted runs: the outermost edge of the commands' tests.

The question decides what happens: it may hold «not found», «fail», «broken», «slow».
"""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Iterator, Sequence

from engine.events import Choice, Event, RunFinished, Status, SynthesisDelta, SynthesisDone, Usage
from engine.layers import Configuration
from engine.llm.backend import Cancel
from engine.paths import Home
from tests.scripted_run import MS, SENTENCE, ending, failed, opening


class ScriptedArgo:
    """Satisfies what `ask` needs of the engine."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.earlier: list[str | None] = []
        self.closed = False

    def __call__(self, configuration: Configuration, home: Home, may_ask: bool) -> ScriptedArgo:
        self.configuration = configuration
        return self

    def answer(
        self,
        question: str,
        *,
        options: Sequence[str] = (),
        earlier: str | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[Event]:
        self.asked.append(question)
        self.earlier.append(earlier)
        run = uuid.uuid4().hex
        if "broken" in question:
            raise RuntimeError("a defect")
        if "fail" in question:
            yield from failed(run, question)
            return
        yield from opening(run, question, options)
        if "slow" in question:
            yield from slow(run, cancel)
        elif "not found" in question:
            yield from ending(run, Status.NOT_FOUND, "Not in the specifications.")
        elif options:
            choice = Choice(index=1, option=options[1], probabilities=(0.2, 0.8))
            yield from ending(run, Status.ANSWERED, SENTENCE.text, choice=choice)
        else:
            yield from ending(run, Status.ANSWERED, SENTENCE.text)

    def close(self) -> None:
        self.closed = True


def slow(run: str, cancel: Cancel | None) -> Iterator[Event]:
    """A word every 20 ms until it is cancelled."""
    text = ""
    for number in itertools.count():
        if cancel is not None and cancel.is_set():
            break
        text += f"word{number} "
        yield SynthesisDelta(run=run, at_ns=number * MS, text=f"word{number} ")
        time.sleep(0.02)
    yield SynthesisDone(run=run, at_ns=1, status=Status.CANCELLED, text=text, sentences=(),
                        citations=(), generated=True)  # fmt: skip
    yield RunFinished(run=run, at_ns=2, status=Status.CANCELLED, stop_reason="cancelled", steps=1,
                      ns=2, usage=Usage())  # fmt: skip
