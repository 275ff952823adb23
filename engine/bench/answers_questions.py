"""Sets of questions with what a right answer holds, read from files.

Three formats: JSON Lines of objects (`q`, `answers`, `file`, `kind` and more), ORAN-Bench's
arrays (`["question", ["1. option", ...], "3"]`), and the plain text of the primer's questions
(engine.bench.answers_primer). A line that cannot be asked is kept as what it is: it counts as
wrong. Not responsible for asking (engine.bench.answers) or judging (engine.bench.answers_judge).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgspec

from engine.bench.answers_primer import read_primer
from engine.errors import ArgoError
from engine.roles.choose import bare

Groups = tuple[tuple[str, ...], ...]
CHOICE: Final = "choice"
"""Kind of the questions of ORAN-Bench."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question and what is known about its answer."""

    q: str
    answers: Groups = ()
    """Groups of alternatives; a right answer holds one of each group. Empty: unanswerable."""
    file: str = ""
    """Where the answer is: the end of a document's path."""
    kind: str = ""
    options: tuple[str, ...] = ()
    correct: int = -1
    """Index of the right option, from 0."""
    canary: str = ""
    """What a passage orders the model to say, and no answer may hold."""
    earlier: str = ""
    """The question before it, of a follow-up."""
    flaw: str = ""
    """Why it cannot be asked; it counts as wrong."""

    @property
    def key(self) -> str:
        """The same for the same words and options."""
        said = msgspec.json.encode((self.q, self.options, self.earlier))
        return hashlib.blake2b(said, digest_size=8).hexdigest()

    @property
    def answerable(self) -> bool:
        """Whether the documents hold the answer, and it is not a choice between options."""
        return bool(self.answers) and not self.is_choice

    @property
    def unanswerable(self) -> bool:
        """Whether the right answer is a decline."""
        return not (self.answers or self.is_choice or self.flaw)

    @property
    def is_choice(self) -> bool:
        """Whether an option is to be chosen; a flawed line of ORAN-Bench is one too."""
        return bool(self.options) or self.kind == CHOICE


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions of one file (or of a directory of primer questions)."""

    name: str
    questions: tuple[Question, ...]

    def first(self, limit: int | None) -> QuestionSet:
        """At most `limit` questions from the start."""
        return replace(self, questions=self.questions[:limit])

    def sample(self, size: int | None, seed: int) -> QuestionSet:
        """`size` questions in their order, drawn by a seed; all where there are no more."""
        if size is None:
            return self

        def draw(place: int) -> bytes:
            key = f"{seed}:{place}:{self.questions[place].key}"
            return hashlib.blake2b(key.encode(), digest_size=8).digest()

        drawn = sorted(sorted(range(len(self.questions)), key=draw)[:size])
        return replace(self, questions=tuple(self.questions[place] for place in drawn))


def read_sets(paths: Iterable[Path]) -> tuple[QuestionSet, ...]:
    """Each file as a set, named after it. Raises ArgoError."""
    sets = tuple(read_set(path) for path in paths)
    names = [one.name for one in sets]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ArgoError(
            f"Two files of questions are called {', '.join(twice)}",
            remedy="Rename one: results are kept under the name of the file.",
        )
    return sets


def read_set(path: Path) -> QuestionSet:
    """The questions of a .jsonl or .txt file, or of all .txt files of a directory.

    Raises ArgoError where there are none or a file cannot be read.
    """
    try:
        if path.is_dir():
            files = sorted(path.glob("*.txt"))
            questions = [question for file in files for question in _primer(file)]
        elif path.suffix == ".txt":
            questions = _primer(path)
        else:
            lines = path.read_text("utf-8").splitlines()
            questions = [_line(line) for line in lines if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise ArgoError(
            f"The questions cannot be read: {error}",
            where=str(path),
            remedy="Name a .jsonl file, a .txt file of primer questions, or a directory of them.",
        ) from None
    if not questions:
        raise ArgoError(
            "There are no questions to ask",
            where=str(path),
            remedy="Of primer questions only the held-out sections are asked.",
        )
    return QuestionSet(path.stem, tuple(questions))


def _primer(path: Path) -> list[Question]:
    return [
        Question(
            q=asked.text,
            answers=asked.groups,
            file=asked.file,
            kind="near miss" if not asked.groups else "several" if asked.groups[1:] else "single",
        )
        for asked in read_primer(path)
        if asked.held_out
    ]


def _line(line: str) -> Question:
    try:
        row = msgspec.json.decode(line)
        if isinstance(row, list):
            return _choice(row)
        question = msgspec.convert(row, Question)
    except msgspec.DecodeError as error:
        return Question(q=line[:200], kind="flawed", flaw=f"no question: {error}")
    return _checked(question)


def _choice(row: Sequence[Any]) -> Question:
    """A line of ORAN-Bench. Options that carry numbers lose them."""
    if len(row) != 3 or not isinstance(row[0], str) or not isinstance(row[1], list):
        return Question(q=str(row)[:200], kind=CHOICE, flaw="not [question, options, answer]")
    text, options, answer = row
    written = str(answer).strip()
    return _checked(
        Question(
            q=text,
            options=tuple(bare(str(option)) for option in options),
            correct=int(written) - 1 if written.isdecimal() else -1,
            kind=CHOICE,
        ),
        options=True,
    )


def _checked(question: Question, *, options: bool = False) -> Question:
    """The question, with its flaw if it has one."""
    flaw = ""
    if not question.q.strip():
        flaw = "no question"
    elif options and len(question.options) < 2:
        flaw = f"{len(question.options)} options"
    elif question.options and not 0 <= question.correct < len(question.options):
        flaw = "the right option is not among the options"
    return msgspec.structs.replace(question, flaw=flaw)
