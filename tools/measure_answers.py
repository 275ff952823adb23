"""How many questions a profile answers rightly, cites and declines, and how long they take.

    python tools/measure_answers.py QUESTIONS.jsonl --profile 135m --out result.jsonl

Runs the whole loop on the index under ARGO_HOME. A line of QUESTIONS holds `q`, `answers` (groups
of alternatives; every group must occur in the answer, case-insensitive; empty: unanswerable),
`file` (where the answer is) and `kind`. Answers are appended to the result as they come, and a
second start goes on after them. Failures count as wrong and are never dropped.
"""
# ruff: noqa: T201

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from engine import Argo
from engine.events import Event, Retrieved, RunFailed, RunFinished, StepTimed, SynthesisDone

Row = dict[str, Any]


def main() -> None:
    """Ask what is missing in the result, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("questions", type=Path)
    parser.add_argument("--profile", default="135m")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    options = parser.parse_args()
    questions = [json.loads(line) for line in options.questions.read_text("utf-8").splitlines()]
    questions = questions[: options.limit]
    done = read(options.out)
    missing = [question for question in questions if question["q"] not in done]
    if missing:
        argo = Argo.open(options.profile)
        with options.out.open("a", encoding="utf-8") as out:
            for number, question in enumerate(missing, 1):
                row = ask(argo, question)
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
                out.flush()
                verdict = "right" if row["right"] else row["status"]
                print(f"{number}/{len(missing)} {verdict} {row['seconds']:.1f} s", file=sys.stderr)
        argo.close()
    rows = read(options.out)
    print(table([rows[question["q"]] for question in questions]))


def read(path: Path) -> dict[str, Row]:
    """Rows of an earlier start, by question."""
    if not path.exists():
        return {}
    return {row["q"]: row for row in map(json.loads, path.read_text("utf-8").splitlines())}


def ask(argo: Argo, question: Row) -> Row:
    """One question through the whole loop, judged."""
    events = list(argo.answer(question["q"]))
    finished = next(event for event in events if isinstance(event, RunFinished))
    answer = next((event for event in events if isinstance(event, SynthesisDone)), None)
    failed = next((event for event in events if isinstance(event, RunFailed)), None)
    text = answer.text if answer else ""
    passages = {p.number: p for e in events if isinstance(e, Retrieved) for p in e.passages}
    cited = [passages[c.number].source for c in answer.citations] if answer else []
    answered = finished.status == "answered"
    return {
        "q": question["q"],
        "kind": question["kind"],
        "answerable": bool(question["answers"]),
        "status": str(finished.status),
        "text": text,
        "why": failed.what if failed else finished.stop_reason,
        "right": answered and bool(question["answers"]) and holds(text, question["answers"]),
        "cited": any(source.endswith(question["file"]) for source in cited),
        "retrieved": any(p.source.endswith(question["file"]) for p in passages.values()),
        "steps": finished.steps,
        "seconds": finished.ns / 1e9,
        "tokens": finished.usage.decoded_tokens,
        "parts": parts(events),
    }


def holds(text: str, groups: Sequence[Sequence[str]]) -> bool:
    """Whether every group of alternatives occurs in the text."""
    low = text.lower()
    return all(any(alternative in low for alternative in group) for group in groups)


def parts(events: Sequence[Event]) -> dict[str, float]:
    """Seconds by part over all steps."""
    total: dict[str, float] = {}
    for event in events:
        for span in event.spans if isinstance(event, StepTimed) else ():
            total[span.part] = total.get(span.part, 0.0) + span.ns / 1e9
    return total


def table(rows: Sequence[Row]) -> str:
    """Counts with Wilson intervals, and the median seconds of a question by part."""
    answerable = [row for row in rows if row["answerable"]]
    others = [row for row in rows if not row["answerable"]]
    right = [row for row in answerable if row["right"]]
    lines = [
        count("file among the passages", [r for r in answerable if r["retrieved"]], answerable),
        count("right", right, answerable),
        count("right and cited", [r for r in right if r["cited"]], answerable),
        count("false declines", [r for r in answerable if r["status"] == "not_found"], answerable),
        count("declined rightly", [r for r in others if r["status"] == "not_found"], others),
        count("failed", [r for r in rows if r["status"] == "failed"], rows),
        f"seconds, median: {median(row['seconds'] for row in rows):.1f}; "
        f"steps, mean: {sum(row['steps'] for row in rows) / len(rows):.2f}",
    ]
    names = sorted({name for row in rows for name in row["parts"]})
    lines += [
        f"  {name}: {sum(row['parts'].get(name, 0.0) for row in rows) / len(rows):.2f} s on average"
        for name in names
    ]
    return "\n".join(lines)


def count(name: str, some: Sequence[Row], every: Sequence[Row]) -> str:
    """`some` of `every` with a 95 % Wilson interval."""
    n, k = len(every), len(some)
    if n == 0:
        return f"{name}: none asked"
    z = 1.96
    p = k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    spread = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return f"{name}: {k} of {n} ({middle - spread:.0%} to {middle + spread:.0%})"


if __name__ == "__main__":
    main()
