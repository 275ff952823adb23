"""Invented names: words, acronyms, type numbers and message names, disjoint between splits.

A name belongs to one split for ever: by its first syllable where it is a word, else by its hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from random import Random
from typing import Literal

Split = Literal["training", "held_out", "evaluation"]
Draw = Callable[[], str]
SPLITS: tuple[Split, ...] = ("training", "held_out", "evaluation")

_FIRST: dict[Split, tuple[str, ...]] = {
    "training": tuple(
        "tar mel vos kil bra dun fer gor hal jun lom nar pel quin ros sil tem ul ver wim zan "
        "bel cor dra em fal gris hol ir kan lu mor nes or pra rud sta tru ven yar".split()
    ),
    "held_out": tuple("ax bim cho dre fen gul ip kro lav mun oz pru".split()),
    "evaluation": tuple("aub bry cly dov esk flin gwe hux iv jor kny".split()),
}
_MIDDLE = tuple("a e i o u an en il or ar is u".split())
_LAST = tuple(
    "vo lin mer das ko tik ra bur net sol gam dor pix rin tal wick zo fane lor mund que sta "
    "vik ber cant dal".split()
)
_LETTERS = "ABCDEFGHIKLMNPQRSTVXZ"
_VERBS = tuple(
    "RESET HELLO READY CLOSE REPORT GRANT DENY PROBE SYNC HANDOFF START STOP ACK NACK QUERY "
    "UPDATE RELEASE JOIN LEAVE ALERT RESUME FLUSH".split()
)
_TAKEN = frozenset(
    "RAN RIC SMO CU DU RU UE MAC RLC PDCP SDAP RRC TCP UDP SCTP TLS NAS AMF SMF UPF GNB ENB LAA "
    "NSA SSB CSI IQ BFP DL UL KPI API ACK DIM NIL".split()
)
"""Acronyms that mean something already."""


def split_of(name: str) -> Split:
    """The split of an acronym or a number, by hash: eight, one and one of ten."""
    digit = hashlib.blake2b(name.encode(), digest_size=1).digest()[0] % 10
    return "held_out" if digit == 8 else "evaluation" if digit == 9 else "training"


def word(random: Random, split: Split) -> str:
    """«Tarvo», «Melinda»."""
    parts = [random.choice(_FIRST[split])]
    if random.random() < 0.45:
        parts.append(random.choice(_MIDDLE))
    return "".join([*parts, random.choice(_LAST)]).capitalize()


def acronym(random: Random, split: Split) -> str:
    """«MVX», «KPQAP»."""
    return _drawn(
        random, split, lambda: "".join(random.sample(_LETTERS, random.choice((3, 3, 4, 5))))
    )


def type_number(random: Random, split: Split) -> str:
    """«KX-14», «7-4y», «Q300»."""

    def draw() -> str:
        letters = "".join(random.sample(_LETTERS, random.choice((1, 2))))
        number = random.randint(2, 99)
        return random.choice(
            (
                f"{letters}-{number}",
                f"{letters}{number * 10}",
                f"{number % 9 + 1}-{random.randint(2, 9)}{random.choice('bdkwyz')}",
            )
        )

    return _drawn(random, split, draw)


def name(random: Random, split: Split) -> str:
    """Any of them; words are the most common."""
    kind = random.random()
    if kind < 0.62:
        return word(random, split)
    return acronym(random, split) if kind < 0.82 else type_number(random, split)


def message(random: Random, stem: str) -> str:
    """A message of the protocol or thing named `stem`: «MVX_RESET», «TARVO-HELLO»."""
    verb = random.choice(_VERBS)
    bare = "".join(letter for letter in stem if letter.isalnum())
    return random.choice((f"{bare.upper()}_{verb}", f"{bare.upper()}-{verb}", f"{bare} {verb}"))


def distinct(random: Random, split: Split, count: int, taken: Sequence[str] = ()) -> list[str]:
    """Names of which none is part of another."""
    found = list(taken)
    while len(found) < len(taken) + count:
        new = name(random, split)
        if not any(new.lower() in old.lower() or old.lower() in new.lower() for old in found):
            found.append(new)
    return found[len(taken) :]


def _drawn(random: Random, split: Split, draw: Draw) -> str:
    while True:
        new = draw()
        if split_of(new) == split and new not in _TAKEN:
            return new
