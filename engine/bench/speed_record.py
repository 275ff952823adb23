"""What the speed benchmark writes down as it goes, one JSON object a line.

A measurement is appended the moment it ends, so a stopped benchmark goes on where it was and a
table is made from the file alone. Not responsible for measuring or for tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from engine.bench import records
from engine.events import Usage


class Setup(msgspec.Struct, frozen=True, kw_only=True, tag_field="record", tag="setup"):
    """One start of the benchmark on one profile."""

    profile: str
    title: str
    kind: str
    """Of the questions: simple or comparison."""
    weight_bytes: int
    """Of the files; tells which of two models is the smaller one."""
    device: str
    dtype: str
    machine: str
    threads: int
    bandwidth: float
    """Bytes a second, read by all threads."""
    versions: dict[str, str] = {}
    started: str = ""


class Loaded(msgspec.Struct, frozen=True, kw_only=True, tag_field="record", tag="loaded"):
    """A back end was loaded for a row."""

    row: str
    seconds: float
    warm_seconds: float = 0.0
    """Until the compiled step was in use; 0 where nothing is compiled."""
    decode_bytes: int = 0
    memory_bytes: int = 0
    notices: tuple[str, ...] = ()


class Trial(msgspec.Struct, frozen=True, kw_only=True, tag_field="record", tag="trial"):
    """One question of one row. Seconds; `other` is what the parts leave of the whole."""

    row: str
    round: int
    """From 0; -1 for the first question after loading, which warms up and is not timed."""
    question: str
    seconds: float
    first_text: float
    """Until the first piece of an answer could be read."""
    embed: float
    search: float
    usage: Usage
    status: str
    text: str
    retrievals: int = 1
    decode_bytes: int = 0
    """Weights that one decoded token reads; 0 where unknown (a server)."""
    memory_bytes: int = 0
    """Memory that the weights take, all copies of them."""

    @property
    def prefill(self) -> float:
        """Seconds that prompts took."""
        return self.usage.prefill_ns / 1e9

    @property
    def decode(self) -> float:
        """Seconds that decoding took."""
        return self.usage.decode_ns / 1e9

    @property
    def other(self) -> float:
        """Seconds of everything else: deciding, checking, templates, the loop itself."""
        return max(0.0, self.seconds - self.embed - self.search - self.prefill - self.decode)


class Unable(msgspec.Struct, frozen=True, kw_only=True, tag_field="record", tag="unable"):
    """A row that cannot run here, and why."""

    row: str
    why: str


Record = Setup | Loaded | Trial | Unable

_decoder: Final = msgspec.json.Decoder(Record)


def append(path: Path, record: Record) -> None:
    """Write one line at the end. Raises ArgoError."""
    records.append(path, record, "The measurement")


def read(path: Path) -> tuple[Record, ...]:
    """All records, see engine.bench.records.read. Raises ArgoError for a line that is not one."""
    return records.read(path, _decoder, "measurements")


def measured(records: Iterable[Record]) -> frozenset[tuple[str, int]]:
    """Row and round of everything that need not be measured again."""
    return frozenset((r.row, r.round) for r in records if isinstance(r, Trial) and r.round >= 0)
