"""What the guard lets through: written answers, answers to other questions, and real replies.

    python -m tools.measure_guard [--replies raw.jsonl ...] [--held-out] [--fit]

Pairs come from tools/questions/primer: a question with its own answer must pass; with the nearest
answer of another question of the section, and a near miss with the nearest answer there is, it must
not. --fit chooses the weights of engine.guard.relevance anew, on sections that are not held out.
--replies are files of tools/measure_reader.py: replies are right where they hold their keys.
"""
# ruff: noqa: T201

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.events import Passage
from engine.glossary import load as load_glossary
from engine.guard.check import Guard
from engine.guard.claims import declines
from engine.guard.relevance import Relevance, relevance
from engine.guard.support import Held, held, support
from engine.guard.text import words
from engine.retrieval.ingest import PRIMER
from engine.retrieval.minilm import MiniLM
from tools.question_files import Asked, read_questions, title

FOLDER = Path(__file__).parent / "questions" / "primer"
THRESHOLDS = (0.0, 0.05, 0.08, 0.10, 0.12, 0.15, 0.20, 0.30)
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """A question with an answer, right or not, and the section that both are from."""

    question: str
    answer: str
    section: Held
    kind: str
    """right, other (of another question) or near miss."""


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--replies", type=Path, nargs="*", default=[])
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    embedder = Remembering(MiniLM.load(reduced=True))
    found = pairs(held_out=options.held_out)
    print(passing(found, embedder))
    if options.fit:
        print(fitted(found, embedder))
    for path in options.replies:
        print(judged(path, embedder))


def pairs(*, held_out: bool) -> list[Pair]:
    """All pairs of one split."""
    sections = {
        (path.name, section): held(passage(path, section, text))
        for path in sorted(PRIMER.glob("*.md"))
        for section, text in headed(path.read_text("utf-8"))
    }
    by_section: dict[tuple[str, str], list[Asked]] = {}
    for path in sorted(FOLDER.glob("*.txt")):
        for one in read_questions(path):
            if one.held_out == held_out:
                by_section.setdefault((one.file, one.section), []).append(one)
    return [
        pair
        for key, asked in by_section.items()
        if key in sections
        for pair in _pairs(asked, sections[key])
    ]


def _pairs(asked: Sequence[Asked], section: Held) -> list[Pair]:
    told = [one for one in asked if one.answer]
    found = [Pair(one.question, one.answer, section, "right") for one in told]
    for one in asked:
        others = [other for other in told if other.answer != one.answer]
        if others:
            mine = frozenset(words(one.question))
            nearest = max(others, key=lambda o: len(mine & {*words(o.question), *words(o.answer)}))
            kind = "other" if one.answer else "near miss"
            found.append(Pair(one.question, nearest.answer, section, kind))
    return found


def headed(text: str) -> list[tuple[str, str]]:
    """Title and text of each section of a document of the primer."""
    parts = text.split("\n## ")[1:]
    return [(part.partition("\n")[0].strip(), part.partition("\n")[2].strip()) for part in parts]


def passage(path: Path, section: str, text: str) -> Passage:
    """A section as one passage."""
    return Passage(
        number=1, id=section, document=title(path.name), source=path.name, section=(section,),
        text=text,
        dense=0.5, lexical=1.0, fused=1.0,
    )  # fmt: skip


def passing(found: Sequence[Pair], embedder: Remembering) -> str:
    """Share of each kind that is supported, by threshold."""
    kinds = ("right", "other", "near miss")
    lines = ["min_relevance | " + " | ".join(kinds)]
    glossary = load_glossary()
    for threshold in THRESHOLDS:
        guard = Guard(0.5, threshold, glossary, embedder)
        shares = []
        for kind in kinds:
            some = [pair for pair in found if pair.kind == kind]
            kept = sum(_passes(guard, pair) for pair in some)
            shares.append(f"{kept} of {len(some)} ({kept / len(some):.1%})")
        lines.append(f"{threshold:.2f} | " + " | ".join(shares))
    return "\n".join(lines)


def _passes(guard: Guard, pair: Pair) -> bool:
    passage = pair.section.passage
    return guard.check(pair.answer, {1: passage}, pair.question).grounded


class Remembering:
    """An embedder that embeds a text once."""

    def __init__(self, embedder: MiniLM) -> None:
        self.name, self.dimensions = embedder.name, embedder.dimensions
        self._embedder = embedder
        self._known: dict[str, npt.NDArray[np.float32]] = {}

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[len(texts), dimensions]."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._embedder.embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])


def fitted(found: Sequence[Pair], embedder: Remembering) -> str:
    """Weights of similarity, entity and attribute, and the constant, by logistic regression."""
    rows, labels, glossary = [], [], load_glossary()
    for pair in found:
        asked = frozenset(words(pair.question))
        by = support(pair.answer, pair.section, asked, glossary)
        if by.window is None:
            continue
        seen = _relevance(pair, by.window.text, glossary)
        if seen.kind and seen.qualified:
            vectors = embedder.embed([pair.question, pair.answer])
            rows.append([float(vectors[0] @ vectors[1]), seen.entity, seen.attribute, 1.0])
            labels.append(pair.kind == "right")
    weights = _regression(np.array(rows), np.array(labels, dtype=np.float64))
    return "similarity {:.2f}, entity {:.2f}, attribute {:.2f}, constant {:.2f}".format(*weights)


def _relevance(pair: Pair, evidence: str, glossary: Mapping[str, str]) -> Relevance:
    source = pair.section.passage
    place = " ".join((source.document, *source.section))
    return relevance(pair.question, pair.answer, evidence, place, glossary)


def _regression(x: Array, y: Array) -> Array:
    weights = np.zeros(x.shape[1])
    for _ in range(6_000):
        expected = 1 / (1 + np.exp(-x @ weights))
        weights -= x.T @ (expected - y) / len(y) + 1e-4 * weights
    return weights


def judged(path: Path, embedder: Remembering) -> str:
    """Precision and recall over real replies: a stop is right where the reply is wrong."""
    guard = Guard(0.5, 0.12, load_glossary(), embedder)
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    rows = [row for row in rows if not declines(row["raw"], "Not in the passages.")]
    counts = {(wrong, stopped): 0 for wrong in (True, False) for stopped in (True, False)}
    for row in rows:
        passages = {
            p["number"]: Passage(**{**p, "section": tuple(p["section"])}) for p in row["passages"]
        }
        stopped = not guard.check(row["raw"], passages, row["q"]).grounded
        counts[not row["holds"], stopped] += 1
    stops = counts[True, True] + counts[False, True]
    wrong = counts[True, True] + counts[True, False]
    return (
        f"{path.name}: {len(rows)} answers, {wrong} wrong; stopped {stops}, "
        f"of these wrong {counts[True, True]} (precision {counts[True, True] / max(stops, 1):.0%}, "
        f"recall {counts[True, True] / max(wrong, 1):.0%})"
    )


if __name__ == "__main__":
    main()
