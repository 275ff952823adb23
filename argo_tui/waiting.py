"""Questions asked before there is a model: kept in order, handed on once one is on its way.

Not responsible for models (argo_tui.models.desk) or for the engine's own queue (argo_tui.bridge).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from argo_tui.models.state import ModelState
from argo_tui.reports import Happened
from argo_tui.wishes import Asked
from engine.events import RunFailed, RunFinished, Status, Usage


class WaitingQuestions:
    """`ask` hands one to the engine, `show` shows what became of one that never got there."""

    def __init__(
        self, ask: Callable[[Asked], None], show: Callable[[Iterable[Happened]], None]
    ) -> None:
        self._ask = ask
        self._show = show
        self._kept: list[Asked] = []
        self._state = ModelState()

    def put(self, question: Asked) -> None:
        """A new question."""
        self._kept.append(question)
        self._settle()

    def changed(self, state: ModelState) -> None:
        """What models do now."""
        self._state = state
        self._settle()

    def drop(self, run: str) -> bool:
        """Stop a question that still waits here."""
        for question in self._kept:
            if question.run == run:
                self._kept.remove(question)
                self._show([_ended(run, Status.CANCELLED)])
                return True
        return False

    def _settle(self) -> None:
        if self._state.ready or self._state.phase:
            while self._kept:
                self._ask(self._kept.pop(0))
        elif self._state.trouble and self._state.download is None:
            while self._kept:
                run = self._kept.pop(0).run
                failed = RunFailed(run=run, at_ns=0, what=self._state.trouble)
                self._show([Happened(failed), _ended(run, Status.FAILED)])


def _ended(run: str, status: Status) -> Happened:
    why = "no model" if status is Status.FAILED else "stopped before it began"
    return Happened(
        RunFinished(run=run, at_ns=0, status=status, stop_reason=why, steps=0, ns=0, usage=Usage())
    )
