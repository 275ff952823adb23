"""Numbers with units, compared in code: a small model cannot tell that 3 s is more than 40 ms.

Pure functions. Not responsible for whether a passage holds a number (engine.guard.support).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.guard.spelling import normalise
from engine.guard.units import UNITS

_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_QUANTITY = re.compile(rf"(?<![\w.])(\d+(?:\.\d+)?)\s*({_UNIT})(?![\w/])")
_WANTED = re.compile(
    r"\b(?:longer|shorter|larger|bigger|smaller|wider|narrower|higher|lower|faster|slower|more"
    r"|less|fewer|longest|shortest|largest|biggest|smallest|highest|lowest|fastest|slowest"
    r"|differ\w*|compar\w+|versus|vs)\b",
    re.IGNORECASE,
)
_MORE = r"(?:longer|larger|bigger|wider|higher|greater|more|above|exceeds)"
_LESS = r"(?:shorter|smaller|narrower|lower|less|fewer|below|under)"
_CLAIM = re.compile(rf"\b(?P<more>{_MORE})\b|\b(?P<less>{_LESS})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit."""

    text: str
    dimension: str
    value: float
    """In the base unit of the dimension."""


def quantities(text: str) -> list[Quantity]:
    """All of a text, in order, each value once."""
    found: dict[tuple[str, float], Quantity] = {}
    for match in _QUANTITY.finditer(normalise(text)):
        dimension, size = UNITS[match[2]]
        value = float(match[1]) * size
        found.setdefault((dimension, value), Quantity(_spaced(match), dimension, value))
    return list(found.values())


def contradicts(claim: str) -> bool:
    """Whether a sentence orders two quantities that it names the wrong way round.

    «40 ms is longer than 3 s» does; where there are not exactly two comparable ones, or no
    «than» between them, nothing is said.
    """
    text = normalise(claim)
    found = quantities(claim)
    if len(found) != 2 or found[0].dimension != found[1].dimension or " than " not in text:
        return False
    order = _CLAIM.search(text)
    if order is None or re.search(r"\b(?:not|no)\b", text):
        return False
    between = text.find(" than ")
    first = _QUANTITY.search(text)
    if first is None or first.start() > between:
        return False
    more = found[0].value > found[1].value
    return more != (order["more"] is not None)


def compared(question: str, sentences: Sequence[str]) -> str:
    """Two quantities of an answer set against each other; empty where that was not asked.

    Also where the answer does not hold exactly two of one dimension that the question does not
    name itself.
    """
    if not _WANTED.search(question):
        return ""
    named = {(one.dimension, one.value) for one in quantities(question)}
    fresh = [q for q in quantities(" ".join(sentences)) if (q.dimension, q.value) not in named]
    by_dimension: dict[str, list[Quantity]] = {}
    for quantity in fresh:
        by_dimension.setdefault(quantity.dimension, []).append(quantity)
    pairs = [group for group in by_dimension.values() if len(group) == 2]
    if len(pairs) != 1:
        return ""
    large, small = sorted(pairs[0], key=lambda q: -q.value)
    if "level" in large.dimension or small.value == 0:
        return f"{large.text} is more than {small.text}."
    return f"{large.text} is {_times(large.value / small.value)} {small.text}."


def _times(ratio: float) -> str:
    shown = f"{ratio:.0f}" if ratio >= 10 or ratio == round(ratio) else f"{ratio:.1f}"
    return f"{shown} times" if shown != "1.0" else "a little more than"


def _spaced(match: re.Match[str]) -> str:
    return f"{match[1]} {match[2]}"
