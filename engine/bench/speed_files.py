"""The files of the speed benchmark: records in, tables and a chart out.

Not responsible for their content (engine.bench.summary, speed_table, chart).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.bench import speed_table
from engine.bench.chart import Bar, svg
from engine.bench.speed_record import Record, read
from engine.bench.speed_table import threads
from engine.bench.summary import TARGET_S, Report, report, size
from engine.layers import write_atomically


@dataclass(frozen=True, slots=True)
class Tables:
    """One profile's table, in each form."""

    text: str
    markdown: str
    csv: str
    svg: str


def record_path(directory: Path, profile: str, kind: str) -> Path:
    """Where the measurements of a profile lie."""
    name = re.sub(r"[^\w.-]+", "-", profile).strip("-")
    ending = "" if kind == "simple" else f"-{kind}"
    return directory / f"speed-{name}{ending}.jsonl"


def write_tables(directory: Path, profiles: Sequence[str], kind: str) -> list[Tables]:
    """Write .md, .csv and .svg beside each record, and return them. Raises ArgoError."""
    records = {name: read(record_path(directory, name, kind)) for name in profiles}
    made: list[Tables] = []
    for name in profiles:
        found = report(records[name], _smaller(name, records))
        if found is None:
            continue
        tables = Tables(
            text=speed_table.text(found),
            markdown=speed_table.text(found, markdown=True),
            csv=speed_table.csv(found),
            svg=chart(found),
        )
        path = record_path(directory, name, kind)
        write_atomically(path.with_suffix(".md"), tables.markdown)
        write_atomically(path.with_suffix(".csv"), tables.csv)
        write_atomically(path.with_suffix(".svg"), tables.svg)
        made.append(tables)
    return made


def chart(found: Report) -> str:
    """Seconds a question, a bar a row."""
    names = [line.name for line in found.lines]
    ours = names.index("own loop")
    bars = [
        Bar(
            line.name,
            line.figures.seconds if line.figures else None,
            f"{line.figures.seconds:.2f} s" if line.figures else line.why,
            ours=number >= ours,
        )
        for number, line in enumerate(found.lines)
    ]
    setup = found.setup
    unit = f"seconds, median, logarithmic; {setup.machine}, {threads(setup)}, {setup.dtype}"
    title = f"One {setup.kind} question, {setup.title}"
    return svg(title, unit, bars, target=TARGET_S)


def _smaller(name: str, records: dict[str, tuple[Record, ...]]) -> tuple[Record, ...] | None:
    """Records of the largest of the profiles that are smaller than this one."""
    mine = size(records[name])
    smaller = [other for other in records.values() if 0 < size(other) < mine]
    return max(smaller, key=size, default=None)
