"""What the two searches see of a passage: its text under its title and headings.

The lexical form also holds the words of the path, and identifiers both in parts and in one piece:
"rmr_wh_open" is found as rmr, wh, open and rmrwhopen. Queries go through the same forms.
Not responsible for stemming and scores (the store's index).
"""

from __future__ import annotations

import re

from engine.retrieval.store import Chunk, Document

VERSION = 1
"""Raised when stored forms would differ; kept in the store."""

_COMPOUND = re.compile(r"\w+(?:[-_.:/+]+\w+)+")
_WORD = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LONGEST = 60
"""Longer runs are no words; the index leaves them out."""

# Words of questions that say nothing about their topic.
_NOISE = frozenset(
    "a about an and any are as at be between by can could did do does each explain few for from "
    "give given has have how i in into is it its just let many may me might much must my name of "
    "on or our please shall should show so some tell than that the their them then there these "
    "they this those to us use used uses using was we were what when where whether which while "
    "who whom whose why will with would you your".split()
)


def headings(document: Document, chunk: Chunk) -> str:
    """Title and section path in one line."""
    parts = [document.title, *chunk.section]
    return " > ".join(part for n, part in enumerate(parts) if part and part not in parts[:n])


def dense_text(document: Document, chunk: Chunk) -> str:
    """What is embedded."""
    return f"{headings(document, chunk)}\n{chunk.text}"


def lexical_text(document: Document, chunk: Chunk) -> str:
    """What the full-text index holds, space-separated."""
    return " ".join(
        [
            *words(document.source),
            *words(headings(document, chunk)),
            *words(chunk.text),
        ]
    )


def lexical_query(text: str) -> str:
    """The words of a question worth looking up; letters, digits and spaces only.

    Empty where nothing is left: there is then nothing to find by words.
    """
    found = words(text)
    telling = [word for word in found if word.lower() not in _NOISE]
    return " ".join(dict.fromkeys(telling))


def words(text: str) -> list[str]:
    """Words in order, each identifier also in one piece, each camelCase word also in parts."""
    found: list[str] = []
    for match in re.finditer(r"\S+", text):
        run = match.group()
        parts = _WORD.findall(run)
        found += parts
        for part in parts:
            humps = _HUMP.split(part)
            if len(humps) > 1:
                found += humps
        for compound in _COMPOUND.findall(run):
            joined = "".join(_WORD.findall(compound))
            if len(joined) <= _LONGEST:
                found.append(joined)
    return [word for word in found if len(word) <= _LONGEST]
