"""The trials of each row as one line of figures: medians, quartiles, ratios.

Pure: records in, numbers out; nothing is estimated. Not responsible for how they are shown
(engine.bench.speed_table, engine.bench.chart).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Final

from engine.bench.bandwidth import floor_share
from engine.bench.rows import FIRST, PARAMS_ROW, ROWS, Row
from engine.bench.speed_record import Loaded, Record, Setup, Trial, Unable

TARGET_S: Final = 1.0
"""What an answer may take in O-RAN's near-real-time loop: the goal of the published report."""
QUESTIONS: Final = (100, 1_000, 13_952)
"""The last is the size of ORAN-Bench-13K."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians over the trials of a row. Seconds, tokens; shares are 0..1."""

    runs: int
    retrievals: float
    prefill_tokens: float
    decode_tokens: float
    forwards: float
    reused_first: float | None
    """Of the prompt tokens of the first question after loading."""
    reused: float
    embed: float
    search: float
    prefill: float
    decode: float
    other: float
    first_text: float
    tokens_per_second: float
    ms_per_token: float
    floor: float | None
    memory_bytes: int
    """Of the weights, the copies for prompts and for decoding together; 0 where unknown."""
    decode_bytes: int
    """Of these, what one decoded token reads."""
    seconds: float
    low: float
    high: float
    """Quartiles of the seconds."""
    speedup: float | None
    """Against the first row of the first profile."""
    distance: float
    """Times the target."""
    hours: tuple[float, ...]
    """For QUESTIONS, one at a time."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: figures, or why there are none."""

    name: str
    adds: str
    figures: Figures | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One profile's table."""

    setup: Setup
    bandwidth: float
    """Bytes a second; the median over the starts of the benchmark."""
    lines: tuple[Line, ...]
    notes: tuple[str, ...]


def report(records: Sequence[Record], smaller: Sequence[Record] | None = None) -> Report | None:
    """The table of one profile; None where nothing was measured.

    `smaller`: records of the next smaller profile, for the row that shows it.
    """
    setups = [record for record in records if isinstance(record, Setup)]
    if not setups:
        return None
    bandwidth = median(one.bandwidth for one in setups)
    first = [trial.seconds for trial in _trials(records, FIRST)]
    base = median(first) if first else None
    lines = tuple(_line(row, records, smaller, base, bandwidth) for row in ROWS)
    return Report(setups[-1], bandwidth, lines, _notes(records, len(setups)))


def size(records: Iterable[Record]) -> int:
    """Bytes of the weights that were measured; 0 where nothing was."""
    return max((record.weight_bytes for record in records if isinstance(record, Setup)), default=0)


def figures(
    trials: Sequence[Trial],
    first: Sequence[Trial],
    base: float | None,
    bandwidth: float,
) -> Figures:
    """Of one row. `first`: its questions right after loading. Raises ValueError for no trials."""
    seconds = [trial.seconds for trial in trials]
    typical = median(seconds)
    decoded = sum(trial.usage.decoded_tokens for trial in trials)
    per_token = sum(trial.decode for trial in trials) / decoded if decoded else 0.0
    low, high = _quartiles(seconds)

    def middle(value: Callable[[Trial], float]) -> float:
        return median(map(value, trials))

    return Figures(
        runs=len(trials),
        retrievals=middle(lambda t: t.retrievals),
        prefill_tokens=middle(lambda t: t.usage.prompt_tokens - t.usage.reused_tokens),
        decode_tokens=middle(lambda t: t.usage.decoded_tokens),
        forwards=middle(lambda t: t.usage.forwards),
        reused_first=_reused(first),
        reused=_reused(trials) or 0.0,
        embed=middle(lambda t: t.embed),
        search=middle(lambda t: t.search),
        prefill=middle(lambda t: t.prefill),
        decode=middle(lambda t: t.decode),
        other=middle(lambda t: t.other),
        first_text=middle(lambda t: t.first_text),
        tokens_per_second=1 / per_token if per_token else 0.0,
        ms_per_token=per_token * 1e3,
        floor=floor_share(trials[-1].decode_bytes, bandwidth, per_token),
        memory_bytes=trials[-1].memory_bytes,
        decode_bytes=trials[-1].decode_bytes,
        seconds=typical,
        low=low,
        high=high,
        speedup=base / typical if base else None,
        distance=typical / TARGET_S,
        hours=tuple(typical * count / 3600 for count in QUESTIONS),
    )


def _line(
    row: Row,
    records: Sequence[Record],
    smaller: Sequence[Record] | None,
    base: float | None,
    bandwidth: float,
) -> Line:
    name = row.name
    adds = row.adds
    if row.smaller:
        if smaller is None:
            return Line(row.name, row.adds, None, "not run: no smaller profile was asked for")
        records, name = smaller, PARAMS_ROW
        titles = [record.title for record in records if isinstance(record, Setup)]
        adds = f"{row.adds}: {titles[-1]}" if titles else adds
    trials = _trials(records, name)
    if trials:
        first = [r for r in records if isinstance(r, Trial) and (r.row, r.round) == (name, -1)]
        return Line(row.name, adds, figures(trials, first, base, bandwidth))
    reasons = [
        record.why for record in records if isinstance(record, Unable) and record.row == name
    ]
    return Line(row.name, adds, None, f"not run: {reasons[-1]}" if reasons else "not measured")


def _trials(records: Iterable[Record], row: str) -> list[Trial]:
    return [r for r in records if isinstance(r, Trial) and r.row == row and r.round >= 0]


def _reused(trials: Sequence[Trial]) -> float | None:
    prompt = sum(trial.usage.prompt_tokens for trial in trials)
    return sum(trial.usage.reused_tokens for trial in trials) / prompt if prompt else None


def _quartiles(values: Sequence[float]) -> tuple[float, float]:
    if len(values) < 2:
        return values[0], values[0]
    low, _, high = quantiles(values, n=4, method="inclusive")
    return low, high


def _notes(records: Sequence[Record], starts: int) -> tuple[str, ...]:
    loaded = [record for record in records if isinstance(record, Loaded)]
    names = list(dict.fromkeys(record.row for record in loaded))
    again = [name for name in names if sum(r.row == name for r in loaded) > starts]
    notes = [f"{r.row}: warm after {r.warm_seconds:.0f} s" for r in loaded if r.warm_seconds >= 1]
    if again:
        notes.append(f"Loaded anew for each turn, for want of memory: {', '.join(again)}")
    notes += [f"{r.row}: {notice}" for r in loaded for notice in r.notices]
    last = {r.row: r for r in records if isinstance(r, Trial | Unable)}
    notes += [
        f"{r.row}: went no further: {r.why}"
        for r in last.values()
        if isinstance(r, Unable) and _trials(records, r.row)
    ]
    short = [
        f"{row.name}: {trial.status} in round {trial.round + 1}"
        for row in ROWS
        for trial in _trials(records, row.name)
        if trial.status != "answered"
    ]
    return tuple(dict.fromkeys((*notes, *short)))
