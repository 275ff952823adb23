"""The words of a text in one form, so that they can be compared.

Not responsible for numbers (engine.guard.literals) or names (engine.guard.names).
"""

from __future__ import annotations

import re

from engine.guard.spelling import normalise

STOP = frozenset(
    """a an and are as at be been but by can could do does did for from had has have how if in into
    is it its may might must of on or shall should so such than that the their them then there these
    they this those to was were what when where which while who whom whose why will with would yes
    no not also both each i my me we our you your""".split()
)
"""Words that say nothing about a topic."""

_TOKEN = re.compile(r"[^\W_][\w./+-]*[\w+]|\w")
_DIGIT = re.compile(r"\d")
_SUFFIXES = "ations ation ings ing ions ion ies es ed s e y".split()


def words(text: str) -> list[str]:
    """Content words, lower case, lightly stemmed, in order."""
    return stems(normalise(text))


def stems(text: str) -> list[str]:
    """The same of a text that is normalised already."""
    found = (token.lower() for token in _TOKEN.findall(text))
    return [stem(token) for token in found if token not in STOP]


def stem(token: str) -> str:
    """A word without its ending; identifiers and short words stay."""
    if _DIGIT.search(token) or len(token) < 4:
        return token
    for suffix in _SUFFIXES:
        if token.endswith(suffix) and len(token) - len(suffix) >= 3:
            return token.removesuffix(suffix)
    return token
