"""Words, literals and names of a text in one spelling, so that they can be compared.

Not responsible for what they prove (engine.guard.support, engine.guard.relevance).
"""

from __future__ import annotations

import re

STOP = frozenset(
    """a an and are as at be been but by can could do does did for from had has have how if in into
    is it its may might must of on or shall should so such than that the their them then there these
    they this those to was were what when where which while who whom whose why will with would yes
    no not also both each i my me we our you your""".split()
)
"""Words that say nothing about a topic."""

_TOKEN = re.compile(r"[^\W_][\w./+-]*[\w+]|\w")
_DIGIT = re.compile(r"\d")
_COMMA_IN_NUMBER = re.compile(r"(?<=\d),(?=\d{3}\b)")
_UNIT_SPACE = re.compile(r"(?<=\d)\s+(?=(?:[kMG]?Hz|[nmµu]?s|[kMGT]i?B|[kMG]?bps|dBm?|[kcm]?m)\b)")
_PLAIN_NUMBER = re.compile(r"\d[\d.,]*\w{0,3}")
_SUFFIXES = "ations ation ings ing ions ion ies es ed s e y".split()


def normalise(text: str) -> str:
    """One spelling of spaces, dashes, thousands and units: «5 GHz» and «5GHz» are one."""
    text = text.replace("‑", "-").replace("–", "-").replace("\u00a0", " ").replace("×", "x")
    text = _COMMA_IN_NUMBER.sub("", text)
    return _UNIT_SPACE.sub("", text)


def words(text: str) -> list[str]:
    """Content words, lower case, lightly stemmed, in order."""
    found = (token.lower() for token in _TOKEN.findall(normalise(text)))
    return [stem(token) for token in found if token not in STOP]


def literals(text: str) -> list[str]:
    """Numbers and identifiers, lower case, as they must occur in a passage."""
    return [
        token.lower()
        for token in _TOKEN.findall(normalise(text))
        if _DIGIT.search(token) or "_" in token.strip("_")
    ]


def is_number(literal: str) -> bool:
    """A number, perhaps with a unit: not an identifier."""
    return _PLAIN_NUMBER.fullmatch(literal) is not None


def occurs(literal: str, text: str) -> bool:
    """Whether `literal` stands in `text` with no digit or letter glued to it. Both lower case."""
    return re.search(rf"(?<![\w.]){re.escape(literal)}(?!\w|\.\d)", text) is not None


def stem(token: str) -> str:
    """A word without its ending; identifiers and short words stay."""
    if _DIGIT.search(token) or len(token) < 4:
        return token
    for suffix in _SUFFIXES:
        if token.endswith(suffix) and len(token) - len(suffix) >= 3:
            return token.removesuffix(suffix)
    return token
