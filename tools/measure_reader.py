"""The answer role alone: what a profile writes about each question from the passages it is given.

    python -m tools.measure_reader QUESTIONS.txt ... --profile 0.5b --out raw.jsonl

One search, one answer, no check and no loop: for choosing prompts and the thresholds of the
guard. QUESTIONS are files of tools/questions/primer; their held-out sections are left out unless
--held-out is given, which then takes only these. Resumable.
"""
# ruff: noqa: T201

from __future__ import annotations

import argparse
import json
import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine import Argo
from engine.complexity import classify
from engine.roles import answer
from engine.roles.prompt import load as load_prompts
from engine.roles.speak import Reply, speak
from engine.run import Run
from engine.search import find
from engine.session import Session
from tools.question_files import Asked, read_questions


def main() -> None:
    """Ask what is missing in the result, then count."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("questions", type=Path, nargs="+")
    parser.add_argument("--profile", default="0.5b")
    parser.add_argument("--prompts")
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    asked = [q for path in options.questions for q in read_questions(path)]
    asked = [q for q in asked if q.held_out == options.held_out]
    asked = random.Random(options.seed).sample(asked, min(options.sample, len(asked)))
    done = read(options.out)
    missing = [q for q in asked if q.question not in done]
    if missing:
        session = opened(options.profile, options.prompts)
        with options.out.open("a", encoding="utf-8") as out:
            for number, one in enumerate(missing, 1):
                out.write(json.dumps(ask(session, one), ensure_ascii=False) + "\n")
                out.flush()
                if number % 20 == 0:
                    print(f"{number}/{len(missing)}", file=sys.stderr)
        session.close()
    rows = read(options.out)
    print(table([rows[q.question] for q in asked]))


def opened(profile: str, prompts: str | None) -> Session:
    """The session of a profile, with other prompts if asked for."""
    session = Argo.open(profile).session
    return replace(session, prompts=load_prompts(prompts)) if prompts else session


def ask(session: Session, one: Asked) -> dict[str, Any]:
    """One search and one answer."""
    run = Run("measure", session, one.question, (), classify(one.question), None, None)
    settings = session.settings.retrieval
    hits = find(one.question, session.store, session.embedder, settings, settings.passages).hits
    passages = run.number(hits, one.question)
    reply = said(session, run, answer.messages(session.prompts, one.question, passages))
    low = reply.text.lower()
    keys = [[alternative.lower() for alternative in group] for group in one.keys]
    return {
        "q": one.question,
        "file": one.file,
        "section": one.section,
        "answer": one.answer,
        "keys": keys,
        "retrieved": any(
            p.source.endswith(one.file) and one.section in p.section for p in passages
        ),
        "passages": [
            {"number": p.number, "id": p.id, "document": p.document, "source": p.source,
             "section": list(p.section), "text": p.text, "excerpt": p.excerpt,
             "dense": p.dense, "lexical": p.lexical, "fused": p.fused}
            for p in passages
        ],
        "raw": reply.text,
        "declined": low.startswith(session.prompts.no_answer.lower().rstrip(".")),
        "holds": bool(keys) and all(any(a in low for a in group) for group in keys),
    }  # fmt: skip


def said(session: Session, run: Run, messages: list[Any]) -> Reply:
    """The whole reply."""
    profile = session.profile
    speech = speak(
        session.backend,
        messages,
        run.sampling(profile.caps.answer, profile.temperatures.answer),
        kind="answer",
        stop=session.prompts.answer.stop,
    )
    while True:
        try:
            next(speech)
        except StopIteration as end:
            reply: Reply = end.value
            return reply


def read(path: Path) -> dict[str, dict[str, Any]]:
    """Rows of an earlier start, by question."""
    if not path.exists():
        return {}
    return {row["q"]: row for row in map(json.loads, path.read_text("utf-8").splitlines())}


def table(rows: list[dict[str, Any]]) -> str:
    """Counts."""
    asked = [row for row in rows if row["keys"]]
    others = [row for row in rows if not row["keys"]]
    return "\n".join(
        f"{name}: {sum(some)} of {len(some)}"
        for name, some in (
            ("section among the passages", [row["retrieved"] for row in asked]),
            ("right", [row["holds"] for row in asked]),
            ("false declines", [row["declined"] for row in asked]),
            ("near misses declined", [row["declined"] for row in others]),
        )
    )


if __name__ == "__main__":
    main()
