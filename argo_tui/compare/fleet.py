"""Several engines for one question: who is asked when, and whose report it is.

One bridge a column, or one for all where memory holds only one model; the threads are the
bridges'. Called from one thread, the screen's. Not responsible for choosing a mode
(engine.comparison.plan), for drawing or for keeping what was compared (engine.comparisons).
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from argo_tui.bridge import Bridge
from argo_tui.reports import Happened, Loaded, LoadFailed, Loading, Report
from engine.comparison.plan import Mode
from engine.events import RunFinished, Status, Usage
from engine.layers import Configuration

Loadable = tuple[Configuration, str]
"""Settings of a column and its profile."""


@dataclass(slots=True)
class _Lane:
    """One bridge with what it was told to load."""

    bridge: Bridge
    loads: deque[int] = field(default_factory=deque)
    """Columns whose load has been asked for and not reported, in order."""
    holds: int | None = None
    """The column whose model is loaded."""

    @property
    def comes(self) -> int | None:
        """The column whose model is loaded once everything asked for was done."""
        return self.loads[-1] if self.loads else self.holds

    def load(self, column: int, loadable: Loadable) -> None:
        self.loads.append(column)
        self.bridge.load(*loadable)


class Fleet:
    """Up to four columns. `arrange` first, then `ask` and `drain`, at the end `close`."""

    def __init__(self, open_bridge: Callable[[], Bridge]) -> None:
        """`open_bridge` makes a bridge that has not been started."""
        self._open_bridge = open_bridge
        self._lanes: list[_Lane] = []
        self._columns: tuple[Loadable, ...] = ()
        self._mode = Mode.IN_TURN
        self._failed: set[int] = set()
        self._question: tuple[str, tuple[str, ...]] = ("", ())
        self._runs: tuple[str, ...] = ()
        self._waiting: deque[int] = deque()
        self._running: set[int] = set()
        self._own: list[tuple[int, Report]] = []

    @property
    def mode(self) -> Mode:
        """How columns are asked."""
        return self._mode

    @property
    def busy(self) -> bool:
        """Whether a question is still being answered."""
        return bool(self._waiting or self._running)

    @property
    def loading(self) -> bool:
        """Whether a model is being made ready."""
        return any(lane.loads for lane in self._lanes)

    @property
    def ready(self) -> bool:
        """Whether a question would be answered by at least one column."""
        if self._mode is Mode.ONE_AT_A_TIME:
            return bool(self._lanes)
        return not self.loading and any(lane.holds is not None for lane in self._lanes)

    def arrange(self, configurations: Sequence[Loadable], mode: Mode) -> None:
        """Load what the mode needs; what is loaded already stays. A failed column tries again.

        Raises RuntimeError while a question is being answered.
        """
        if self.busy:
            raise RuntimeError("the columns were arranged anew in the middle of a question")
        columns = tuple(configurations)
        same = columns == self._columns
        self._columns, self._mode = columns, mode
        self._failed.clear()
        count = 1 if mode is Mode.ONE_AT_A_TIME else len(columns)
        for lane in self._lanes[count:]:
            lane.bridge.close()
        self._lanes = self._lanes[:count]
        while len(self._lanes) < count:
            lane = _Lane(self._open_bridge())
            lane.bridge.start()
            self._lanes.append(lane)
        for column, lane in enumerate(self._lanes):
            if not same or lane.comes != column:
                lane.load(column, columns[column])

    def ask(
        self, question: str, options: Sequence[str] = (), order: Sequence[int] | None = None
    ) -> tuple[str, ...]:
        """Ask every column; the runs by column. A column that cannot be loaded has none to come.

        `order` is that in which columns take turns: from the left, where it is not given, or from
        the one that is loaded where only one can be. Raises RuntimeError unless ready and idle.
        """
        if self.busy or not self.ready:
            raise RuntimeError("a question came before the columns were ready for it")
        self._question = question, tuple(options)
        self._runs = tuple(secrets.token_hex(8) for _ in self._columns)
        self._waiting.extend(self._order() if order is None else order)
        self._advance()
        return self._runs

    def drain(self) -> list[tuple[int, Report]]:
        """What was reported since the last call, with the column; asks whose turn has come."""
        taken, self._own = self._own, []
        for lane in self._lanes:
            for report in lane.bridge.drain():
                if (column := self._column_of(lane, report)) is not None:
                    taken.append((column, report))
                    self._note(lane, column, report)
        self._advance()
        return taken

    def cancel(self) -> None:
        """Stop the columns that answer within one token; those that wait do not begin."""
        for column in self._waiting:
            self._own.append((column, Happened(_not_begun(self._runs[column]))))
        self._waiting.clear()
        for column in self._running:
            self._lane(column).bridge.cancel(self._runs[column])

    def close(self, limit_s: float = 5.0) -> bool:
        """Cancel everything and wait for the threads; False where one did not end in time."""
        self.cancel()
        end = time.monotonic() + limit_s
        ended = [lane.bridge.close(max(end - time.monotonic(), 0.05)) for lane in self._lanes]
        self._lanes = []
        self._running.clear()
        return all(ended)

    # ------------------------------------------------------------------ whose turn it is

    def _advance(self) -> None:
        while self._waiting and (self._mode is Mode.PARALLEL or not self._running):
            column = self._waiting[0]
            lane = self._lane(column)
            if column in self._failed and self._mode is not Mode.ONE_AT_A_TIME:
                self._waiting.popleft()
            elif lane.comes != column:
                lane.load(column, self._columns[column])
                return
            elif lane.loads:
                return
            else:
                self._waiting.popleft()
                self._running.add(column)
                lane.bridge.ask(self._runs[column], *self._question)

    def _note(self, lane: _Lane, column: int, report: Report) -> None:
        match report:
            case Loaded():
                lane.holds = lane.loads.popleft()
                self._failed.discard(column)
            case LoadFailed():
                lane.loads.popleft()
                lane.holds = None
                self._failed.add(column)
                if column in self._waiting and column not in lane.loads:
                    self._waiting.remove(column)
            case Happened(event=RunFinished()):
                self._running.discard(column)
            case _:
                pass

    def _column_of(self, lane: _Lane, report: Report) -> int | None:
        if isinstance(report, Loading | Loaded | LoadFailed):
            return lane.loads[0]
        run = report.event.run
        return self._runs.index(run) if run in self._runs else None

    def _order(self) -> list[int]:
        columns = list(range(len(self._columns)))
        if self._mode is Mode.ONE_AT_A_TIME and (held := self._lanes[0].holds) is not None:
            columns.remove(held)
            columns.insert(0, held)
        return columns

    def _lane(self, column: int) -> _Lane:
        return self._lanes[0 if self._mode is Mode.ONE_AT_A_TIME else column]


def _not_begun(run: str) -> RunFinished:
    return RunFinished(
        run=run,
        at_ns=0,
        status=Status.CANCELLED,
        stop_reason="stopped before it began",
        steps=0,
        ns=0,
        usage=Usage(),
    )
