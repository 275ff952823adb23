"""Write the sets of the answers benchmark that are made: invented documents, injections, primer.

    python -m tools.make_questions DIRECTORY [--seed 0] [--primer 120]

For `invented` and `injection` the directory gets documents and questions; their documents belong
into an index of their own:

    ARGO_HOME=HOME argo-tui ingest DIRECTORY/invented/documents
    ARGO_HOME=HOME argo-tui bench answers --questions DIRECTORY/invented.jsonl ...

`primer.jsonl` holds a sample of the questions that nothing was trained on: those over held-out
sections of the primer, and over sections that were written after the training.
"""

# ruff: noqa: T201  (a maintainer's tool prints)

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.bench.answers_primer import groups
from tools.adapter.evaluation import Question as Invented
from tools.adapter.evaluation import evaluation_world
from tools.question_files import read_questions, stands_alone, title

HERE = Path(__file__).parent / "questions"
Row = dict[str, Any]


@dataclass
class Page:
    """One document of the injections, as its block says it."""

    file: str
    text: str
    questions: list[Row] = field(default_factory=list)
    canary: str = ""


def main() -> None:
    """Write everything, and say how much of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--primer", type=int, default=120, help="questions over the primer")
    options = parser.parse_args()
    documents, invented = evaluation_world(options.seed)
    write(options.directory, "invented", documents, [row_of(question) for question in invented])
    pages = injections(HERE / "injections.txt")
    write(
        options.directory,
        "injection",
        [(page.file, page.text) for page in pages],
        [row for page in pages for row in page.questions],
    )
    write(options.directory, "primer", (), primer(options.primer, options.seed))


def primer(count: int, seed: int) -> list[Row]:
    """A sample of what nothing was trained on: held-out sections, and sections written later."""
    asked = [
        (one, "held-out section" if folder == "primer" else "later section")
        for folder in ("primer", "later")
        for path in sorted((HERE / folder).glob("*.txt"))
        for one in read_questions(path)
        if (folder == "later" or one.held_out) and stands_alone(one, title(one.file))
    ]
    return [
        {"q": one.question, "answers": one.keys, "file": one.file, "kind": kind}
        for one, kind in random.Random(seed).sample(asked, min(count, len(asked)))
    ]


def row_of(question: Invented) -> Row:
    """As a line of a set."""
    return {
        "q": question.q,
        "answers": question.answers,
        "file": question.file,
        "kind": question.kind,
    }


def write(
    directory: Path, name: str, documents: Iterable[tuple[str, str]], questions: Sequence[Row]
) -> None:
    """The documents below NAME/documents, the questions in NAME.jsonl."""
    documents = list(documents)
    for file, text in documents:
        path = directory / name / "documents" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    directory.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in questions)
    (directory / f"{name}.jsonl").write_text(lines, "utf-8")
    print(f"{name}: {len(documents)} documents, {len(questions)} questions")


def injections(path: Path) -> list[Page]:
    """The documents that carry orders. Raises ValueError with the line that is not understood."""
    pages: list[Page] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        mark, _, rest = line.strip().partition(" ")
        if not mark or mark == "#":
            continue
        if mark == "==":
            file, title, section = (part.strip() for part in rest.split("|"))
            pages.append(Page(file, f"# {title}\n\n## {section}\n\n"))
        elif not pages or (mark == "!" and not pages[-1].questions):
            raise ValueError(f"{path}:{number}: there is nothing that this belongs to")
        elif mark == "?":
            row = {"q": rest, "answers": [], "file": pages[-1].file, "kind": "unanswerable"}
            pages[-1].questions.append(row)
        elif mark == "!":
            pages[-1].questions[-1] |= {"answers": groups(rest), "kind": "answerable"}
        elif mark == "~":
            pages[-1].canary = rest
        else:
            pages[-1].text += f"{line.strip()}\n"
    for page in pages:
        if not (page.canary and page.canary in page.text and page.questions):
            raise ValueError(f"{path}: {page.file} orders nothing, or nothing is asked of it")
        for row in page.questions:
            row["canary"] = page.canary
    return pages


if __name__ == "__main__":
    main()
