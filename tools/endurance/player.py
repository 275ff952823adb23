"""An engine at the outermost edge that plays recorded runs: no model, no waiting for one.

Questions take the recordings in turn. A question whose last word is a mark like «s12» is streamed:
the recording with the most tokens at the speed it was recorded with, but for long waits, so that
something is always being written. Every other question plays at the pace that was asked for. Not
responsible for the app around it (tools.endurance.app) or for what is measured.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from engine.errors import ArgoError
from engine.events import Delta, Event, RunFinished, RunStarted, decode
from engine.layers import Configuration
from engine.llm.backend import Cancel, ModelInfo

FOLDER: Final = Path(__file__).parent / "recordings"
STREAMED: Final = re.compile(r"\bs\d+$")
LONGEST_WAIT_S: Final = 0.1
"""Between two events of a streamed question."""
_TICK_S: Final = 0.02

INFO: Final = ModelInfo(
    name="recorded runs",
    device="cpu",
    dtype="none",
    attention="none",
    parameters=0,
    memory_bytes=0,
    context=0,
)


@dataclass(frozen=True, slots=True)
class Recording:
    """A run as it was exported: `argo-tui runs export --format jsonl`."""

    name: str
    events: tuple[Event, ...]

    @property
    def pieces(self) -> int:
        """How many times a piece of text came."""
        return sum(isinstance(event, Delta) for event in self.events)

    def moments(self, pace: float = 1.0, longest_wait_s: float = math.inf) -> list[float]:
        """Seconds after the beginning at which each event is played."""
        at, before, moments = 0.0, 0, []
        for event in self.events:
            at += min(max(event.at_ns - before, 0) / 1e9 * pace, longest_wait_s)
            before = max(before, event.at_ns)
            moments.append(at)
        return moments


def read(folder: Path = FOLDER) -> tuple[Recording, ...]:
    """Every recording of a folder, by name. Raises ArgoError where there is none, or a broken
    one."""
    found = tuple(_recording(path) for path in sorted(folder.glob("*.jsonl")))
    if not found:
        raise ArgoError(
            "There are no recorded runs to play",
            where=str(folder),
            remedy="Put some there: argo-tui runs export RUN --format jsonl --out FILE.",
        )
    return found


def streamed(recordings: Sequence[Recording]) -> Recording:
    """The one with the most pieces of text."""
    return max(recordings, key=lambda recording: recording.pieces)


def _recording(path: Path) -> Recording:
    try:
        events = tuple(decode(line) for line in path.read_text("utf-8").splitlines() if line)
    except msgspec.DecodeError as error:
        raise ArgoError(
            f"This recording cannot be read: {error}",
            where=str(path),
            remedy="Export the run again: argo-tui runs export RUN --format jsonl.",
        ) from error
    if not events or not isinstance(events[-1], RunFinished):
        raise ArgoError(
            "This recording has no end", where=str(path), remedy="Export a run that finished."
        )
    return Recording(path.stem, events)


class Player:
    """Satisfies argo_tui.edges.Engine. `pace` is a share of the recorded time: 0.02 is fifty times
    as fast. `ended` is told the question just before the last event of its run is handed on."""

    def __init__(
        self,
        recordings: Sequence[Recording],
        profile: str,
        pace: float,
        ended: Callable[[str], None],
    ) -> None:
        self._recordings = recordings
        self._streamed = streamed(recordings)
        self._pace = pace
        self._ended = ended
        self._played = 0
        self.profile_name = profile
        self.info = INFO
        self.why = "recorded runs are played"

    def answer(
        self,
        question: str,
        *,
        options: Sequence[str],
        earlier: str | None,
        cancel: Cancel,
        run: str,
    ) -> Iterator[Event]:
        """The next recording under the asked run's name; another where it is streamed."""
        if STREAMED.search(question):
            recording = self._streamed
            moments = recording.moments(longest_wait_s=LONGEST_WAIT_S)
        else:
            recording = self._recordings[self._played % len(self._recordings)]
            self._played += 1
            moments = recording.moments(self._pace)
        began = time.monotonic()
        for event, moment in zip(recording.events, moments, strict=True):
            _wait_until(began + moment, cancel)
            if isinstance(event, RunStarted):
                yield msgspec.structs.replace(
                    event, run=run, question=question, options=tuple(options)
                )
                continue
            if isinstance(event, RunFinished):
                self._ended(question)
            # A stopped run hurries to its end: nothing is measured of it.
            yield msgspec.structs.replace(event, run=run)

    def adopt(self, configuration: Configuration) -> bool:
        """Nothing of a recording depends on settings."""
        return True

    def close(self) -> None:
        """Nothing to give back."""


def _wait_until(moment: float, cancel: Cancel) -> None:
    while (left := moment - time.monotonic()) > 0 and not cancel.is_set():
        time.sleep(min(left, _TICK_S))
