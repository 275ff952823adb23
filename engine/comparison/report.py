"""A comparison as a document: Markdown to read, CSV to compute with.

Pure. Not responsible for the picture (argo_tui.compare.picture) or for writing files.
"""

from __future__ import annotations

import csv as table
import io
from collections.abc import Iterator, Sequence
from typing import Final

from engine import cells
from engine.bench.tables import grid
from engine.comparison import tally_text
from engine.comparison.figures import RunFigures
from engine.comparison.table import NOTHING, seconds_text
from engine.comparison.tally import QUESTIONS, Round, TallyRow
from engine.events import Caps

COLUMNS: Final = (
    *("kind", "label", "question", "column", "run", "profile", "strategy", "caps", "status"),
    *("seconds", "first_token_s", "prompt_tokens", "tokens", "tokens_per_second"),
    *("passages", "steps", "u", "u_max", "voted", "answer", "sources", "failed"),
    *("n", "low", "high", "speed_up", "speed_up_low", "speed_up_high", "distance_s"),
    *(f"hours_{count}" for count in QUESTIONS),
    "votes",
)
"""Of the CSV: a row of the kind `tally` for each configuration, then one of the kind `run` for
each question and column."""

_HEAD: Final = (
    *("configuration", "status", "time", "first token", "tokens", "tokens/s"),
    *("passages", "steps", "U", "vote"),
)
_VOTE: Final = "chosen"


def markdown(rounds: Sequence[Round], rows: Sequence[TallyRow]) -> str:
    """The running table, then every question with its figures and answers."""
    return "\n".join(_blocks(rounds, rows))


def csv(rounds: Sequence[Round], rows: Sequence[TallyRow]) -> str:
    """All columns, exact; empty where a row has none. No cell can be read as a formula."""
    out = io.StringIO()
    writer = table.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for row in (*map(_tally, rows), *_runs(rounds)):
        writer.writerow({name: _safe(value) for name, value in row.items()})
    return out.getvalue()


def _blocks(rounds: Sequence[Round], rows: Sequence[TallyRow]) -> Iterator[str]:
    yield "# Comparison\n"
    yield grid(tally_text.HEAD, [_row(tally_text.cells(row)) for row in rows], markdown=True,
               words=1)  # fmt: skip
    yield "".join(f"- {note}\n" for note in tally_text.LEGEND)
    for each in rounds:
        yield f"## {cells.markdown(each.question)}\n"
        lines = [
            _row(_line(label, found, each.vote == column))
            for column, (label, found) in enumerate(each.columns)
        ]
        yield grid(_HEAD, lines, markdown=True, words=2)
        yield "".join(_answer(label, found) for label, found in each.columns)


def _row(texts: Sequence[str]) -> list[str]:
    return [cells.markdown(text) for text in texts]


def _line(label: str, found: RunFigures | None, chosen: bool) -> tuple[str, ...]:
    vote = _VOTE if chosen else ""
    if found is None:
        return (label, "not recorded", *[NOTHING] * 7, vote)
    return (
        label,
        found.status or "not finished",
        seconds_text(found.seconds),
        seconds_text(found.first_token_s),
        f"{found.tokens:,}",
        f"{found.tokens_per_second:.1f}",
        str(found.passages),
        str(_steps(found)),
        f"{found.u:.2f} of {found.u_max:.2f}",
        vote,
    )


def _answer(label: str, found: RunFigures | None) -> str:
    if found is None:
        return ""
    text = cells.markdown(found.answer or found.failed) or "no answer"
    sources = "; ".join(map(cells.markdown, found.sources))
    return f"- **{cells.markdown(label)}**: {text}{f' Sources: {sources}.' if sources else ''}\n"


def _tally(row: TallyRow) -> dict[str, object]:
    hours: dict[str, object] = {
        f"hours_{count}": value for count, value in zip(QUESTIONS, row.hours, strict=True)
    }
    measured: dict[str, object] = {
        "seconds": row.seconds,
        "low": row.low,
        "high": row.high,
        "speed_up": row.speed_up,
        "speed_up_low": row.speed_up_low,
        "speed_up_high": row.speed_up_high,
        "distance_s": row.distance_s,
    }
    found = measured | hours if row.n else {}
    return {"kind": "tally", "label": row.label, "n": row.n, "votes": row.votes, **found}


def _runs(rounds: Sequence[Round]) -> Iterator[dict[str, object]]:
    for each in rounds:
        for column, (label, found) in enumerate(each.columns):
            row: dict[str, object] = {"kind": "run", "label": label, "question": each.question}
            row |= {"column": column, "voted": int(each.vote == column)}
            yield row | (_figures(found) if found else {})


def _figures(found: RunFigures) -> dict[str, object]:
    same = ("run", "profile", "strategy", "seconds", "first_token_s", "prompt_tokens", "tokens",
            "tokens_per_second", "passages", "u", "u_max", "answer", "failed")  # fmt: skip
    return {
        **{name: getattr(found, name) for name in same},
        "caps": _caps(found.caps),
        "status": found.status or "",
        "steps": _steps(found),
        "sources": "; ".join(found.sources),
    }


def _steps(found: RunFigures) -> int:
    return sum(step.number > 0 for step in found.steps)


def _caps(caps: Caps | None) -> str:
    return f"{caps.subquery}/{caps.answer}/{caps.synthesis}" if caps else ""


def _safe(value: object) -> object:
    if isinstance(value, str):
        return cells.harmless(value)
    return f"{value:.6g}" if isinstance(value, float) else "" if value is None else value
