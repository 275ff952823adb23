"""What a long session amounts to: growth of memory, of frames, and the echo of keys.

Pure and seeded. Not responsible for measuring (tools.endurance.session) or for words
(tools.endurance.report).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np
import numpy.typing as npt

SKIPPED: Final = 20
"""Questions before memory counts: imports, caches and pools fill up once."""
EVERY: Final = 10
"""Questions between two looks at memory."""
_ROUNDS: Final = 2_000
_FEWEST: Final = 10
"""In a fifth: every recording is in it once, and the interval means something."""
_MIB: Final = 1 << 20

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the session. Times in seconds, sizes in bytes."""

    number: int
    recording: str
    turn_s: float
    """From enter to the question in the conversation."""
    answer_s: float
    """From the engine's last event to the last line of the turn: record, wait for the tick that
    fetches events (15 a second), draw."""
    frames_s: tuple[float, ...]
    """From each batch of events to the end of the paint that shows it."""
    cpu_s: float
    drawn: int
    rss: int


@dataclass(frozen=True, slots=True)
class Growth:
    """Of memory, in MiB."""

    first: float
    """Median of the first quarter."""
    last: float
    slope: float
    """KiB a question, least squares."""
    slope_low: float
    slope_high: float
    n: int

    @property
    def grown(self) -> float:
        """MiB from the first quarter to the last."""
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class Trend:
    """A figure of the first fifth of the questions against that of the last."""

    first: float
    last: float
    ratio: float
    low: float
    """95 % interval of the ratio, bootstrap."""
    high: float
    n: int
    """In each fifth."""

    @property
    def grows(self) -> bool:
        """Whether the last fifth is certainly more than a twentieth above the first."""
        return self.low > 1.05


@dataclass(frozen=True, slots=True)
class Echo:
    """From a key to its character on the terminal, milliseconds."""

    p50: float
    p95: float
    most: float
    n: int


def growth(asked: Sequence[Asked], seed: int = 0) -> Growth | None:
    """Of resident memory, every tenth question after the first twenty; None below four looks."""
    looks = [one for one in asked if one.number > SKIPPED and one.number % EVERY == 0]
    if len(looks) < 4:
        return None
    values = [one.rss / _MIB for one in looks]
    quarter = len(values) // 4
    at = np.array([one.number for one in looks], dtype=np.float64)
    slope, low, high = _slope(at, np.array(values) * 1024, seed)
    return Growth(
        median(values[:quarter]), median(values[-quarter:]), slope, low, high, len(values)
    )


def trend(values: Sequence[float], seed: int = 0) -> Trend | None:
    """First fifth against last fifth by their means; None below ten in a fifth."""
    fifth = len(values) // 5
    if fifth < _FEWEST:
        return None
    first, last = np.array(values[:fifth]), np.array(values[-fifth:])
    random = np.random.default_rng(seed)
    befores = first[random.integers(fifth, size=(_ROUNDS, fifth))].mean(axis=1)
    afters = last[random.integers(fifth, size=(_ROUNDS, fifth))].mean(axis=1)
    low, high = np.percentile(afters / np.maximum(befores, 1e-9), (2.5, 97.5))
    before, after = float(first.mean()), float(last.mean())
    return Trend(before, after, after / max(before, 1e-9), float(low), float(high), fifth)


def echo(seconds: Sequence[float]) -> Echo | None:
    """Percentiles; None where nothing was typed."""
    if not seconds:
        return None
    values = np.array(seconds) * 1000
    p50, p95 = np.percentile(values, (50, 95))
    return Echo(float(p50), float(p95), float(values.max()), len(values))


def _slope(at: Numbers, values: Numbers, seed: int) -> tuple[float, float, float]:
    """Of a line, with the interval of resampled pairs."""
    drawn = np.random.default_rng(seed).integers(len(at), size=(_ROUNDS, len(at)))
    slopes = [_line(at[rows], values[rows]) for rows in drawn if len(set(rows)) > 1]
    low, high = np.percentile(slopes, (2.5, 97.5))
    return _line(at, values), float(low), float(high)


def _line(at: Numbers, values: Numbers) -> float:
    centred = at - at.mean()
    return float(centred @ values / (centred @ centred))
