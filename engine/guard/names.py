"""Names in a text: acronyms, identifiers in mixed case, words that are capitalised by themselves.

A name counts as held where the text has it in any case, in the plural, with other hyphens, or by
its expansion in the glossary. Not responsible for numbers (engine.guard.literals).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.guard.spelling import normalise
from engine.guard.text import STOP

_TOKEN = re.compile(r"[^\s,;:()\[\]{}«»\"'`*|<>=?!]+")
_CAPITAL = re.compile(r"(?<=[a-z,;:(] )[A-Z][a-z]{2,}[\w-]*")
"""A capital in the middle of a sentence, where it is surely a name."""
_ANYWHERE = re.compile(r"(?<![\w.-])[A-Z][a-z]+(?:-?\w+)*")
_LETTERS = re.compile(r"\w")
_SUBJECT = re.compile(
    r"\W*(?P<name>[A-Z][a-z]+)"
    r"(?= (?:[a-z]+s|was|are|were|had|can|may|will|must|made|and)\b|'s\b|, (?:the|an?)\b)"
)
"""What a sentence begins with and speaks of."""
_COMMON = frozenset(
    """all another any anything each every everything few here it many more most much none nothing
    only other others several some someone something such there""".split()
)
_LETTER = re.compile(r"(?<=[a-z,)] )[A-Z](?![\w.'/-])")
"""A letter that tells kinds apart: category A, class B, type V."""
_IDENTIFIER = re.compile(
    r"`([^`\s]{1,80})`|(?<!\S)([a-z]\w*(?:-\w+){2,})|(?<!\S)([a-z][\w-]+(?:\.[a-z][\w-]+)+)"
    r"|(?<!\S)(/\w[\w.-]*(?:/[\w.-]+)+)|(?<!\S)(\w[^\s@:]*(?:://|@)[^\s),;]+)",
    re.IGNORECASE,
)
"""In ticks, with two hyphens, with a dot inside, a path, or an address."""
_UNIT = re.compile(r"[kMGT]?Hz|[kMGT]i?B|[kMGT]?bps|dB\w?|I")
_PLURAL = re.compile(r"(?:s|es)?(?!\w)")
_SEPARATOR = re.compile(r"[\s/_-]+")


def names(text: str) -> list[str]:
    """Names of the text as they are written, each once, in order."""
    text = normalise(text)
    found = [(m.start(), m[0]) for m in _CAPITAL.finditer(text)]
    found += [(m.start(), m[0].strip(".-/+")) for m in _TOKEN.finditer(text) if _is_name(m[0])]
    return list(dict.fromkeys(name for _, name in sorted(found) if name.lower() not in STOP))


def claimed(text: str) -> list[str]:
    """All that a claim may not make up: capitals wherever they stand, and identifiers."""
    found = [normalise(next(filter(None, some))) for some in _IDENTIFIER.findall(text)]
    text = normalise(text)
    first = _LETTERS.search(text)
    capitals = [m for m in _ANYWHERE.finditer(text) if first and m.start() > first.start()]
    found += [m[0] for m in capitals if m[0].lower() not in STOP or m[0] == "May"]
    return list(dict.fromkeys([*names(text), *(name.strip(".,;:-") for name in found)]))


def subject(text: str) -> str:
    """The noun that a sentence begins with, if it is one word; else empty."""
    found = _SUBJECT.match(normalise(text))
    return found["name"] if found and found["name"].lower() not in STOP | _COMMON else ""


def letters(text: str) -> frozenset[str]:
    """Single capitals behind a word: the B of «category B»."""
    return frozenset(_LETTER.findall(normalise(text)))


def holds(text: str, name: str, glossary: Mapping[str, str]) -> bool:
    """Whether `text`, as `squeezed`, has the name or what the glossary says it stands for."""
    return any(_has(text, form) for form in _forms(name, glossary))


def squeezed(text: str) -> str:
    """Lower case, with single spaces for hyphens, slashes and underscores."""
    return f" {_SEPARATOR.sub(' ', normalise(text)).lower()} "


def _is_name(token: str) -> bool:
    """A capital behind the first letter: xApp, E2AP, O-DU, NETCONF. Not numbers and units."""
    bare = token.strip(".-/+")
    return (
        len(bare) > 1
        and bare[0].isalpha()
        and any(letter.isupper() for letter in bare[1:])
        and not _UNIT.fullmatch(bare)
    )


def _forms(name: str, glossary: Mapping[str, str]) -> list[str]:
    bare = name.removesuffix("s") if len(name) > 2 else name
    forms = [name, bare]
    forms += [glossary[form] for form in (name, bare) if form in glossary]
    return [_SEPARATOR.sub(" ", form).strip().lower() for form in forms]


def _has(text: str, form: str) -> bool:
    at = text.find(form)
    while at >= 0:
        before, after = text[max(0, at - 1) : at], text[at + len(form) :][:3]
        if not (before.isalnum() or before in ("_", ".")) and _PLURAL.match(after):
            return True
        at = text.find(form, at + 1)
    return False
