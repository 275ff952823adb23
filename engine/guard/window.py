"""The part of a passage that a claim can rest on: a few neighbouring sentences or rows.

A whole passage holds the values of many things; neighbours speak of one. Not responsible for what
the part proves (engine.guard.support).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.guard.text import normalise, words
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
    """Its words as they are compared: normalised, lower case, with what heads them (a table)."""
    words: frozenset[str]
    units: int


def windows(text: str) -> list[Window]:
    """All runs of one to WIDEST units, in order; a row of a table is read under its header."""
    parts = [part for part in _units(without_sources(text)) if part.strip()]
    heads = _headers(parts)
    found = []
    for start in range(len(parts)):
        for count in range(1, min(WIDEST, len(parts) - start) + 1):
            piece = "".join(parts[start : start + count]).strip()
            read = f"{heads[start]} {piece}" if heads[start] else piece
            low = normalise(read).lower()
            found.append(Window(piece, low, frozenset(words(read)), count))
    return found


def _units(text: str) -> list[str]:
    units: list[str] = []
    for sentence in sentences(text):
        rows = "\n" in sentence and (_ROW.match(sentence) or len(sentence.split()) > _LONG)
        units += _LINE.split(sentence) if rows else [sentence]
    return units


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
