"""The levels of a throughput measurement as figures and as a table.

Pure: samples in, numbers and text out. Not responsible for measuring (engine.bench.throughput).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.bench.tables import grid
from engine.bench.throughput import Level

HEAD = (
    "server",
    "in flight",
    "requests",
    "errors",
    "answers/s",
    "decoded tokens/s",
    "prompt tokens/s",
    "of these cached %",
    "latency p50 s",
    "latency p95 s",
    "first token p50 s",
    "first token p95 s",
)


@dataclass(frozen=True, slots=True)
class Figures:
    """One level. Rates are over its whole time, percentiles over the requests that went well."""

    in_flight: int
    requests: int
    errors: int
    seconds: float
    answers_per_s: float
    decoded_per_s: float
    prompt_per_s: float
    prompt_tokens: float
    """Mean of a request; also `decoded_tokens`."""
    decoded_tokens: float
    cached: float | None
    """Share of the prompt tokens; None where the server reports none."""
    latency_p50: float | None
    latency_p95: float | None
    first_p50: float | None
    first_p95: float | None
    first_error: str


def figures(level: Level) -> Figures:
    """What a level comes to."""
    good = [sample for sample in level.samples if not sample.error]
    bad = [sample for sample in level.samples if sample.error]
    prompt = sum(sample.prompt_tokens for sample in good)
    decoded = sum(sample.decoded_tokens for sample in good)
    cached = sum(sample.cached_tokens for sample in good)
    latencies = [sample.seconds for sample in good]
    firsts = [sample.first_s for sample in good if sample.first_s]
    return Figures(
        in_flight=level.in_flight,
        requests=len(level.samples),
        errors=len(bad),
        seconds=level.seconds,
        answers_per_s=len(good) / level.seconds,
        decoded_per_s=decoded / level.seconds,
        prompt_per_s=prompt / level.seconds,
        prompt_tokens=prompt / len(good) if good else 0.0,
        decoded_tokens=decoded / len(good) if good else 0.0,
        cached=cached / prompt if cached else None,
        latency_p50=percentile(latencies, 0.50),
        latency_p95=percentile(latencies, 0.95),
        first_p50=percentile(firsts, 0.50),
        first_p95=percentile(firsts, 0.95),
        first_error=bad[0].error if bad else "",
    )


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that `share` of all do not exceed (nearest rank); None for no values."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def table(label: str, levels: Sequence[Figures], *, markdown: bool = False) -> str:
    """One row a level."""
    return grid(HEAD, [_row(label, level) for level in levels], markdown=markdown)


def _row(label: str, level: Figures) -> tuple[str, ...]:
    cached = "-" if level.cached is None else f"{level.cached * 100:.0f}"
    times = (level.latency_p50, level.latency_p95, level.first_p50, level.first_p95)
    return (
        label,
        str(level.in_flight),
        str(level.requests),
        str(level.errors),
        f"{level.answers_per_s:.2f}",
        f"{level.decoded_per_s:.1f}",
        f"{level.prompt_per_s:.0f}",
        cached,
        *("-" if time is None else f"{time:.2f}" for time in times),
    )
