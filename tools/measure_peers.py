"""Whole questions here, and the same model calls on other servers on the same machine.

    python tools/measure_peers.py ours --profile 135m --out ours.json
    python tools/measure_peers.py server URL --calls ours.json --label "llama.cpp Q4_1" --out l.json
    python tools/measure_peers.py table ours.json l.json ...

`ours` answers each question with the whole loop and notes every model call: messages, caps, stop
strings, text, seconds. `server` sends those calls, in their order and one at a time, to an
OpenAI-compatible server. A server's whole question is its calls and the rest of our loop (search,
checks), as measured here. Each question is asked once, after one that is not counted, so no cache
holds a whole prompt; what two questions have in common may be reused by all.
"""
# ruff: noqa: T201

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from engine import Argo
from engine.bench.recording import Call, Recording
from engine.bench.speed_open import questions as own_questions
from engine.bench.tables import grid
from engine.bench.throughput import Sample, ask, connected
from engine.bench.workload import read_questions
from engine.config import CapsTable, Profile, Temperatures
from engine.events import AnswerDelta, RunFinished, SynthesisDelta, SynthesisDone
from engine.llm.server.address import Address

Row = dict[str, Any]

WARM_UP = "What is a service model?"


def main() -> None:
    """One of three: ours, server, table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    here = verbs.add_parser("ours")
    here.add_argument("--profile", required=True)
    here.add_argument("--questions", type=Path, help="else those of `argo-tui bench speed`")
    here.add_argument("--simple", type=int, default=8, help="how many of one retrieval")
    here.add_argument("--comparisons", type=int, default=3, help="how many of several")
    here.add_argument("--out", type=Path, required=True)
    there = verbs.add_parser("server")
    there.add_argument("url")
    there.add_argument("--calls", type=Path, required=True)
    there.add_argument("--model", default="", help="as served; else the profile's name")
    there.add_argument("--label", required=True)
    there.add_argument("--out", type=Path, required=True)
    shown = verbs.add_parser("table")
    shown.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args()
    if options.verb == "ours":
        ours(options)
    elif options.verb == "server":
        peer(options)
    else:
        print(table([json.loads(path.read_text("utf-8")) for path in options.files]), end="")


# ------------------------------------------------------------------------------------ ours


def ours(options: argparse.Namespace) -> None:
    """Every question through the whole loop; the file is written after each."""
    asked = (
        read_questions(options.questions)
        if options.questions
        else [
            *own_questions("simple")[: options.simple],
            *own_questions("comparison")[: options.comparisons],
        ]
    )
    argo = Argo.open(options.profile)
    recording = Recording(argo.session.backend)
    argo.session = replace(argo.session, backend=recording)
    try:
        # One first that is not counted: it warms up what is allocated once.
        rows = []
        info = recording.info
        label = f"argo-tui, {info.precision}"
        for question in (WARM_UP, *asked):
            rows.append(answered(argo, recording, question))
            _write(options.out, label, options.profile, rows)
    finally:
        argo.close()


def answered(argo: Argo, recording: Recording, question: str) -> Row:
    """One question: seconds in all, of each call, and of the rest."""
    recording.calls.clear()
    start = time.perf_counter()
    first = 0.0
    text = ""
    for event in argo.answer(question):
        if isinstance(event, AnswerDelta | SynthesisDelta) and not first:
            first = time.perf_counter() - start
        if isinstance(event, SynthesisDone):
            text = event.text
        if isinstance(event, RunFinished):
            status = str(event.status)
    seconds = time.perf_counter() - start
    rest = seconds - sum(call.seconds for call in recording.calls)
    print(f"{seconds:6.2f} s, {len(recording.calls)} calls: {question}", file=sys.stderr)
    calls = [msgspec.to_builtins(asdict(call)) for call in recording.calls]
    return {
        "question": question,
        "status": status,
        "text": text,
        "seconds": seconds,
        "first_s": first,
        "rest_s": rest,
        "calls": calls,
    }


# ---------------------------------------------------------------------------------- a server


def peer(options: argparse.Namespace) -> None:
    """The noted calls of every question on a server; the file is written after each question."""
    noted = json.loads(options.calls.read_text("utf-8"))
    profile = Profile(
        title=options.label,
        kind="openai",
        url=options.url,
        model=options.model or noted["profile"],
        caps=CapsTable(subquery=1, answer=1, synthesis=1),
        temperatures=Temperatures(decompose=0.0, answer=0.0, synthesise=0.0),
    )
    address = Address.of(profile, os.environ)

    async def every() -> None:
        rows = []
        async with connected(address) as client:
            for question in noted["questions"]:
                calls = [msgspec.convert(call, Call) for call in question["calls"]]
                samples = [await ask(client, address, call) for call in calls]
                rows.append(_served(question, samples))
                _write(options.out, options.label, noted["profile"], rows)

    asyncio.run(every())


def _served(question: Row, samples: list[Sample]) -> Row:
    errors = [sample.error for sample in samples if sample.error]
    if errors:
        sys.exit(f"measure_peers: the server failed: {errors[0]}")
    seconds = question["rest_s"] + sum(sample.seconds for sample in samples)
    print(f"{seconds:6.2f} s, {len(samples)} calls: {question['question']}", file=sys.stderr)
    before = question["first_s"] - (question["calls"][0]["first_s"] if question["calls"] else 0.0)
    return {
        "question": question["question"],
        "seconds": seconds,
        "first_s": before + samples[0].first_s if samples else question["first_s"],
        "rest_s": question["rest_s"],
        "calls": [asdict(sample) for sample in samples],
    }


# ------------------------------------------------------------------------------------- tables


def _write(path: Path, label: str, profile: str, rows: list[Row]) -> None:
    found = {"label": label, "profile": profile, "questions": rows}
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1), "utf-8")


HEAD = (
    "what",
    "model",
    "questions",
    "calls",
    "whole question, median s",
    "least",
    "most",
    "first text, median s",
    "prompt tokens",
    "decoded tokens",
    "ms a decoded token",
    "same text",
)


def table(found: list[Row]) -> str:
    """One row a file, over the questions that all have; the first of each is not counted."""
    shared = min(len(one["questions"]) for one in found)
    reference = found[0]["questions"][1:shared]
    rows = [_row(one, reference, one["questions"][1:shared]) for one in found]
    return grid(HEAD, rows, markdown=True)


def _row(one: Row, reference: list[Row], rows: list[Row]) -> tuple[str, ...]:
    seconds = [row["seconds"] for row in rows]
    calls = [call for row in rows for call in row["calls"]]
    texts = [call["text"].strip() for call in calls]
    wanted = [call["text"].strip() for row in reference for call in row["calls"]]
    same = sum(1 for text, other in zip(texts, wanted, strict=False) if text == other)
    rates = [
        (call["seconds"] - call["first_s"]) / (_decoded(call) - 1)
        for call in calls
        if _decoded(call) > 1 and call["first_s"]
    ]
    return (
        one["label"],
        one["profile"],
        str(len(rows)),
        str(len(calls)),
        f"{median(seconds):.2f}",
        f"{min(seconds):.2f}",
        f"{max(seconds):.2f}",
        f"{median(row['first_s'] for row in rows):.2f}",
        str(sum(_prompt(call) for call in calls)),
        str(sum(_decoded(call) for call in calls)),
        f"{median(rates) * 1e3:.1f}" if rates else "-",
        f"{same} of {len(wanted)}",
    )


def _prompt(call: Row) -> int:
    return int(call["usage"]["prompt_tokens"] if "usage" in call else call["prompt_tokens"])


def _decoded(call: Row) -> int:
    return int(call["usage"]["decoded_tokens"] if "usage" in call else call["decoded_tokens"])


if __name__ == "__main__":
    main()
