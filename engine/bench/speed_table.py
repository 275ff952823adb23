"""The speed table as aligned text, Markdown and CSV.

Text has two blocks of the same rows, what a question takes and where it goes; CSV has all columns
in one. Pure. Not responsible for the figures (engine.bench.summary).
"""

from __future__ import annotations

import csv as table
import io
from collections.abc import Callable, Sequence
from typing import Final

from engine.bench.speed_record import Setup
from engine.bench.summary import QUESTIONS, Figures, Report
from engine.bench.tables import grid

Cell = Callable[[Figures], str]


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _megabytes(value: int) -> str:
    return f"{value / 1e6:,.0f}" if value else "-"


def _hours(place: int) -> Cell:
    return lambda f: _number(f.hours[place], 2 if f.hours[place] < 10 else 0)


WHOLE: Final[tuple[tuple[str, Cell], ...]] = (
    ("n", lambda f: str(f.runs)),
    ("question s", lambda f: _number(f.seconds, 2)),
    ("quartiles", lambda f: f"{f.low:.2f} to {f.high:.2f}"),
    ("first text s", lambda f: _number(f.first_text, 2)),
    ("speed-up", lambda f: "-" if f.speedup is None else f"{f.speedup:.2f}x"),
    ("to 1 s", lambda f: f"{f.distance:.1f}x"),
    *((f"{count:,} h", _hours(place)) for place, count in enumerate(QUESTIONS)),
)
PARTS: Final[tuple[tuple[str, Cell], ...]] = (
    ("searches", lambda f: _number(f.retrievals, 0)),
    ("prefill", lambda f: _number(f.prefill_tokens, 0)),
    ("reused, first", lambda f: _share(f.reused_first)),
    ("later", lambda f: _share(f.reused)),
    ("decoded", lambda f: _number(f.decode_tokens, 0)),
    ("forwards", lambda f: _number(f.forwards, 0)),
    ("embed s", lambda f: _number(f.embed, 3)),
    ("search s", lambda f: _number(f.search, 3)),
    ("prefill s", lambda f: _number(f.prefill, 2)),
    ("decode s", lambda f: _number(f.decode, 2)),
    ("other s", lambda f: _number(f.other, 2)),
    ("tokens/s", lambda f: _number(f.tokens_per_second, 1)),
    ("ms/token", lambda f: _number(f.ms_per_token, 1)),
    ("of floor", lambda f: _share(f.floor)),
    ("weights MB", lambda f: _megabytes(f.memory_bytes)),
    ("read MB", lambda f: _megabytes(f.decode_bytes)),
)
EXACT: Final = (
    *(
        "runs",
        "retrievals",
        "prefill_tokens",
        "decode_tokens",
        "forwards",
        "reused_first",
        "reused",
    ),
    *("embed", "search", "prefill", "decode", "other", "first_text"),
    *("tokens_per_second", "ms_per_token", "floor", "memory_bytes", "decode_bytes"),
    *("seconds", "low", "high"),
    *("speedup", "distance"),
)
"""Fields of the CSV, as engine.bench.summary.Figures names them."""


def text(report: Report, *, markdown: bool = False) -> str:
    """Heading, both blocks, what is worth knowing."""
    lines = report.lines
    whole = [
        [line.name, line.adds, *(cell(line.figures) for _, cell in WHOLE)]
        if line.figures
        else [line.name, line.why, *["-"] * len(WHOLE)]
        for line in lines
    ]
    parts = [
        [line.name, *(cell(line.figures) for _, cell in PARTS)] for line in lines if line.figures
    ]
    blocks = [
        heading(report, markdown=markdown),
        grid(["row", "what it adds", *_names(WHOLE)], _safe(whole), markdown=markdown),
        grid(["row", *_names(PARTS)], _safe(parts), markdown=markdown, words=1) if parts else "",
        "".join(f"- {note}\n" for note in (*legend(), *report.notes)),
    ]
    return "\n".join(block for block in blocks if block)


def csv(report: Report) -> str:
    """All columns, exact; a row that cannot run has its reason in `why`."""
    out = io.StringIO()
    writer = table.writer(out, lineterminator="\n")
    hours = [f"hours_{count}" for count in QUESTIONS]
    writer.writerow(("profile", "row", "adds", "why", *EXACT, *hours))
    for line in report.lines:
        found = line.figures
        values: Sequence[object] = (
            [*(_exact(getattr(found, name)) for name in EXACT), *map(_exact, found.hours)]
            if found
            else [""] * (len(EXACT) + len(hours))
        )
        # A name begins with «+», which a spreadsheet would compute.
        writer.writerow(
            (report.setup.profile, line.name.lstrip("+ "), line.adds, line.why, *values)
        )
    return out.getvalue()


def heading(report: Report, *, markdown: bool) -> str:
    """Which model on which machine."""
    setup = report.setup
    what = f"{setup.title}, {setup.kind} questions"
    where = (
        f"{setup.machine}, {threads(setup)}, {setup.device} {setup.dtype}, "
        f"{report.bandwidth / 1e9:.1f} GB/s read, {setup.started}"
    )
    return f"## {what}\n\n{where}\n" if markdown else f"{what}\n{where}\n"


def threads(setup: Setup) -> str:
    """`2 threads`."""
    return f"{setup.threads} thread{'' if setup.threads == 1 else 's'}"


def legend() -> tuple[str, ...]:
    """How the columns are meant."""
    return (
        "Medians over n runs that alternate between the rows; every round asks another question.",
        "The published way: transformers' generate, each call decoded to its cap, no stop strings, "
        "nothing reused, nothing streamed, greedy; chat template used, because the models need it.",
        "Reused: share of the prompt tokens taken from the cache, in the first question after "
        "loading and in later ones.",
        "Of floor: the time to read the weights once at the measured bandwidth, over the time of a "
        "token; drafts verified together can pass 100 %.",
        "Weights: in memory, the copies for prompts and for decoding together; read: what one "
        "decoded token reads of them.",
        "Hours: at that pace, one question at a time.",
    )


def _names(columns: Sequence[tuple[str, Cell]]) -> list[str]:
    return [name for name, _ in columns]


def _safe(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Cells on one line, no bar in them: a reason may hold anything."""
    return [[" ".join(cell.replace("|", "/").split()) for cell in row] for row in rows]


def _exact(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
