"""Sentence borders in technical English, without changing a character.

"7.2x", "3.5 ms", "O-RAN.WG4.CUS.0", "e.g. x" and URLs stay whole. Shared by the chunker and by
grounding. Not responsible for lengths (engine.retrieval.chunk).
"""

from __future__ import annotations

import re

# What may end a sentence: the mark, closing quotes or brackets, then white space.
_END = re.compile(r"[.!?…]+[\"'”’)\]»*_`]*(?=\s)")
# A blank line, or a line that starts a list item, ends a sentence whatever stands before it.
_BREAK = re.compile(r"\n[ \t]*\n\s*|\n(?=[ \t]*(?:[-*+•]|#\.|\(?\d{1,3}[.)])[ \t])")
_NEXT = re.compile(r"(\s+)[\"'“‘(\[«*_`]*(\S+)")
_LAST = re.compile(r"(\S+)$")

_NEVER = frozenset(
    "e.g i.e eg ie fig figs cf vs approx resp viz al eq eqs sec secs dr prof mr mrs "
    "incl excl ver rev chap app".split()
)
"""Abbreviations that are always followed by what they announce."""
_BEFORE_NUMBER = frozenset("no nos vol ch p pp rel min max ref refs cl clause tab art v".split())
"""Words that are abbreviations only in front of a number: "No. 5", but "No. It does not."."""


def sentences(text: str) -> list[str]:
    """Split a text into sentences; each keeps the white space that follows it.

    The concatenation of the result is `text`. An empty text has no sentences.
    """
    borders = sorted({*_breaks(text), *_ends(text)})
    starts = [0, *borders]
    stops = [*borders, len(text)]
    return [text[a:b] for a, b in zip(starts, stops, strict=True) if a < b]


def _breaks(text: str) -> list[int]:
    # Blank lines that open a text have no sentence in front of them.
    opening = len(text) - len(text.lstrip())
    return [found.end() for found in _BREAK.finditer(text) if found.end() > opening]


def _ends(text: str) -> list[int]:
    borders = []
    for mark in _END.finditer(text):
        following = _NEXT.match(text, mark.end())
        if following is None:
            continue  # only white space is left: it belongs to this sentence
        if _ends_here(text, mark, following.group(2)):
            borders.append(following.end(1))
    return borders


def _ends_here(text: str, mark: re.Match[str], following: str) -> bool:
    if not _can_start(following):
        return False
    if not mark.group().startswith(".") or mark.group().startswith(".."):
        return True
    last = _LAST.search(text, max(0, mark.start() - 40), mark.start())
    word = last.group(1).lstrip("\"'“‘([«*_`") if last else ""
    lowered = word.lower()
    if lowered in _NEVER:
        return False
    if lowered in _BEFORE_NUMBER and following[0].isdigit():
        return False
    if len(word) == 1 and word.isupper():
        return False  # an initial
    return not (word.isdigit() and _opens_line(text, mark.start() - len(word)))


def _can_start(word: str) -> bool:
    """Capitals, digits, quotes and marks start a sentence; of lower-case words only identifiers."""
    return not word[0].islower() or bool(re.search(r"[_(/\d]|\w-\w|[a-z][A-Z]", word))


def _opens_line(text: str, at: int) -> bool:
    """Whether a number is the first thing on its line, as in "1. Install"."""
    return not text[text.rfind("\n", 0, at) + 1 : at].strip()
