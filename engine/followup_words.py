"""The words that a follow-up question is told by, and the names in a question. Pure.

Not responsible for deciding (engine.followup) or for rewriting (engine.followup_swap).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_TOKEN = re.compile(r"[^\W_][\w./+-]*[\w+]|\w")

FUNCTION: Final = frozenset(
    """a an and any are as at be been between both but by can could did do does doing done for from
    had has have he how i if in into is it its me may might must my no not of on one ones or our
    over please shall she should so some such than that the their them then there these they this
    those to up us was we were what when where which while who whom whose why will with would yes
    you your all also only each every about under per through via within during after before until
    always ever else instead just still too very much many more most less least long often fast
    far few other others another again exactly and/or s t re ve ll d m""".split()
)
"""Words that ask for nothing by themselves."""

VERBS: Final = frozenset(
    """is are was were be been does do did can could may might must should will would shall has have
    had use uses used using need needs needed require requires required mean means meant define
    defined defines set sets give given gives call called carry carried carries send sent sends
    measure measured compute computed calculate calculated configure configured choose chosen
    support supported supports specify specified specifies allow allowed allows change changed
    changes happen happens work works make made apply applies run runs take takes stand stands
    differ differs matter start started stop stopped expire expires connect connects get gets
    exchange exchanged handle handled host hosted hosts store stored report reported name named
    explain describe compare list show tell maintain maintains maintained own owns write writes
    written publish published create creates created provide provides provided contain contains
    include includes included decide decides decided control controls controlled manage manages
    managed limit limits limited protect protects protected restart restarts restarted trigger
    triggers triggered""".split()
)
"""Verbs that say little of what is asked about."""

JOINING: Final = (FUNCTION | VERBS) - frozenset(
    """use uses control controls report reported limit limits limited set name change changes work
    list store host trigger connect start defined run""".split()
)
"""What cannot stand inside the name of a thing: «control plane» is one, «timer does» is not."""

ATTRIBUTES: Final = frozenset(
    """latency delay jitter bandwidth throughput rate port protocol role purpose task job goal aim
    format encoding syntax structure content contents size length width depth range maximum minimum
    limit bound threshold default value unit number amount count frequency period interval duration
    timeout lifetime accuracy precision tolerance budget requirement name abbreviation acronym
    meaning definition version date year owner author type kind category example
    part component element field parameter setting level priority class state status mode error
    cause reason effect impact advantage benefit drawback disadvantage risk cost price consumption
    capacity overhead location place position direction order difference similarity alternative
    usage
    responsibility capability feature property detail step""".split()
)
"""What is asked of a thing, singular."""

HEADS: Final = frozenset(
    """interface node hub timer plane controller unit protocol service model layer message procedure
    function profile network stack server client agent link platform specification standard
    document""".split()
)
"""What kind of thing a name is of, singular: «E2 interface», «service model»."""

TAILS: Final = HEADS | frozenset(
    """policy section split band carrier cell framework app application indication report
    subscription certificate scheduler gateway cluster site alliance release""".split()
)
"""What may follow a name besides; alone, such a word is about something."""

GENERAL: Final = frozenset(
    """main major typical exact same different new old next first last second whole total full short
    long overall usual normal actual current common possible important good bad highest lowest best
    worst default maximum minimum max min average""".split()
)
"""Adjectives that name nothing."""

BACKGROUND: Final = frozenset({"o-ran", "oran", "ran", "3gpp", "open ran"})
"""Names that a question is set in, seldom what it asks about."""

_INTERFACE = re.compile(r"(?:[a-z]\d{1,2}(?:ap|-[a-z]+)?|x[n2]|n\d{1,2}|ng|uu|xn-?[cu]?)")
_COMPONENT = re.compile(
    r"(?:o-)?(?:r|d|c)u(?:-[cu]p)?s?|(?:ng-|o-|en-)?[eg]nbs?|ues?|o-cloud"
    r"|(?:(?:non|near)-(?:rt|real-time) )?rics?|smo|du|cu|ru"
)
_GENERATION = re.compile(r"lte|nr|5g|4g|6g|3g|5g nr|lte-a|epc|5gc")


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a text and where it stands."""

    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        """In lower case."""
        return self.text.lower()


@dataclass(frozen=True, slots=True)
class Name:
    """A thing that a question names: «the E2 interface»."""

    name: str
    """The name alone: «E2»."""
    tail: str
    """What kind of thing it says it is: «interface»; often empty."""
    article: str
    start: int
    """Of the name, without its article."""
    name_end: int
    end: int

    @property
    def text(self) -> str:
        """Name and kind of thing."""
        return f"{self.name} {self.tail}".strip()

    @property
    def whole(self) -> str:
        """With its article, as a question goes on with it."""
        return f"{self.article} {self.text}".strip()

    @property
    def family(self) -> str:
        """Names of one family can stand for one another; empty where it is not known."""
        return family(self.name)


def tokens(text: str) -> list[Token]:
    """The words of a text."""
    return [Token(m[0], m.start(), m.end()) for m in _TOKEN.finditer(text)]


def singular(word: str) -> str:
    """A plain plural in the singular, in lower case."""
    low = word.lower()
    if low.endswith("ies") and len(low) > 4:
        return f"{low[:-3]}y"
    if low.endswith(("ses", "xes", "ches")):
        return low[:-2]
    return low[:-1] if low.endswith("s") and not low.endswith(("ss", "us", "is")) else low


def is_attribute(word: str) -> bool:
    """Whether a word asks for something of a thing."""
    return singular(word) in ATTRIBUTES or word.lower() in ATTRIBUTES


def is_head(word: str) -> bool:
    """Whether a word says what kind of thing a name is of."""
    return singular(word) in HEADS


def is_general(word: str) -> bool:
    """Whether a word could stand in a question about anything."""
    low = word.lower()
    return low in FUNCTION | VERBS | GENERAL or is_attribute(low) or is_head(low)


def is_name(word: str, *, first: bool = False) -> bool:
    """Whether a word is an identifier or a proper name. The first word is capitalised anyway."""
    if re.search(r"[\d_]", word):
        return not re.fullmatch(r"[\d.,]+", word)
    if re.match(r"(?:near|non)-(?:rt|real-time)|o-[a-z]", word):
        return True
    if word == "I" or (word.lower() in FUNCTION and not word.isupper()):
        return False
    return any(letter.isupper() for letter in (word[1:] if first else word))


def names(text: str) -> list[Name]:
    """The names of a text in order, each with the kind of thing that follows it."""
    found: list[Name] = []
    words = tokens(text)
    at = 0
    while at < len(words):
        if not is_name(words[at].text, first=_begins(text, words[at])):
            at += 1
            continue
        end = at + 1
        while end < len(words) and is_name(words[end].text) and _touch(text, words, end):
            end += 1
        tail = end
        while tail < min(len(words), end + 2) and singular(words[tail].text) in TAILS:
            if not _touch(text, words, tail):
                break
            tail += 1
        article = words[at - 1].low if at and words[at - 1].low in ("a", "an", "the") else ""
        found.append(
            Name(
                name=text[words[at].start : words[end - 1].end],
                tail=text[words[end].start : words[tail - 1].end] if tail > end else "",
                article=article,
                start=words[at].start,
                name_end=words[end - 1].end,
                end=words[tail - 1].end,
            )
        )
        at = tail
    return found


def things(text: str) -> list[Name]:
    """The names that a question can be about; those it is set in only where there is no other."""
    found = names(text)
    return [name for name in found if name.name.lower() not in BACKGROUND] or found


def family(name: str) -> str:
    """Names of one family can stand for one another; empty where it is not known."""
    low = name.lower()
    if _GENERATION.fullmatch(low):
        return "generation"
    if _COMPONENT.fullmatch(low):
        return "component"
    return "interface" if _INTERFACE.fullmatch(low) else ""


def literals(text: str) -> list[str]:
    """Identifiers, numbers and proper names, in lower case, as they must be kept."""
    return [
        token.low
        for token in tokens(text)
        if re.search(r"\d", token.text) or is_name(token.text, first=_begins(text, token))
    ]


def stem(word: str) -> str:
    """What the forms of a word share."""
    low = singular(word)
    for suffix in ("ing", "ed", "e"):
        if low.endswith(suffix) and len(low) - len(suffix) >= 4:
            return low.removesuffix(suffix)
    return low


def _begins(text: str, token: Token) -> bool:
    """Whether a sentence begins with the token."""
    return re.search(r"(?:^|[.?!:]\s|[«\"(])\W*$", text[: token.start]) is not None


def _touch(text: str, words: Sequence[Token], at: int) -> bool:
    return text[words[at - 1].end : words[at].start] == " "
