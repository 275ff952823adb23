"""Questions over the primer in their plain text format: tools/questions/primer/NAME.txt.

    == Title of a section of the primer's NAME.md
    ? a question
    = its answer
    ! what a right answer holds: groups by « ; », alternatives by « | »
    x a near miss: what the section does not answer

Blank lines and lines that start with `#` say nothing. Not responsible for training data (tools).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ArgoError


@dataclass(frozen=True, slots=True)
class PrimerQuestion:
    """A question and the section that it is about."""

    text: str
    answer: str
    """In the words of the section; empty for a near miss."""
    groups: tuple[tuple[str, ...], ...]
    """Empty for a near miss."""
    file: str
    """`NAME.md`."""
    section: str

    @property
    def held_out(self) -> bool:
        """Whether the section is kept from training."""
        return is_held_out(self.file, self.section)


def is_held_out(file: str, section: str) -> bool:
    """One section of five, by a hash of its name: these are asked and never trained on."""
    name = f"{file}::{section}".encode()
    return hashlib.blake2b(name, digest_size=1).digest()[0] % 5 == 0


def read_primer(path: Path) -> list[PrimerQuestion]:
    """All questions of a file. Raises OSError, and ArgoError with the line that is wrong."""
    try:
        return list(written(path))
    except Mistake as mistake:
        raise ArgoError(
            f"The questions cannot be read: {mistake.why}",
            where=f"{path}, line {mistake.line}",
            remedy="Write ? question, = answer, ! what it holds; or x for a near miss.",
        ) from None


@dataclass(frozen=True)
class Mistake(Exception):  # noqa: N818 - of whoever wrote the file
    """A line that does not belong where it is."""

    line: int
    why: str


def written(path: Path) -> Iterator[PrimerQuestion]:
    """The questions of a file as they come. Raises OSError, Mistake."""
    file = f"{path.stem}.md"
    section, asked, answer, at = "", "", "", 0
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        mark, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        if not mark or mark.startswith("#"):
            continue
        if asked and mark in ("==", "?", "x"):
            raise Mistake(at, "the question has no line «!»")
        if mark not in ("==", "?", "=", "!", "x") or not rest:
            raise Mistake(number, f"«{line.strip()[:60]}» is none of ==, ?, =, !, x")
        if mark == "==":
            section = rest
        elif not section:
            raise Mistake(number, "no section was named before it")
        elif mark == "?":
            asked, answer, at = rest, "", number
        elif mark == "=":
            answer = rest
        elif mark == "x":
            yield PrimerQuestion(rest, "", (), file, section)
        elif mark == "!":
            if not asked or not (wanted := groups(rest)):
                raise Mistake(number, "it belongs to no question, or holds nothing")
            yield PrimerQuestion(asked, answer, wanted, file, section)
            asked = ""
    if asked:
        raise Mistake(at, "the question has no line «!»")


def groups(text: str) -> tuple[tuple[str, ...], ...]:
    """What a right answer holds: groups by « ; », alternatives by « | »."""
    found = (
        tuple(form.strip() for form in group.split("|") if form.strip())
        for group in re.split(r"\s+;\s+", text)
    )
    return tuple(group for group in found if group)
