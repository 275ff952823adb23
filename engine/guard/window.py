"""The part of a passage that a claim can rest on: a few neighbouring sentences or rows.

A whole passage holds the values of many things; neighbours speak of one. Not responsible for what
the part proves (engine.guard.support).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.guard.literals import evidence
from engine.guard.text import words
from engine.retrieval.excerpt import without_sources
from engine.retrieval.sentences import sentences

WIDTH = 3
"""Units of the widest window that a single statement rests on."""
WIDEST = 8
"""The same for an answer that lists what stands in several items or rows."""

_LINE = re.compile(r"(?<=\n)")
_ROW = re.compile(r"^\s*[|+]")
_LONG = 60
"""Words of a sentence above which its lines are units of their own, as in a listing."""


@dataclass(frozen=True, slots=True)
class Window:
    """Neighbouring units of a passage."""

    text: str
    """Literally a part of the passage."""
    low: str
    """What literals are looked for in: its `evidence`, with what heads it (a table)."""
    words: frozenset[str]
    units: int


def windows(text: str) -> list[Window]:
    """All runs of one to WIDEST units, in order; a row of a table is read under its header."""
    parts = _units(without_sources(text))
    heads = _headers(parts)
    lows = [evidence(f"{head} {part}") for head, part in zip(heads, parts, strict=True)]
    said = [frozenset(words(part)) for part in parts]
    found = []
    for start, head in enumerate(heads):
        low, known = "", frozenset(words(head))
        for end in range(start, min(start + WIDEST, len(parts))):
            low, known = f"{low} {lows[end]}".strip(), known | said[end]
            piece = "".join(parts[start : end + 1]).strip()
            found.append(Window(piece, low, known, end + 1 - start))
    return found


def _units(text: str) -> list[str]:
    """Sentences and rows. What is blank belongs to a neighbour: nothing is left out."""
    units: list[str] = []
    for sentence in sentences(text):
        rows = "\n" in sentence and (_ROW.match(sentence) or len(sentence.split()) > _LONG)
        for part in _LINE.split(sentence) if rows else [sentence]:
            if units and not (part.strip() and units[-1].strip()):
                units[-1] += part
            else:
                units.append(part)
    return units if text.strip() else []


def _headers(units: Sequence[str]) -> list[str]:
    """For each unit the first row of the table that it is a row of, else nothing."""
    heads: list[str] = []
    current = ""
    for unit in units:
        if not _ROW.match(unit):
            current = ""
            heads.append("")
        elif not current:
            current = unit.strip()
            heads.append("")
        else:
            heads.append(current)
    return heads
