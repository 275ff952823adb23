"""Measure retrieval: how often the named file, and the answer, is among the first passages.

    python tools/measure_recall.py QUESTIONS.jsonl CORPUS --home DIRECTORY

Each line of QUESTIONS.jsonl has `q`, `file` (below CORPUS), `kind` and `answers` (lists of
alternatives in lower case, all of which must occur). Ingestion is incremental, so a second run
only measures. Not responsible for the quality of answers (engine.bench).
"""

# ruff: noqa: T201  (a maintainer's tool prints)

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.layers import load
from engine.paths import Home
from engine.retrieval.ingest import IngestProgress, ensure_primer, ingest
from engine.retrieval.lance import LanceStore
from engine.retrieval.minilm import MiniLM
from engine.retrieval.store import Embedder, Hit, Store

DEPTHS = (1, 3, 5, 10)
_SEEN = 50
"""Candidates of each search; all of them are ranked."""

Ranking = Callable[[Sequence[Hit]], list[Hit]]
RANKINGS: dict[str, Ranking] = {
    "dense": lambda hits: sorted(hits, key=lambda hit: -hit.dense),
    "lexical": lambda hits: sorted(
        (hit for hit in hits if hit.lexical > 0), key=lambda hit: -hit.lexical
    ),
    "hybrid": list,
}


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    file: str
    kind: str
    answers: tuple[tuple[str, ...], ...]


def read_questions(path: Path) -> list[Question]:
    """Questions of a JSON Lines file."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [
        Question(row["q"], row["file"], row["kind"], tuple(tuple(a) for a in row["answers"]))
        for row in rows
    ]


def file_rank(question: Question, hits: Sequence[Hit]) -> int | None:
    """Rank from 1 of the first passage of the named file."""
    for rank, hit in enumerate(hits, start=1):
        if f"/{hit.document.source}".endswith("/" + question.file):
            return rank
    return None


def answer_rank(question: Question, hits: Sequence[Hit]) -> int | None:
    """Rank at which the passages so far hold every part of the answer."""
    seen = ""
    for rank, hit in enumerate(hits, start=1):
        seen += "\n" + hit.chunk.text.lower()
        if all(any(form in seen for form in forms) for forms in question.answers):
            return rank
    return None


def table(title: str, ranks: Sequence[int | None]) -> str:
    """One line of the report."""
    shares = "".join(
        f"{sum(rank is not None and rank <= depth for rank in ranks) / len(ranks):7.2f}"
        for depth in DEPTHS
    )
    return f"{title:28}{shares}   n={len(ranks)}"


def measure(questions: Sequence[Question], store: Store, embedder: Embedder) -> None:
    """Print recall by search and by kind."""
    found: dict[str, list[list[Hit]]] = {name: [] for name in RANKINGS}
    started = time.perf_counter()
    for question in questions:
        vector = embedder.embed([question.text])[0]
        hits = store.search(question.text, vector, limit=2 * _SEEN, candidates=_SEEN)
        for name, ranking in RANKINGS.items():
            found[name].append(ranking(hits))
    each = (time.perf_counter() - started) / len(questions)
    print(f"{'':28}" + "".join(f"{f'@{depth}':>7}" for depth in DEPTHS))
    for name, results in found.items():
        pairs = list(zip(questions, results, strict=True))
        print(table(f"{name}: file", [file_rank(q, hits) for q, hits in pairs]))
        answerable = [(q, hits) for q, hits in pairs if q.answers]
        print(table(f"{name}: answer", [answer_rank(q, hits) for q, hits in answerable]))
    print("\nhybrid, file, by kind")
    for kind in sorted({question.kind for question in questions}):
        pairs = [
            (q, hits) for q, hits in zip(questions, found["hybrid"], strict=True) if q.kind == kind
        ]
        print(table(kind, [file_rank(q, hits) for q, hits in pairs]))
    print(f"\nembedding and search: {each * 1000:.0f} ms a question")


def best_scores(
    questions: Sequence[str], store: Store, embedder: Embedder, passages: int, candidates: int
) -> list[tuple[float, float]]:
    """Largest cosine and largest BM25 score among the first passages of each question."""
    scores = []
    for text in questions:
        vector = embedder.embed([text])[0]
        hits = store.search(text, vector, limit=passages, candidates=candidates)
        scores.append((max(hit.dense for hit in hits), max(hit.lexical for hit in hits)))
    return scores


def measure_threshold(
    questions: Sequence[str],
    foreign: Sequence[str],
    scores: Callable[[Sequence[str]], list[tuple[float, float]]],
    lowest: tuple[float, float],
) -> None:
    """Print how the threshold parts questions of the corpus from foreign ones."""
    print("\n                       dense: min   p10   p50   p90   max   lexical: the same")
    for name, texts in (("of the corpus", questions), ("foreign", foreign)):
        pairs = scores(texts)
        cleared = sum(d >= lowest[0] or w >= lowest[1] for d, w in pairs) / len(pairs)
        columns = [_quantiles(sorted(column)) for column in zip(*pairs, strict=True)]
        print(f"{name:22} {columns[0]}   {columns[1]}   cleared {cleared:.2f}, n={len(pairs)}")


def _quantiles(ordered: Sequence[float]) -> str:
    last = len(ordered) - 1
    return "".join(f"{ordered[round(last * share)]:7.2f}" for share in (0, 0.1, 0.5, 0.9, 1))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("questions", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--home", type=Path, required=True, help="as ARGO_HOME; kept")
    parser.add_argument("--reduced", action="store_true", help="embed in bfloat16")
    parser.add_argument("--primer", action="store_true", help="also ingest the primer")
    parser.add_argument("--foreign", type=Path, help="questions on other topics, one a line")
    arguments = parser.parse_args()
    base = arguments.home
    home = Home(base / "config", base / "data", base / "cache")
    settings = load(home).settings.retrieval
    embedder = MiniLM.load(reduced=arguments.reduced)
    store = LanceStore.open(home.store, embedder.name, embedder.dimensions)
    started = time.perf_counter()
    if arguments.primer:
        ensure_primer(store, embedder, settings)
    report = ingest([arguments.corpus], store, embedder, settings, progress=_show)
    seconds = time.perf_counter() - started
    print(
        f"\n{len(report.added)} added, {len(report.replaced)} replaced, "
        f"{len(report.unchanged)} unchanged, {len(report.empty)} without text, "
        f"{len(report.skipped)} skipped, {len(report.failed)} failed; "
        f"{report.passages} passages, {report.embedded} embedded in {seconds:.0f} s"
    )
    for failure in report.failed:
        print(f"  {failure.source}: {failure.reason}")
    questions = read_questions(arguments.questions)
    measure(questions, store, embedder)
    if arguments.foreign:
        measure_threshold(
            [question.text for question in questions if question.answers],
            arguments.foreign.read_text("utf-8").splitlines(),
            lambda texts: best_scores(
                texts, store, embedder, settings.passages, settings.candidates
            ),
            (settings.min_dense, settings.min_lexical),
        )
    store.close()
    return 0


def _show(progress: IngestProgress) -> None:
    if progress.done % 100 == 0:
        print(f"{progress.done}/{progress.total} {progress.passages} passages", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
