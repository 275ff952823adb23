"""A long session as a table to read and rows to compute with.

Pure: figures in, text out. Not responsible for writing files (tools.measure_endurance).
"""

from __future__ import annotations

import csv as table
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tools.endurance.figures import Asked, Echo, Trend, echo, growth, trend

MOST_GROWTH_MIB = 50.0
MOST_ECHO_MS = 50.0
HEAD = ("figure", "n", "measured", "asked", "met")


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that one session gave."""

    asked: tuple[Asked, ...]
    echoes: Mapping[str, tuple[float, ...]]
    """Seconds a key, by what went on meanwhile."""
    replays: int
    replay_rss: tuple[int, int]
    """Bytes before the replays and after."""
    threads: tuple[int, int]
    """At the start and at the end."""
    files: tuple[int, int]
    left: bool
    """Whether ctrl+q ended the app."""


Row = tuple[str, str, str, str, str]


def rows(measured: Measured) -> list[Row]:
    """Of the table, without its head."""
    found: list[Row] = []
    if memory := growth(measured.asked):
        found.append(
            (
                "memory, last quarter against first",
                str(memory.n),
                f"{memory.first:.1f} to {memory.last:.1f} MiB: {memory.grown:+.1f}",
                f"under {MOST_GROWTH_MIB:.0f} MiB",
                _met(memory.grown < MOST_GROWTH_MIB),
            )
        )
        slope = f"{memory.slope:+.1f} KiB ({memory.slope_low:+.1f} to {memory.slope_high:+.1f})"
        found.append(("memory a question", str(memory.n), slope, "", ""))
    found += [_trend_row(name, of(measured.asked), unit) for name, of, unit in _TRENDS]
    found += [_echo_row(name, echo(times)) for name, times in measured.echoes.items()]
    if measured.replays:
        before, after = measured.replay_rss
        grown = f"{(after - before) / (1 << 20):+.1f} MiB"
        found.append(
            ("memory over replays in the same session", str(measured.replays), grown, "", "")
        )
    for name, (start, end) in (("threads", measured.threads), ("open files", measured.files)):
        found.append(
            (f"{name}, start and end", "", f"{start} and {end}", "no more", _met(end <= start))
        )
    found.append(("ctrl+q ends the app", "", _yes(measured.left), "yes", _met(measured.left)))
    return found


def markdown(measured: Measured, about: str) -> str:
    """A table under a line that says what was measured."""
    lines = [HEAD, ("---", "--:", "--:", "--:", "---"), *rows(measured)]
    return f"{about}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def csv(asked: Sequence[Asked]) -> str:
    """One row a question. Times in milliseconds, sizes in bytes."""
    out = io.StringIO()
    writer = table.writer(out, lineterminator="\n")
    writer.writerow(
        (
            "number",
            "recording",
            "turn_ms",
            "answer_ms",
            "frame_ms",
            "frames",
            "cpu_ms",
            "drawn",
            "rss",
        )
    )
    for one in asked:
        times = (one.turn_s, one.answer_s, _mean(one.frames_s))
        turn, answer, frame = (f"{seconds * 1000:.2f}" for seconds in times)
        frames, cpu = len(one.frames_s), f"{one.cpu_s * 1000:.0f}"
        writer.writerow(
            (one.number, one.recording, turn, answer, frame, frames, cpu, one.drawn, one.rss)
        )
    return out.getvalue()


def _trend_row(name: str, found: Trend | None, unit: str) -> Row:
    if found is None:
        return name, "0", "too few questions", "", ""
    text = f"{found.first:.1f} to {found.last:.1f} {unit}: {found.ratio:.2f} times"
    text += f" ({found.low:.2f} to {found.high:.2f})"
    return (
        f"{name}, last fifth against first",
        f"2 × {found.n}",
        text,
        "no growth",
        _met(not found.grows),
    )


def _echo_row(name: str, found: Echo | None) -> Row:
    if found is None:
        return f"key echo, {name}", "0", "nothing was typed", "", ""
    text = f"p50 {found.p50:.1f}, p95 {found.p95:.1f}, most {found.most:.1f} ms"
    asked = f"p95 under {MOST_ECHO_MS:.0f} ms"
    return f"key echo, {name}", str(found.n), text, asked, _met(found.p95 < MOST_ECHO_MS)


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _met(holds: bool) -> str:
    return "yes" if holds else "**no**"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _frames(asked: Sequence[Asked]) -> Trend | None:
    return trend([_mean(one.frames_s) * 1000 for one in asked if one.frames_s])


_TRENDS: tuple[tuple[str, Callable[[Sequence[Asked]], Trend | None], str], ...] = (
    ("frame: a batch of events to its paint", _frames, "ms"),
    ("enter to the new turn", lambda asked: trend([one.turn_s * 1000 for one in asked]), "ms"),
    ("last event to last line", lambda asked: trend([one.answer_s * 1000 for one in asked]), "ms"),
    ("processor time a question", lambda asked: trend([one.cpu_s * 1000 for one in asked]), "ms"),
    ("drawn a question", lambda asked: trend([one.drawn / 1000 for one in asked]), "kB"),
)
