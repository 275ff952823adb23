"""Whether a claim answers *this* question: its entity, its attribute and its kind of value.

A true sentence about the right thing is the commonest wrong answer of a small model: asked for the
port of E1AP it gives that of E2AP, asked for a maximum it gives a default. Pure functions over
words; the weights were chosen on data (docs/guard.md). Not responsible for whether a passage holds
the claim (engine.guard.support).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.guard import names as naming
from engine.guard.literals import literals
from engine.guard.spelling import normalise
from engine.guard.text import words

_TIME = (
    r"\d\s*(?:[nmµu]?s|ms|sec\w*|min\w*|hours?|days?|milli\w*|micro\w*|nano\w*|slots?|symbols?)\b"
)
_NUMBER = r"(?<![\w.-])\d"
"""No part of a name: «E2AP uses a port» gives no number."""
_NUMERALS = r"\b(?:no|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|single|both)\b"

_KINDS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(given, re.IGNORECASE))
    for asked, given in (
        (
            r"\bhow long\b|\bhow often\b|\bhow fast\b|\bhow (?:many|much) "
            r"(?:milli|micro|nano)?(?:seconds|minutes|hours|time|ms)\b"
            r"|\bwh(?:at|ich) (?:interval|timeout|latency|time ?scale)\b",
            _TIME + r"|\b(?:immediately|forever|once|every|until|per)\b",
        ),
        (r"\bhow (?:many|much|far|large|big|wide)\b", _NUMBER + "|" + _NUMERALS),
        (
            r"\bport(?: number)?\b.*\b(?:which|what)\b|\b(?:which|what)\b[^?]{0,30}\bports?\b",
            _NUMBER,
        ),
        (r"\b(?:which|what) (?:year|release|version|number|value)\b", r"\d|" + _NUMERALS),
    )
)
"""What a question asks for, and what an answer of that kind holds."""

_QUALIFIERS: tuple[tuple[str, str], ...] = (
    (
        r"\bmax\w*|\bat most\b|\bupper limit\b|\blargest\b|\blongest\b|\bhighest\b|\blimit\b",
        r"\bmax\w*|\bat most\b|\bup to\b|\blimit\w*|\bno more than\b|\blargest\b|\blongest\b"
        r"|\bhighest\b|\bnot exceed\b|\bwithin\b|\bbelow\b|\bunder\b|\bless than\b|\bceiling\b"
        r"|\bbetween\b|\brange\b|\d\s*(?:to|-|\.\.)\s*\d",
    ),
    (
        r"\bmin\w*imum\b|\bat least\b|\bsmallest\b|\bshortest\b|\blowest\b|\bfewest\b",
        r"\bmin\w*|\bat least\b|\bsmallest\b|\bshortest\b|\blowest\b|\bor more\b|\bfewest\b"
        r"|\bbetween\b|\brange\b|\bneeds?\b|\brequir\w*"
        r"|\babove\b|\bmore than\b|\d\s*(?:to|-|\.\.)\s*\d",
    ),
    (r"\bdefault\w*", r"\bdefault\w*|\bunless\b|\bnormally\b|\bif (?:not|nothing|none)\b|\[|="),
    (
        r"\boptional\w*|\bmandatory\b|\brequired\b",
        r"\boptional\w*|\bmandatory\b|\brequir\w*|\bmust\b|\bmay\b|\bneed\w*|\bcan\b",
    ),
    (r"\bprice\w*|\bcosts?\b|\bfees?\b", r"\bprice\w*|\bcosts?\b|\bfees?\b|\bfree\b|[$€]"),
)
_RULES = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(given, re.IGNORECASE))
    for asked, given in _QUALIFIERS
)


# Chosen by tools/measure_guard.py on the questions that are not held out.
_SIMILARITY, _ENTITY, _ATTRIBUTE, _REST = 5.9, 1.4, 1.5, 5.6


@dataclass(frozen=True, slots=True)
class Relevance:
    """What speaks for a claim being an answer; shares are 0..1."""

    entity: float
    """Of the question's names, in the evidence or its place."""
    attribute: float
    """Of the question's other words, in the claim, the evidence or its place."""
    kind: bool
    """The claim holds a value of the kind that is asked for."""
    qualified: bool
    """What the question asks for as a maximum, default and so on, the evidence calls so."""


def relevance(
    question: str, claim: str, evidence: str, place: str, glossary: Mapping[str, str]
) -> Relevance:
    """`evidence`: the window that the claim rests on; `place`: title and headings above it."""
    near = f"{claim} {evidence}"
    around = f"{near} {place}"
    squeezed = naming.squeezed(around)
    named = entities(question)
    entity = [naming.holds(squeezed, name, glossary) for name in named]
    there = frozenset(words(around))
    rest = attribute_words(question, named)
    return Relevance(
        entity=_share(entity),
        attribute=_share([word in there for word in rest]),
        kind=all(
            given.search(normalise(claim)) for asked, given in _KINDS if asked.search(question)
        ),
        qualified=all(given.search(near) for asked, given in _RULES if asked.search(question)),
    )


def score(found: Relevance, similarity: float) -> float:
    """Probability that a claim answers, 0..1; `similarity`: cosine of question and claim.

    A logistic regression over written questions, their answers and other answers of the same
    section; a wrong kind of value or a missing «maximum» decides alone (docs/guard.md).
    """
    if not found.kind or not found.qualified:
        return 0.0
    weight = _SIMILARITY * similarity + _ENTITY * found.entity + _ATTRIBUTE * found.attribute
    return 1 / (1 + math.exp(_REST - weight))


def entities(question: str) -> list[str]:
    """Names and identifiers that a question is about."""
    found = [
        *naming.names(question),
        *(x for x in literals(question) if "_" in x or x[0].isalpha()),
    ]
    return list({naming.squeezed(name).strip(): name for name in found}.values())


def attribute_words(question: str, named: list[str]) -> list[str]:
    """The content words of a question that are no part of its names."""
    taken = frozenset(words(" ".join(named)))
    return [word for word in dict.fromkeys(words(question)) if word not in taken]


def _share(held: list[bool]) -> float:
    return sum(held) / len(held) if held else 1.0
