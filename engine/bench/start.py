"""How long the app takes to be there: to the first painted frame, and to a loaded model.

The app writes the marks itself (`first_frame`, `ready`). Not responsible for the pseudo-terminal
(engine.bench.terminal) or for tables (engine.bench.tables).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from engine.bench.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Start:
    """One start, or the medians of several. None where it did not happen in time."""

    first_frame_s: float | None
    """From exec to the first painted frame."""
    frame_cpu_s: float | None
    """Processor time of the program until then: about what it takes on idle cores."""
    ready_s: float | None
    """From exec to a loaded model."""
    rest_bytes: int | None
    """Resident memory of the program and its children, once nothing happens any more."""
    torch_before_frame: bool | None
    """Whether torch was loaded when the first frame was painted."""


def measure_start(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    timeout_s: float = 120.0,
    wait_ready: bool = True,
    rest_s: float = 1.0,
) -> Start:
    """Start the app once in a pseudo-terminal. Raises OSError where it cannot be started."""
    with Terminal(command, environment) as terminal:
        if not terminal.wait(lambda: terminal.mark("first_frame") is not None, timeout_s):
            return Start(None, None, None, None, None)
        cpu = _cpu(terminal.pid)
        torch = _maps(terminal.pid, "libtorch")
        if wait_ready:
            terminal.wait(lambda: terminal.mark("ready") is not None, timeout_s)
        terminal.rest(rest_s)
        return Start(
            first_frame_s=terminal.mark("first_frame"),
            frame_cpu_s=cpu,
            ready_s=terminal.mark("ready"),
            rest_bytes=_resident(terminal.pid),
            torch_before_frame=torch,
        )


def middle(starts: Sequence[Start]) -> Start:
    """Medians; `torch_before_frame` where it was so even once. Raises ValueError for none."""
    if not starts:
        raise ValueError("no starts")
    torch = [start.torch_before_frame for start in starts if start.torch_before_frame is not None]
    rest = _median(start.rest_bytes for start in starts)
    return Start(
        first_frame_s=_median(start.first_frame_s for start in starts),
        frame_cpu_s=_median(start.frame_cpu_s for start in starts),
        ready_s=_median(start.ready_s for start in starts),
        rest_bytes=None if rest is None else round(rest),
        torch_before_frame=any(torch) if torch else None,
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _maps(pid: int, library: str) -> bool | None:
    """Whether a process has a library loaded; None where that cannot be seen."""
    import psutil

    try:
        return any(library in entry.path for entry in psutil.Process(pid).memory_maps())
    except (psutil.Error, AttributeError, OSError):
        return None


def _cpu(pid: int) -> float | None:
    import psutil

    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return None
    return float(times.user + times.system)


def _resident(pid: int) -> int | None:
    import psutil

    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(int(member.memory_info().rss) for member in family)
    except psutil.Error:
        return None
