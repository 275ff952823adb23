"""Numbers and identifiers of a claim, and whether a passage holds them to the letter.

A number counts with its sign, its unit, its power and its range: «10 ms» is not held by «100 ms»,
«10 s», «-10 ms» or «7-10x». Not responsible for names (engine.guard.names).
"""

from __future__ import annotations

import re
import unicodedata

from engine.guard.spelling import normalise
from engine.guard.units import WRITTEN, measured, named_alone

_TOKEN = re.compile(
    r"(?:(?<![^\s(\[=<>|~:])-(?=\d)|[$€£] ?(?=\d))?[^\W_]"
    r"(?:(?:[\w./+^~-]|(?<=\d)[:,](?=\d)|::)*(?:[\w+]|::))?"
)
_DIGIT = re.compile(r"\d")
_BEGIN = r"(?<![\w.^~-])"
_N = r"-?\d+(?:\.\d+)?"
_RANGE = re.compile(
    rf"(?P<between>\bbetween )?{_BEGIN}(?P<low>{_N})(?P<first>[^\W\d]*)"
    rf"(?: ?(?:-|\.\.\.?) ?| to (?:about )?| and )(?P<high>{_N})(?P<last>[^\W\d]*)(?![\w-]|\.\d)"
)
_SIDE_BY_SIDE = re.compile(r"(?<![\w.])\d+(?:\.\d+)*(?: \d+(?:\.\d+)?)+(?![\d.])[a-z]*")
_AMOUNT = re.compile(
    r"\b(?:half|halves|quarter|double|triple|dozen|twice|thrice|hourly|daily|weekly|monthly|yearly"
    r"|once(?=[.,;]|$| per | an? | every | each )|first(?! ?,)|(?<=the )second)\b"
)
"""Words that say how much, how often or which one."""
_LIST = re.compile(
    rf"{_BEGIN}{_N}(?=(?:, {_N}){{0,12}},? (?:and|or) {_N}(?P<unit>[^\W\d]+)(?!\w|\.\d))"
)
_BARE = re.compile(rf"{_BEGIN}{_N}(?!\w|[.^:~-]\d| ?[^\W\d])")
"""A number that nothing follows which it could count."""
_SIGNED = frozenset(["", *" ([~=<>|:"])
"""What stands in front of a minus sign; behind anything else it is a hyphen."""
_BRACKETED = re.compile(rf"\(({_N})([^\W\d]*)\)")
_VALUE = re.compile(rf"({_N})([^\W\d]+)")
_PLAIN = re.compile(r"-?\d[\d.,:^-]*(?:\w{0,3})")


def canonical(text: str) -> str:
    """`text` as literals are looked for in it: lower case, units glued on, «10ms~20ms» a range."""
    text = measured(" ".join(normalise(text).split())).lower()
    if not _DIGIT.search(text):
        return text
    return _RANGE.sub(_range, _LIST.sub(_shared, text))


def evidence(text: str) -> str:
    """A sentence or row, `canonical`; what it counts in a unit that stands apart is added.

    Such as the cells below «Length (ms)», the 60 of «timer, in seconds (default 60)», or the 8 of
    «frame (4 bits), slot (8)».
    """
    low = canonical(text)
    found = [(n, unit) for unit in sorted(named_alone(text)) for n in _BARE.findall(low)]
    for unit in {unit for _, unit in _BRACKETED.findall(low) if unit in WRITTEN}:
        found += [(number, unit) for number, none in _BRACKETED.findall(low) if not none]
    return " ".join([low, *(f"; {number}{unit}" for number, unit in found)])


def literals(text: str) -> list[str]:
    """Numbers and identifiers of a text, each as it must occur in a `canonical` one."""
    return literals_in(canonical(text))


def literals_in(low: str) -> list[str]:
    """The same of a text that is `canonical` already."""
    found = [t for t in _TOKEN.findall(low) if _DIGIT.search(t) or "_" in t or "::" in t]
    return found + _SIDE_BY_SIDE.findall(low)


def amounts_in(low: str) -> list[str]:
    """Words of amount and all that is written outside ASCII, of a `canonical` text."""
    foreign = [] if low.isascii() else [token for token in low.split() if _is_foreign(token)]
    return _AMOUNT.findall(low) + foreign


def is_number(literal: str) -> bool:
    """A number or a range, perhaps with a unit: not an identifier."""
    return all(_PLAIN.fullmatch(one) or unit_of(one) for one in literal.split("~"))


def unit_of(literal: str) -> str:
    """The unit that a number is glued to, as `measured` writes it; empty where there is none."""
    found = _VALUE.fullmatch(literal)
    return found[2] if found and found[2] in WRITTEN else ""


def occurs(literal: str, text: str) -> bool:
    """Whether a `canonical` text has the literal, with nothing glued to it that changes it."""
    at = text.find(literal)
    while at >= 0:
        end = at + len(literal)
        before, after = text[max(0, at - 2) : at], text[end : end + 2]
        if not _glued_before(literal, before) and not _glued_behind(literal, after):
            return True
        at = text.find(literal, at + 1)
    return False


def _glued_before(literal: str, before: str) -> bool:
    if before[-1:].isalnum() or before[-1:] in ("_", ".", "^"):
        return True
    if not literal[0].isdigit() or before[-1:] not in ("-", ":"):
        return False
    # Behind a digit a hyphen makes one number of two (7-2x); behind a space it is a sign.
    return before[:-1].isdigit() or (before[-1] == "-" and before[:-1] in _SIGNED)


def _glued_behind(literal: str, after: str) -> bool:
    if after[:1].isalnum() or after[:1] in ("_", "^"):
        return True
    if after[:1] == ".":
        return after[1:].isdigit()
    return literal[-1].isdigit() and after[:1] in ("-", ":") and after[1:].isdigit()


def _shared(match: re.Match[str]) -> str:
    return match[0] + (match["unit"] if match["unit"] in WRITTEN else "")


def _range(match: re.Match[str]) -> str:
    first, last = match["first"], match["last"]
    joined = " and " not in match[0] or match["between"]
    if not joined or first not in ("", last) or (last and last not in WRITTEN):
        return match[0]
    if float(match["low"]) >= float(match["high"]):
        return match[0]
    return f"{match['low']}{last}~{match['high']}{last}"


def _is_foreign(token: str) -> bool:
    return any(not c.isascii() and unicodedata.category(c)[0] in "LNMC" for c in token)
