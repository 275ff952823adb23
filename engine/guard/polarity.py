"""Whether a claim says the opposite of its evidence: one denies what the other states, or uses the
opposite word.

Cheap and careful: it speaks up only where one of the two has no denial at all, or where the
evidence knows nothing but the opposite. Not responsible for who does what to whom in general.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.guard.spelling import normalise
from engine.guard.text import STOP, stem

_LEADING = re.compile(r"\A\W*(?:yes|no)[,.;:]", re.IGNORECASE)
_SPELLED = (
    (re.compile(r"n't\b|\bcannot\b"), " not"),
    (re.compile(r"<=|≤|=<"), " at-most "),
    (re.compile(r">=|≥|=>"), " at-least "),
    (re.compile(r"<(?=\s*\d)|\b(?:less|fewer|lower|shorter|smaller) than\b|\bbelow\b"), " under "),
    (re.compile(r">(?=\s*\d)|\b(?:more|greater|higher|longer|larger) than\b|\babove\b"), " over "),
    (re.compile(r"\b(?:at (?:the )?most|no over|not over|not exceed\w*|up to)\b"), " at-most "),
    (re.compile(r"\b(?:at (?:the )?least|no under|not under)\b"), " at-least "),
    (re.compile(r"\bnot (?=only\b|just\b|necessarily\b)"), " "),
)
_DENIAL = frozenset("not no never without nor neither none lacks lack lacking nothing".split())
_SOFT = frozenset(
    """only except unless instead rather but unlike prevent prevents avoid avoids avoiding forbid
    forbids forbidden prohibited ignore ignores ignored fail fails failed failing reject rejects
    rejected unable optional missing free absent stop stops omit omits omitted skip
    skips less exclude excludes excluded beyond before too hardly rarely seldom lost""".split()
)
"""Evidence with one of these may deny in its own way."""
_BORDER = frozenset(
    ", ; : . ( ) and but or while whereas because which that so if when than".split()
)
_TOKEN = re.compile(r"[^\W_][\w./+-]*\w|\w|[,;:.()]")
_PREFIX = re.compile(r"(?:non-?|un)(?=[a-z]{5})")
_REACH = 2
"""Content words behind a denial that it denies."""


def _opposites() -> dict[str, frozenset[str]]:
    """By stem: the stems that say the opposite."""
    pairs = (
        "mandatory required compulsory / optional",
        "enabled enable enables / disabled disable disables",
        "increase increases increasing / decrease decreases decreasing reduce reduces reducing",
        "raise raises / lower lowers",
        "maximum max / minimum min",
        "at-most / at-least",
        "under / over",
        "uplink / downlink",
        "before / after",
        "always / never",
        "allowed permitted / forbidden prohibited disallowed",
        "synchronous / asynchronous",
        "static / dynamic",
        "encrypts / decrypts",
        "compresses compression / decompresses decompression",
        "northbound / southbound",
        "ingress / egress",
        "inbound / outbound",
        "client / server",
        "longest / shortest",
        "highest / lowest",
        "largest / smallest",
        "fastest / slowest",
        "first / last",
        "accepts accepted / rejects rejected",
        "succeeds success / fails failure",
        "persistent / volatile",
        "upper / lower",
        "internal / external",
        "public / private",
        "high / low",
        "centralised / distributed",
        "master / slave",
    )
    found: dict[str, frozenset[str]] = {}
    for pair in pairs:
        left, right = (frozenset(map(stem, side.split())) for side in pair.split(" / "))
        for one, other in ((left, right), (right, left)):
            for word in one:
                found[word] = found.get(word, frozenset()) | other
    return found


_OPPOSITES = _opposites()


@dataclass(frozen=True, slots=True)
class _Read:
    """Stems of a text, by whether a denial reaches them."""

    order: tuple[str, ...]
    stated: frozenset[str]
    denied: frozenset[str]
    denies: bool
    soft: bool
    """Whether it holds a word that may deny in its own way."""


def opposed(claim: str, evidence: str) -> bool:
    """Whether the claim denies what the evidence states, says its opposite, or swaps opposites."""
    said, known = _read(_LEADING.sub("", claim)), _read(evidence)
    if not said.denies and said.stated & (known.denied - known.stated):
        return True
    if not known.denies and not known.soft and (said.denied - said.stated) & known.stated:
        return True
    if said.denies or known.denies:
        return False
    if _swapped(said.order, known.order):
        return True
    return any(
        opposites & known.stated and not opposites & said.stated
        for word, opposites in _OPPOSITES.items()
        if word in said.stated and word not in known.stated
    )


def _swapped(said: Sequence[str], known: Sequence[str]) -> bool:
    """Whether two opposites have changed places: hub client, node server; node client, hub server.

    Both are swapped only where each has the neighbour that the other has in the evidence.
    """
    for step in (-1, 1):
        mine, theirs = _neighbours(said, step), _neighbours(known, step)
        for one in mine:
            for other in _OPPOSITES[one] & mine.keys():
                crossed = mine[one] == theirs.get(other) and mine[other] == theirs.get(one)
                if crossed and mine[one] != mine[other]:
                    return True
    return False


def _neighbours(order: Sequence[str], step: int) -> dict[str, str]:
    """By opposite: the word next to it, where it occurs once."""
    return {
        word: order[at + step]
        for at, word in enumerate(order)
        if word in _OPPOSITES and 0 <= at + step < len(order) and order.count(word) == 1
    }


def _read(text: str) -> _Read:
    low = normalise(text).lower()
    for pattern, spelled in _SPELLED:
        low = pattern.sub(spelled, low)
    order, stated, denied = list[str](), set[str](), set[str]()
    denies, soft, reach = False, False, 0
    for token in _TOKEN.findall(low):
        if token in _DENIAL:
            denies, reach = True, _REACH
        elif token in _BORDER:
            reach = 0
        elif bare := _PREFIX.match(token):
            denies = True
            denied.add(stem(token[bare.end() :]))
        elif token not in STOP:
            order.append(stem(token))
            (denied if reach else stated).add(order[-1])
            reach = max(0, reach - 1)
        soft = soft or token in _SOFT
    return _Read(tuple(order), frozenset(stated), frozenset(denied), denies, soft)
