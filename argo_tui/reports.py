"""What the engine thread tells the screen. Frozen, so it may cross threads.

Not responsible for carrying them (argo_tui.bridge).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from engine.events import AnswerDelta, Delta, Event, SubqueryDelta
from engine.llm.backend import ModelInfo


@dataclass(frozen=True, slots=True)
class Loading:
    """A phase of getting a profile ready."""

    profile: str
    phase: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """A profile is ready for questions."""

    profile: str
    info: ModelInfo
    why: str


@dataclass(frozen=True, slots=True)
class LoadFailed:
    """A profile could not be made ready; the one before it is gone too."""

    profile: str
    what: str
    where: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of a run; `pieces` deltas were joined in it."""

    event: Event
    pieces: int = 1


Report = Loading | Loaded | LoadFailed | Happened


def coalesce(reports: Iterable[Report]) -> list[Report]:
    """Neighbouring deltas of the same call as one; everything else as it is, in order."""
    result: list[Report] = []
    texts: list[str] = []

    def close() -> None:
        if len(texts) > 1:
            last = result[-1]
            assert isinstance(last, Happened) and isinstance(last.event, Delta)
            joined = msgspec.structs.replace(last.event, text="".join(texts))
            result[-1] = Happened(joined, last.pieces)
        texts.clear()

    for report in reports:
        event = report.event if isinstance(report, Happened) else None
        if not isinstance(event, Delta):
            close()
            result.append(report)
            continue
        last = result[-1] if texts else None
        if isinstance(last, Happened) and _call(last.event) == _call(event):
            result[-1] = Happened(event, last.pieces + 1)
        else:
            close()
            result.append(report)
        texts.append(event.text)
    close()
    return result


def _call(event: Event) -> tuple[type[Event], str, int]:
    step = event.step if isinstance(event, SubqueryDelta | AnswerDelta) else 0
    return type(event), event.run, step
