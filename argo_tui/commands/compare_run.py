"""One question through a fleet, without a screen: what every column reported.

Not responsible for the plan (engine.comparison.plan), for threads (argo_tui.bridge) or for what is
printed at the end (argo_tui.commands.compare_output).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from argo_tui.compare.fleet import Fleet
from argo_tui.reports import Happened, LoadFailed, Loading, Report
from argo_tui.run_view import RunView, activity
from engine.errors import ArgoError, ModelError
from engine.events import Event, Notice, RunFailed, RunFinished
from engine.llm.backend import Cancel

_PAUSE_S: Final = 0.02

Say = Callable[[str], None]
"""A line of progress."""


@dataclass(slots=True)
class ColumnRun:
    """One column so far."""

    label: str
    say: Say
    run: str = ""
    events: list[Event] = field(default_factory=list)
    view: RunView | None = None
    trouble: ArgoError | None = None
    """Why its model could not be loaded."""
    _said: str = ""

    def begin(self, run: str, question: str) -> None:
        """A question is on its way."""
        self.run, self.view = run, RunView(run, question)

    def take(self, report: Report) -> None:
        """Keep what was reported; say what has changed."""
        match report:
            case Loading(phase=phase):
                self._tell(phase)
            case LoadFailed():
                self.trouble = ModelError(
                    report.what.rstrip("."), where=report.where, remedy=report.remedy
                )
                self._tell(str(self.trouble))
            case Happened():
                self._happened(report)
            case _:
                self._tell("loaded")

    def _happened(self, report: Happened) -> None:
        event = report.event
        self.events.append(event)
        if self.view is not None:
            self.view.apply(event, report.pieces)
        match event:
            case RunFinished():
                self._tell(f"{event.status.replace('_', ' ')} in {event.ns / 1e9:.2f} s")
            case Notice() | RunFailed():
                what = event.text if isinstance(event, Notice) else event.what
                self._tell(f"{what.rstrip('.')}. {event.remedy}".rstrip())
            case _:
                doing = activity(self.view) if self.view else ""
                # Between the others it takes no time, and after the answer it is not even true.
                self._tell("" if doing == "deciding" else doing)

    def _tell(self, text: str) -> None:
        if text and text != self._said:
            self._said = text
            self.say(f"{self.label}: {text}")


def await_models(fleet: Fleet, columns: Sequence[ColumnRun], stop: Cancel) -> bool:
    """Wait until the columns can be asked; False where the user stopped it.

    Raises ModelError where a model cannot be loaded: nothing was asked then.
    """
    while not stop.is_set():
        _take(fleet, columns)
        for column in columns:
            if column.trouble is not None:
                raise column.trouble
        if fleet.ready:
            return True
        time.sleep(_PAUSE_S)
    return False


def ask(
    fleet: Fleet,
    columns: Sequence[ColumnRun],
    question: str,
    options: Sequence[str],
    stop: Cancel,
) -> None:
    """Ask every column and wait for the end; a stop ends the runs in order, figures kept."""
    for column, run in zip(columns, fleet.ask(question, options), strict=True):
        column.begin(run, question)
    stopped = False
    while fleet.busy:
        if stop.is_set() and not stopped:
            stopped = True
            fleet.cancel()
        _take(fleet, columns)
        time.sleep(_PAUSE_S)
    _take(fleet, columns)


def _take(fleet: Fleet, columns: Sequence[ColumnRun]) -> None:
    for place, report in fleet.drain():
        columns[place].take(report)
