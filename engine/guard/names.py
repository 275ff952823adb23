"""Names in a text: acronyms, identifiers in mixed case, words that are capitalised by themselves.

A name counts as held where the text has it in any case, in the plural, with other hyphens, or by
its expansion in the glossary. Not responsible for numbers (engine.guard.text.literals).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.guard.text import STOP, normalise

_TOKEN = re.compile(r"[^\s,;:()\[\]{}«»\"'`*|<>=?!]+")
_CAPITAL = re.compile(r"(?<=[a-z,;:(] )[A-Z][a-z]{2,}[\w-]*")
"""A capital in the middle of a sentence."""
_UNIT = re.compile(r"[kMGT]?Hz|[kMGT]i?B|[kMGT]?bps|dB\w?|I")
_SEPARATOR = re.compile(r"[\s/_-]+")


def names(text: str) -> list[str]:
    """Names of the text as they are written, each once, in order."""
    text = normalise(text)
    found = [(m.start(), m[0]) for m in _CAPITAL.finditer(text)]
    found += [(m.start(), m[0].strip(".-/+")) for m in _TOKEN.finditer(text) if _is_name(m[0])]
    return list(dict.fromkeys(name for _, name in sorted(found) if name.lower() not in STOP))


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
    return [squeezed(form).strip() for form in forms]


def _has(text: str, form: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(form)}(?:s|es)?(?!\w)", text) is not None
