"""What the comparison's screen needs of the program around it, as plain callables.

Not responsible for any of it: engines (argo_tui.compare.fleet), plans (engine.comparison.plan) and
the record (engine.comparisons) are put in by whoever opens the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from argo_tui.compare.fleet import Fleet
from engine.comparison.plan import Mode, Plan
from engine.events import Event


@dataclass(frozen=True, slots=True)
class Stage:
    """The edges of the screen."""

    fleet: Fleet
    arrange: Callable[[Mode | None], Plan]
    """Plans under a wish and arranges the fleet so. Raises ArgoError where nothing fits."""
    keep: Callable[[str, str, Mode, bool, Sequence[tuple[str, str]]], None]
    """Comparison, question, mode, blind, (label, run) by column. Raises StoreError."""
    vote: Callable[[str, int], None]
    """Comparison, column. Raises StoreError."""
    recorded: Callable[[str], Sequence[Event]]
    """The events of a run; none where there is no such run. Raises StoreError."""
    shuffled: Callable[[int], Sequence[int]]
    """The numbers below a count, in an order nobody can guess."""
    exports: Path
    """Directory for files."""
    clock: Callable[[], float]
    """Seconds, monotonic."""
    budget_s: float
    """The time a user would like; beside the clock of each column."""
    target_s: float
    """What the running table measures the distance to."""
    refresh_hz: int
