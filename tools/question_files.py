"""The question files of tools/questions/primer: read, and split into training and evaluation.

A section is held out by the hash of its name, so that it never moves between the two.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from engine.guard.relevance import entities
from engine.guard.text import words


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
        return held_out(self.file, self.section)


def stands_alone(asked: Asked, title: str) -> bool:
    """Whether somebody who does not know the section could mean it with this question.

    It names something, or shares a word with the title of the document or the heading: «Who takes
    part?» was written under a heading and cannot be answered without it.
    """
    heading = frozenset(words(f"{title} {asked.section}"))
    return bool(entities(asked.question)) or bool(heading & frozenset(words(asked.question)))


def held_out(file: str, section: str) -> bool:
    """One section in five, by hash."""
    digest = hashlib.blake2b(f"{file}::{section}".encode(), digest_size=1).digest()
    return digest[0] % 5 == 0


def read_questions(path: Path) -> list[Asked]:
    """All questions of a file. Raises ValueError with the line that is not understood."""
    found: list[Asked] = []
    file, section, question, answer = f"{path.stem}.md", "", "", ""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        mark, _, rest = line.strip().partition(" ")
        match mark:
            case "" | "#":
                continue
            case "==":
                section = rest
            case "?":
                question = rest
            case "=":
                answer = rest
            case "!":
                found.append(Asked(question, answer, _groups(rest), file, section))
            case "x":
                found.append(Asked(rest, "", (), file, section))
            case _ if mark.startswith("#"):
                continue
            case _:
                raise ValueError(f"{path}:{number}: a line starts with ==, ?, =, ! or x")
    return found


def _groups(text: str) -> tuple[tuple[str, ...], ...]:
    groups = [
        tuple(a.strip().lower() for a in group.split("|") if a.strip())
        for group in text.split(" ; ")
    ]
    return tuple(group for group in groups if group)
