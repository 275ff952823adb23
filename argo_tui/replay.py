"""A recorded run again: where the replay stands, and what is due to be shown.

Pure: it is told how much time has passed. Position is time of the run, so at ten times the speed
everything keeps its proportion, long waits included. Not responsible for the record
(engine.runs, engine.recordings), for clocks, or for showing events (argo_tui.screens.replay).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from engine.events import Decided, Event

SPEEDS: Final = (1, 2, 10)


@dataclass(frozen=True, slots=True)
class Move:
    """What to do to the view after the replay moved."""

    events: tuple[Event, ...] = ()
    """To apply, in order."""
    again: bool = False
    """Whether to apply them to an empty view: the replay went back."""


class Player:
    """Stands before the first event, and plays."""

    def __init__(self, events: Iterable[Event], speed: int = 1) -> None:
        """`speed`: one of SPEEDS."""
        self.events = tuple(events)
        self.speed = speed
        self.paused = False
        self.position = 0
        """Nanoseconds of the run."""
        self.shown = 0
        """So many events were due."""
        # A clock of two threads may step back a little; what is recorded later is shown later.
        self._due = list(accumulate((max(event.at_ns, 0) for event in self.events), max))
        self.marks = tuple(sorted(set(begins(self.events, self._due))))
        """Where steps begin, in nanoseconds."""

    @property
    def total(self) -> int:
        """Nanoseconds of the whole."""
        return self._due[-1] if self._due else 0

    @property
    def at_end(self) -> bool:
        """Whether everything was shown."""
        return self.shown == len(self.events) and self.position >= self.total

    def advance(self, seconds: float) -> Move:
        """So much time has passed. Nothing moves while it is paused."""
        if self.paused:
            return Move()
        return self.seek(self.position + round(max(seconds, 0.0) * 1e9 * self.speed))

    def seek(self, ns: int) -> Move:
        """To a time of the run, or to the nearest end."""
        self.position = max(0, min(ns, self.total))
        before, self.shown = self.shown, bisect_right(self._due, self.position)
        if self.shown < before:
            return Move(self.events[: self.shown], again=True)
        return Move(self.events[before : self.shown])

    def step(self) -> Move:
        """Pause where the next step begins, at the end after the last."""
        self.paused = True
        place = bisect_right(self.marks, self.position)
        return self.seek(self.marks[place] if place < len(self.marks) else self.total)

    def back(self) -> Move:
        """Pause where this step began, or the one before it where it stands there already."""
        self.paused = True
        place = bisect_left(self.marks, self.position)
        return self.seek(self.marks[place - 1] if place else 0)

    def toggle(self) -> Move:
        """Pause or go on; from the end, once more from the beginning."""
        if self.at_end:
            self.paused = False
            return self.seek(0)
        self.paused = not self.paused
        return Move()


def begins(events: Sequence[Event], due: Sequence[int]) -> list[int]:
    """When each decision is due: a step begins with one, the final answer too."""
    pairs = zip(events, due, strict=True)
    return [at for event, at in pairs if isinstance(event, Decided)]
