"""Comparing answers with what they should hold, by rules that are independent of the engine's.

The engine's own check is under test here, so nothing of it is used. Pure functions. Not
responsible for what is wanted of an answer (engine.bench.answers_judge).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

_CITATION: Final = re.compile(r"\[\d{1,3}(?:\s*[,;]\s*\d{1,3})*\]")
_DASHES: Final = re.compile("[\u2010-\u2015\u2212]")
_SPACES: Final = re.compile("[\\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_THOUSANDS: Final = re.compile("(?<=\\d)[,'\u2019\u202f\u2009](?=\\d{3}(?!\\d))")
_SPACED_THOUSANDS: Final = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_UNIT: Final = re.compile(
    r"(?<=\d)(?=(?:[kmgt]?hz|[nmµ]?s|min|h|[kmgt]?i?b|[kmgt]?bps|[kmgt]?bit/s|db[mic]?|[kcmµn]?m"
    r"|[mk]?w|v|%)(?![\w]))"
)
_MARKUP: Final = re.compile(r"\*\*|`")
_TOKEN: Final = re.compile(r"[^\s,;()\[\]{}«»\"“”'’!?|=<>]*\d[^\s,;()\[\]{}«»\"“”'’!?|=<>]*")
_LIST_MARK: Final = re.compile(r"^\s*\(?\d{1,2}[.)]\s+")
_DECLINE: Final = re.compile(
    r"not (?:(?:found|given|stated|mentioned|specified|provided|known)\b ?)?"
    r"(?:(?:in|by) (?:the|these) (?:passages?|documents?|texts?|context|findings))?$"
    r"|(?:the |these )?(?:passages?|documents?) (?:do|does|did) not\b"
    r"|(?:there is )?no (?:information|mention)\b"
    r"|(?:it|this|that) is not (?:mentioned|specified|stated|provided|given|known)\b"
)


def plain(text: str) -> str:
    """One spelling: lower case, single spaces, plain dashes, no marks, no separated thousands."""
    text = _THOUSANDS.sub("", _CITATION.sub(" ", text))
    text = _MARKUP.sub("", _DASHES.sub("-", text)).replace("\u00d7", "x").replace("\u03bc", "µ")
    return _UNIT.sub(" ", _SPACES.sub(" ", text).strip().lower())


def occurs(form: str, text: str) -> bool:
    """Whether `form` stands in `text`, both in any spelling.

    It starts where a word starts: «direct» is not in «indirect», but a stem is in its words. A
    form of up to three characters, or that ends in a number, an identifier with a digit or a unit,
    also ends where a word ends (a plural of letters is let through), and no digit follows or
    precedes behind a point or comma: «16» is not in «160», «1.16», «16.5» or «TS16», «no» not in
    «node», «30 m» not in «30 min». «16» is in «16 ms», «16ms» and «16-bit».
    """
    wanted = plain(form)
    if not wanted:
        return False
    exact = re.search(r"\d\w*$|\d [a-zµ]{1,2}$", wanted) is not None
    pattern = re.escape(wanted)
    if re.match(r"\w", wanted):
        pattern = r"(?<!\w)(?<!\d[.,])" + pattern
    if exact or len(wanted) <= 3:
        pattern += r"(?!\w)(?![.,]\d)" if exact else r"s?(?!\w)"
    return re.search(pattern, plain(text)) is not None


def held(text: str, groups: Sequence[Sequence[str]]) -> int:
    """How many groups have an alternative that occurs in the text."""
    return sum(any(occurs(form, text) for form in group) for group in groups)


def declines(text: str) -> bool:
    """Whether a text says no more than that the answer is not there."""
    return not (said := plain(text).strip(" .!\"'*")) or _DECLINE.match(said) is not None


def unheld(sentence: str, sources: Iterable[str]) -> tuple[str, ...]:
    """Tokens with a digit that stand in a sentence and in none of the sources.

    «10-1000» may be held as its two numbers and «E2-node» as «E2»; every other token must occur
    whole. Thousands may be separated by a space on one side only.
    """
    text = plain(_LIST_MARK.sub("", sentence))
    sources = [plain(source) for source in sources]
    joined = _SPACED_THOUSANDS.sub("", text)
    spaced = [*sources, *(_SPACED_THOUSANDS.sub("", source) for source in sources)]
    return min(_missing(text, sources), _missing(joined, spaced), key=len)


def _missing(text: str, sources: Sequence[str]) -> tuple[str, ...]:
    tokens = (token.strip(".:-/+*~&") for token in _TOKEN.findall(text))
    return tuple(dict.fromkeys(t for t in tokens if t and not _anywhere(t, sources)))


def _anywhere(token: str, sources: Sequence[str]) -> bool:
    if any(_whole(token, source) for source in sources):
        return True
    parts = [part for part in re.split(r"[-/]", token) if re.search(r"\d", part)]
    if parts == [token] or (len(parts) > 1 and not all(map(_is_number, parts))):
        return False
    return all(any(_whole(part, source) for source in sources) for part in parts)


def _whole(token: str, source: str) -> bool:
    pattern = rf"(?<!\w)(?<!\d[.,]){re.escape(token)}(?!\w)(?![.,]\d)"
    return re.search(pattern, source) is not None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d[\d.]*", text) is not None
