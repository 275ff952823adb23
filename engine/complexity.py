"""How much a question asks for: kind, U_max and why, from its words alone.

Not responsible for what the policy makes of it. The kinds and their U come from the published
ARGO; the figures in `KINDS` are its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Label = Literal["simple", "medium", "complex"]

SIMPLE = 0.45
MEDIUM = 0.70
"""Largest U_max of a simple and of a medium question."""

# First match wins, so the most demanding kinds come first.
KINDS: tuple[tuple[str, float, re.Pattern[str]], ...] = tuple(
    (kind, u_max, re.compile(pattern, re.IGNORECASE))
    for kind, u_max, pattern in (
        (
            "multi-hop",
            0.90,
            r"\b(relat\w+ between|interact\w* (with|between)|end.to.end"
            r"|from .{3,60} to .{3,60} via)\b",
        ),
        (
            "analytical",
            0.85,
            r"\b(analy[sz]e|evaluate|trade.?offs?|implications?|impact of|assess|pros and cons)\b",
        ),
        (
            "comparative",
            0.80,
            r"\b(compar\w+|differ\w*|versus|vs\.?|as opposed to|advantages? .*\bover)\b",
        ),
        ("explanatory", 0.70, r"^\W*(why|explain|describe)\b|\bhow (do|does|is|are|can|did|was)\b"),
        ("procedural", 0.65, r"\b(steps?|procedure|how to|configure|set ?up|sequence of)\b"),
        (
            "yes/no",
            0.40,
            r"^\W*(is|are|does|do|did|can|could|may|must|should|will|has|have|was|were)\b",
        ),
        (
            "definition",
            0.35,
            r"^\W*(what (is|are)( the| an?)? [^,?]{1,40}\??$|define\b"
            r"|what does \S+ (stand for|mean))",
        ),
    )
)
FACTUAL = ("factual", 0.45)

_TERM = re.compile(r"\b(?:[A-Z][A-Za-z]*-?[A-Z0-9][\w.-]*|\w+_\w+|\d+\.\d\w*)\b")
_BORDER = re.compile(
    r",?\s+(?:and|or|as well as)\s+(?=(?:which|what|how|where|when|why|who)\b)"
    r"|(?<=\?)\s+(?=\S)|;\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Complexity:
    """What a question asks for."""

    kind: str
    label: Label
    u_max: float
    parts: int
    """Questions inside the question, at least 1."""
    gain: float
    """Multiplier of both gains: a simple question is advanced further by one finding."""
    step_share: float
    """Share of the configured steps that it may take."""
    why: str


def classify(question: str) -> Complexity:
    """Kind, label and U_max of a question."""
    kind, base = next(
        ((kind, u) for kind, u, pattern in KINDS if pattern.search(question)), FACTUAL
    )
    terms = len(set(_TERM.findall(question)))
    parts = len(split(question))
    words = len(question.split())
    extra = 0.05 * min(max(terms - 2, 0), 3) + 0.10 * (parts - 1) + (0.05 if words > 25 else 0.0)
    u_max = round(min(base + extra, 1.0), 2)
    label: Label = "simple" if u_max <= SIMPLE else "medium" if u_max <= MEDIUM else "complex"
    gain = {"simple": 1.15, "medium": 1.0, "complex": 0.85}[label]
    share = {"simple": 0.5, "medium": 0.8, "complex": 1.0}[label]
    why = f"{kind} question, {_count(terms, 'technical term')}, {_count(parts, 'part')}"
    return Complexity(kind, label, u_max, parts, gain, share, why)


def split(question: str) -> tuple[str, ...]:
    """The questions inside a question, in order; the question itself where there is one."""
    parts = tuple(part.strip() for part in _BORDER.split(question))
    return tuple(part for part in parts if len(part.split()) > 1) or (question,)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
