"""A recorded run that came as a file: read with care, for the engine did not write it.

A file is what `argo-tui runs export --events` writes: JSON Lines, one event a line, RunStarted
first. Whatever is damaged is refused with its line; what a newer version added is left out and
said. Every text is cleaned again, every number must be one that a run can have. Not responsible
for the run store (engine.runs), for writing recordings (engine.export), or for playing them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from engine.errors import StoreError
from engine.events import VERSION, Decided, Event, Notice, Progressed, RunStarted, SynthesisDone
from engine.events import StepTimed as Timed
from engine.text import clean

LARGEST: Final = 64_000_000
"""Bytes. A run of a hundred steps has less than one million."""
LONGEST_NS: Final = 7 * 24 * 3600 * 10**9
"""A week: no run takes longer, and a bar of such a time can still be drawn."""
_KINDS: Final = {kind.__struct_config__.tag: kind for kind in get_args(Event)}
_MOST: Final = 2**53
_EXPORT: Final = "Export it again with `argo-tui runs export RUN --events`."


def read(path: Path) -> tuple[Event, ...]:
    """The events of a recording, in order. The first is its RunStarted.

    An event of an unknown kind becomes a Notice, once a kind; unknown fields are dropped. Raises
    StoreError where the file cannot be read, is damaged, or has a newer stream version.
    """
    events: list[Event] = []
    unknown: set[str] = set()
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        where = f"{clean(str(path))}, line {number}"
        fields = _fields(line, where)
        if not events:
            _check_version(fields, where)
        kind = fields.get("event")
        if not isinstance(kind, str):
            raise StoreError("The line is no event", where=where, remedy=_EXPORT)
        if events and kind not in _KINDS:
            if kind not in unknown:
                unknown.add(kind)
                events.append(_left_out(kind, fields, events[0].run, where))
            continue
        events.append(_event(fields, where, events[0] if events else None))
    if not events:
        raise StoreError("The recording is empty", where=clean(str(path)), remedy=_EXPORT)
    return tuple(events)


def _lines(path: Path) -> list[bytes]:
    where = clean(str(path))
    try:
        if path.exists() and not path.is_file():
            raise StoreError("A recording is a file", where=where, remedy="Give its path.")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise StoreError(
            f"Cannot read the recording: {error.strerror or error}",
            where=where,
            remedy="Check the path, or give the name of a run: `argo-tui runs` lists them.",
        ) from None
    if len(data) > LARGEST:
        raise StoreError(
            f"The file is larger than any recording ({LARGEST // 10**6} MB)",
            where=where,
            remedy="Check that it is what `argo-tui runs export --events` wrote.",
        )
    return data.removeprefix(b"\xef\xbb\xbf").splitlines()


def _fields(line: bytes, where: str) -> dict[str, Any]:
    """The line as plain data, cleaned and within bounds."""
    try:
        fields = _tidy(msgspec.json.decode(line.decode("utf-8"), type=dict[str, Any]))
    except (ValueError, RecursionError) as error:
        why = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
        raise StoreError(
            f"The line is damaged: {clean(why)}", where=where, remedy=_EXPORT
        ) from None
    assert isinstance(fields, dict)
    return fields


def _tidy(value: Any) -> Any:
    match value:
        case str():
            return clean(value)
        case bool() | None:
            return value
        case int() | float():
            if not abs(value) <= _MOST:
                raise ValueError("a number that is too large")
            return value
        case list():
            return [_tidy(item) for item in value]
        case _:
            return {clean(str(key)): _tidy(item) for key, item in value.items()}


def _check_version(fields: dict[str, Any], where: str) -> None:
    """The first line says what the rest is, and whether this program may read it."""
    if fields.get("event") != "run_started":
        raise StoreError(
            "The file is no recording: it does not begin with run_started",
            where=where,
            remedy=_EXPORT,
        )
    version = fields.get("version", VERSION)
    if isinstance(version, int) and version > VERSION:
        raise StoreError(
            f"The recording has stream version {version}; this argo-tui reads up to {VERSION}",
            where=where,
            remedy="Update argo-tui.",
        )


def _event(fields: dict[str, Any], where: str, first: Event | None) -> Event:
    try:
        event: Event = msgspec.convert(fields, Event)
        _check(event)
    except (msgspec.ValidationError, ValueError) as error:
        what = f"The line is damaged: {clean(str(error))}"
        raise StoreError(what, where=where, remedy=_EXPORT) from None
    if first is not None and isinstance(event, RunStarted):
        what = "A second run begins here"
    elif first is not None and event.run != first.run:
        what = f"The event belongs to another run, {event.run[:40]}"
    else:
        return event
    raise StoreError(what, where=where, remedy="A recording holds one run; split the file.")


def _check(event: Event) -> None:
    """What a type does not say and a screen relies on. Raises ValueError."""
    if not 0 <= event.at_ns <= LONGEST_NS:
        raise ValueError("at_ns is no time of a run")
    match event:
        case Decided(belief=belief) | Progressed(belief=belief) if belief.alpha + belief.beta <= 0:
            raise ValueError("a belief without weight")
        case Decided() if event.u < 0 or event.u_max < 0:
            raise ValueError("U is below zero")
        case Progressed() if event.u_before < 0 or event.u_after < 0:
            raise ValueError("U is below zero")
        case Timed():
            parts = [span.ns for span in event.spans]
            if min(parts, default=0) < 0 or not sum(parts) <= event.ns <= LONGEST_NS:
                raise ValueError("the parts of the step do not fit into its time")
        case SynthesisDone() if event.choice:
            if not all(0 <= each <= 1 for each in event.choice.probabilities):
                raise ValueError("a probability outside 0..1")
        case _:
            pass


def _left_out(kind: str, fields: dict[str, Any], run: str, where: str) -> Notice:
    at = fields.get("at_ns")
    if not isinstance(at, int) or not 0 <= at <= LONGEST_NS:
        raise StoreError("The line is damaged: it has no time", where=where, remedy=_EXPORT)
    return Notice(
        run=run,
        at_ns=at,
        text=f"This version does not know the event «{' '.join(kind.split())[:40]}».",
        remedy="It is left out; a newer argo-tui shows it.",
    )
