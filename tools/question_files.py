"""The question files of tools/questions as training and measuring see them: keys in lower case.

Not responsible for their format and for which sections are held out (engine.bench.answers_primer).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.bench.answers_primer import Mistake, is_held_out, written
from engine.guard.relevance import entities
from engine.guard.text import words
from engine.retrieval.ingest import PRIMER


@dataclass(frozen=True, slots=True)
class Asked:
    """One question over one section of the primer."""

    question: str
    answer: str
    """In the words of the section; empty where the section does not say."""
    keys: tuple[tuple[str, ...], ...]
    """Groups of alternatives that a right answer holds; empty where there is no answer."""
    file: str
    """Of the primer: «e2.md»."""
    section: str

    @property
    def held_out(self) -> bool:
        """Whether its section is kept for evaluation."""
        return is_held_out(self.file, self.section)


def stands_alone(asked: Asked, title: str) -> bool:
    """Whether somebody who does not know the section could mean it with this question.

    It names something, or shares a word with the title of the document or the heading: «Who takes
    part?» was written under a heading and cannot be answered without it.
    """
    heading = frozenset(words(f"{title} {asked.section}"))
    return bool(entities(asked.question)) or bool(heading & frozenset(words(asked.question)))


def read_questions(path: Path) -> list[Asked]:
    """All questions of a file. Raises ValueError with the line that is not understood."""
    try:
        return [
            Asked(one.text, one.answer, _lower(one.groups), one.file, one.section)
            for one in written(path)
        ]
    except Mistake as mistake:
        raise ValueError(f"{path}:{mistake.line}: {mistake.why}") from None


def _lower(groups: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(form.lower() for form in group) for group in groups)


def title(file: str) -> str:
    """Of a document of the primer."""
    return (PRIMER / file).read_text("utf-8").partition("\n")[0].removeprefix("# ")
