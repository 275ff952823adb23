"""One question, several times, split by step and by part.

Not responsible for the engine that answers, or for tables (engine.bench.tables).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from engine.events import Event, Part, RunFinished, RunStarted, Status, StepTimed, SynthesisDone
from engine.export import part_ns


@dataclass(frozen=True, slots=True)
class Timed:
    """One step: seconds in all and by part, tokens, decode rate. Step 0 is the synthesis."""

    step: int
    action: str
    seconds: float
    parts: dict[str, float]
    prompt_tokens: int
    reused_tokens: int
    decoded_tokens: int
    tokens_per_second: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of the question."""

    profile: str
    model: str
    device: str
    status: str
    text: str
    seconds: float
    decoded_tokens: int
    tokens_per_second: float
    """Decoded tokens over the time spent decoding."""
    steps: list[Timed] = field(default_factory=list)


def measure_question(
    ask: Callable[[], Iterable[Event]], runs: int, *, warm_up: int = 1
) -> Iterator[Measured]:
    """Ask `warm_up` times unmeasured and then `runs` times; yields as they end."""
    for number in range(warm_up + runs):
        measured = of_events(ask())
        if number >= warm_up:
            yield measured


def of_events(events: Iterable[Event]) -> Measured:
    """What the events of one run say. Raises ValueError where they are not a finished run."""
    start: RunStarted | None = None
    end: RunFinished | None = None
    text = ""
    steps: list[Timed] = []
    for event in events:
        match event:
            case RunStarted():
                start = event
            case StepTimed():
                steps.append(_timed(event))
            case SynthesisDone():
                text = event.text
            case RunFinished():
                end = event
            case _:
                pass
    if start is None or end is None:
        raise ValueError("the run did not finish")
    return Measured(
        profile=start.profile,
        model=start.model,
        device=f"{start.device} {start.dtype}".strip(),
        status=end.status.value,
        text=text,
        seconds=end.ns / 1e9,
        decoded_tokens=end.usage.decoded_tokens,
        tokens_per_second=end.usage.tokens_per_second,
        steps=steps,
    )


def typical(runs: Sequence[Measured]) -> Measured:
    """The run whose total is the (lower) median, whole: its steps add up. Raises ValueError."""
    good = [run for run in runs if run.status != Status.FAILED] or list(runs)
    if not good:
        raise ValueError("no runs")
    return sorted(good, key=lambda run: run.seconds)[(len(good) - 1) // 2]


def median_seconds(runs: Sequence[Measured]) -> float:
    """Median of the totals. Raises statistics.StatisticsError for none."""
    return median(run.seconds for run in runs)


def _timed(event: StepTimed) -> Timed:
    return Timed(
        step=event.step,
        action=event.action.value,
        seconds=event.ns / 1e9,
        parts={part.value: ns / 1e9 for part in Part if (ns := part_ns(event, part))},
        prompt_tokens=event.usage.prompt_tokens,
        reused_tokens=event.usage.reused_tokens,
        decoded_tokens=event.usage.decoded_tokens,
        tokens_per_second=event.usage.tokens_per_second,
    )
