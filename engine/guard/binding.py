"""Whether a value belongs to what the claim speaks of, or to its neighbour in the passage.

«The beacon timer runs for 3.5 s» has all its words in «The beacon timer runs for 40 ms. The guard
timer runs for 3.5 s.», and yet it is false. Both are compared clause by clause. Not responsible
for «respectively».
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.guard.literals import canonical, is_number, literals_in, occurs, unit_of
from engine.guard.text import stems
from engine.guard.units import dimension
from engine.guard.window import Window

_LABELLED = re.compile(r"\b(release|version|phase|clause|step) (\d+)(?![\w-]|\.\d)")
_AND = r"(?:,? and |,? or |, |[/~-]| to )"
_BORDER = re.compile(r"[;,:] |\b(?:and|but|while|whereas)\b")


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence that speaks of one thing, or a row of a table."""

    low: str
    """As literals are looked for in it."""
    words: frozenset[str]
    numbers: tuple[str, ...]


def said(claim: str) -> tuple[Clause, ...]:
    """The clauses of a claim that give a value; none where their order says what is whose."""
    if "respectively" in claim:
        return ()
    parts = [part for line in claim.splitlines() for part in _split(canonical(line))]
    return tuple(part for part in map(_clause, parts) if part.numbers)


def known(windows: Sequence[Window]) -> tuple[Clause, ...]:
    """The clauses of a passage. A row of a table is read under its header and is one."""
    return tuple(
        _clause(part, window.words if "|" in window.low else None)
        for window in windows
        if window.units == 1
        for part in _split(window.low)
    )


def belongs_elsewhere(
    claim: Sequence[Clause], passage: Sequence[Clause], place: frozenset[str]
) -> bool:
    """Whether a value of a claim stands beside something else than in the claim.

    The clause of the passage that holds it then has a rival of the same kind of value, which holds
    every word that the two have in common, and at least one more of the claim.
    """
    return any(_elsewhere(clause, passage, place) for clause in claim)


def mislabelled(claim: str, passage: str) -> bool:
    """Whether a `canonical` claim says «release 17» where the passage has only other releases."""
    return any(
        re.search(rf"\b{noun}s?[ -]\d", passage)
        and not re.search(rf"\b{noun}s?[ -](?:[\w.]+{_AND}){{0,8}}{number}\b", passage)
        for noun, number in _LABELLED.findall(claim)
    )


def _elsewhere(clause: Clause, passage: Sequence[Clause], place: frozenset[str]) -> bool:
    topic = {word for word in clause.words if not is_number(word)} - place
    holding = [p for p in passage if all(occurs(number, p.low) for number in clause.numbers)]
    kinds = {dimension(unit_of(number)) for number in clause.numbers}
    rivals = [
        p
        for p in passage
        if any(dimension(unit_of(number)) in kinds for number in p.numbers)
        and not any(occurs(number, p.low) for number in clause.numbers)
    ]
    return bool(holding) and all(
        topic & own.words and any(topic & p.words > topic & own.words for p in rivals)
        for own in holding
    )


def _split(low: str) -> list[str]:
    return [low] if "|" in low else [part for part in _BORDER.split(low) if part.strip()]


def _clause(low: str, known_words: frozenset[str] | None = None) -> Clause:
    numbers = tuple(one for one in literals_in(low) if is_number(one))
    return Clause(low, frozenset(stems(low)) if known_words is None else known_words, numbers)
