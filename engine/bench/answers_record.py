"""What the answers benchmark writes down: what happened, one JSON object a line.

A record is appended the moment its run ends, so a stopped benchmark goes on where it was. It holds
what is needed to judge again, so that tables are made from the files alone. Not responsible for
judging (engine.bench.answers_judge).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from engine.bench import records
from engine.events import Sentence


class Setup(msgspec.Struct, frozen=True, kw_only=True, tag_field="record", tag="setup"):
    """What was measured, and on what. The first line of a file, and of each new start."""

    set: str
    profile: str
    variant: str
    strategy: str
    settings: dict[str, str | int | float | bool | None]
    """Every setting and key of the profile that shapes an answer, by dotted key."""
    model: str
    device: str
    dtype: str
    machine: str
    threads: int
    versions: dict[str, str] = {}
    started: str = ""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A retrieved passage; its text only where an answer cites it."""

    number: int
    document: str
    source: str
    section: tuple[str, ...]
    text: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One retrieval and what was read from it."""

    query: str
    generated: bool
    """The model wrote the query; else it is the question or a part of it."""
    found: tuple[str, ...] = ()
    """Documents of the five best passages for this query; empty where it is the question."""
    read: bool = False
    """Whether the model was asked to answer from the passages."""
    raw: str = ""
    """The model's words before the check."""
    answered: bool = False
    passed: str = ""
    """The sentences that the check let through as supported."""


class Asked(msgspec.Struct, frozen=True, kw_only=True, tag_field="record", tag="asked"):
    """One question through the whole loop."""

    key: str
    q: str
    restated: str = ""
    """A follow-up, as it was understood."""
    status: str
    why: str
    """Why it stopped, or what failed."""
    text: str
    sentences: tuple[Sentence, ...] = ()
    sources: tuple[Source, ...] = ()
    """Everything that was retrieved, by citation number."""
    cited: tuple[int, ...] = ()
    found: tuple[str, ...] = ()
    """Documents of the five best passages for the question itself; empty where nobody else asks."""
    steps: tuple[Step, ...] = ()
    choice: int = -1
    from_model: bool = False
    generated: bool = False
    """The final answer was written by a call of its own."""
    count: int
    """Steps of the policy."""
    seconds: float
    decoded: int
    """Tokens."""


Record = Setup | Asked

_decoder: Final = msgspec.json.Decoder(Record)


def append(path: Path, record: Record) -> None:
    """Write one line at the end. Raises ArgoError."""
    records.append(path, record, "The answer")


def read(path: Path) -> tuple[Record, ...]:
    """All records, see engine.bench.records.read. Raises ArgoError for a line that is not one."""
    return records.read(path, _decoder, "answers")
