"""Whether columns run together, one after the other, or one model at a time, and why.

Pure. Not responsible for measuring memory (engine.comparison.needs) or for running
(argo_tui.compare.fleet).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from engine.errors import ModelError
from engine.models.memory import gigabytes


class Mode(StrEnum):
    """How the columns of a comparison are run."""

    PARALLEL = "parallel"
    """All loaded, all asked at once."""
    IN_TURN = "in-turn"
    """All loaded, asked one after the other."""
    ONE_AT_A_TIME = "one-at-a-time"
    """Each loaded for its turn, when the one before it is gone."""


@dataclass(frozen=True, slots=True)
class Need:
    """What one column takes."""

    profile: str
    bytes: int
    """Of memory on this machine; 0 where a server has the model."""
    place: str
    """What it computes on: "cpu", "cuda:0" or a server's URL."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The mode, and a sentence for the screen that says why."""

    mode: Mode
    why: str


def plan(needs: Sequence[Need], free_bytes: int, wish: Mode | None = None) -> Plan:
    """How to run columns that need so much where `free_bytes` are free.

    A wish that memory does not allow is refused: the mode is another and the sentence says so.
    Raises ModelError where not even one column at a time fits.
    """
    largest = max(needs, key=lambda need: need.bytes)
    if largest.bytes > free_bytes:
        need, free = gigabytes(largest.bytes), gigabytes(free_bytes)
        raise ModelError(
            f"{largest.profile} needs {need} and {free} are free",
            where=largest.place,
            remedy="Close other programs or compare smaller profiles.",
        )
    total = sum(need.bytes for need in needs)
    if total > free_bytes:
        return Plan(Mode.ONE_AT_A_TIME, _too_large(total, free_bytes, wish))
    shared = _shared(needs)
    match wish:
        case Mode.PARALLEL:
            return Plan(wish, f"In parallel, as asked{_caution(shared)}.")
        case Mode.IN_TURN:
            return Plan(wish, "In turn, as asked: no column disturbs the time of another.")
        case Mode.ONE_AT_A_TIME:
            return Plan(wish, "One at a time, as asked: each model is loaded for its turn.")
    if shared:
        why = f"In turn: {shared}, and together each would slow the other."
        return Plan(Mode.IN_TURN, why)
    return Plan(Mode.PARALLEL, "In parallel: every column has a place of its own, and all fit.")


def _too_large(total: int, free_bytes: int, wish: Mode | None) -> str:
    room = f"together they need {gigabytes(total)} and {gigabytes(free_bytes)} are free"
    if wish in (None, Mode.ONE_AT_A_TIME):
        return f"One at a time: {room}."
    asked = "In parallel" if wish is Mode.PARALLEL else "In turn"
    return f"One at a time. {asked} was asked for, but {room}."


def _caution(shared: str) -> str:
    return f": {shared}, so their times are not comparable" if shared else ""


def _shared(needs: Sequence[Need]) -> str:
    """`0.5b and 1.5b share the cpu`; empty where every column has a place of its own."""
    found = []
    for place, group in groupby(sorted(needs, key=_place), key=_place):
        names = [need.profile for need in group]
        if len(names) > 1:
            found.append(f"{', '.join(names[:-1])} and {names[-1]} share {place}")
    return "; ".join(found)


def _place(need: Need) -> str:
    return need.place
