"""Figures with what they are worth: 95 % intervals for shares, for statistics and for differences.

Pure and seeded: the same numbers give the same interval. Not responsible for what is counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Statistic = Callable[[Numbers], Numbers]
"""Samples [rounds, n] to one figure a round [rounds]."""

_Z: Final = 1.959964
_ROUNDS: Final = 2_000


def wilson(k: int, n: int) -> tuple[float, float]:
    """Wilson interval of `k` of `n`, as shares. (0, 1) where nothing was counted."""
    if n == 0:
        return 0.0, 1.0
    share, spread = k / n, _Z * _Z / n
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def bootstrap(values: Sequence[float], statistic: Statistic, seed: int = 0) -> tuple[float, float]:
    """Percentile interval of a statistic over resampled values. Raises ValueError for none."""
    if not values:
        raise ValueError("there is nothing to resample")
    numbers = np.asarray(values, dtype=np.float64)
    drawn = np.random.default_rng(seed).integers(len(numbers), size=(_ROUNDS, len(numbers)))
    low, high = np.percentile(statistic(numbers[drawn]), (2.5, 97.5))
    return float(low), float(high)


def sign_test(better: int, worse: int) -> float:
    """Two-sided probability of a split at least this uneven, were both equally likely."""
    n = better + worse
    tail = sum(math.comb(n, k) for k in range(min(better, worse) + 1)) / (1 << n)
    return min(1.0, 2 * tail)


def means(samples: Numbers) -> Numbers:
    """Mean of each round."""
    return np.asarray(samples.mean(axis=1))


def medians(samples: Numbers) -> Numbers:
    """Median of each round."""
    return np.asarray(np.median(samples, axis=1))


def ninetieths(samples: Numbers) -> Numbers:
    """The value that nine of ten stay below, of each round."""
    return np.asarray(np.percentile(samples, 90, axis=1))
