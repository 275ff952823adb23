"""Whether a question leans on the one before it. Pure: decided by its words alone.

A question that stands alone must never be changed, so in doubt it stands alone. It leans where it
points back («its», «that timer»), where it is a piece of a question («and the O-CU-UP?», «why?»),
or where it asks for something of nothing («what is the default port?»).
Not responsible for writing it anew (engine.followup_swap, engine.roles.restate).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from engine.followup_words import (
    FUNCTION,
    GENERAL,
    VERBS,
    Token,
    is_attribute,
    is_general,
    is_name,
    names,
    singular,
    tokens,
)

LONGEST: Final = 25
"""Words. A longer question says itself what it is about."""

_JOIN = re.compile(
    r"(?:and|or|but|so|then|also|ok|okay|well|now|thanks|right|hm+)\b[,;:.]*\s*(?:then,?\s+)?", re.I
)
_ABOUT = re.compile(
    r"(?:what|how) about\b[,:]?\s*|(?:the )?same (?:for|with)\s+|i mean[t]?\b[,:]?\s*", re.I
)
_WHOLE = re.compile(
    r"(?:why|why not|how|how so|how come|when|where|who|which|which ones?|since when|how many"
    r"|how much|how long|how fast|how often|how far|by whom|what for|what else|anything else"
    r"|for example|(?:an |any |some )?examples?|(?:tell me |say )?more(?: details?)?|go on|explain"
    r"|details?|in what way|what next|what then|like what|meaning|what happens (?:then|next)"
    r"|what does that mean|is that (?:all|so|right|true)|both|neither|instead)",
    re.I,
)
_EXPLETIVE = re.compile(
    r"\bit\s+(?:(?:is|was|be|not|ever|always|really)\s+)*"
    r"(?:true|possible|impossible|necessary|required|important|mandatory|allowed|recommended"
    r"|correct|common|safe|better|best|worth|known|said|useful|hard|easy|enough|takes?|costs?|say"
    r"|makes?)\b(?=.*\b(?:that|to|for|if|when|until|sense|which|how|[a-z]+ing)\b)"
    r"|\bis it (?:only |just )?(?:that\b|the\b.*\bthat\b|(?!used)\w+ that\b)"
    r"|\bit that\b|\bthat it (?:is|was) \w+ (?:to|that)\b|\bdo they call\b",
    re.I,
)
_POINTERS: Final = frozenset({"it", "its", "itself", "they", "them", "their", "theirs"})
_DEMONSTRATIVES: Final = frozenset({"this", "that", "these", "those"})
_BEFORE_THAT: Final = frozenset(
    """of for in on at by with about to from over than is are was does do did why how like after
    before under if when while once because unless""".split()
)
_HERE: Final = frozenset(
    """app application program tool terminal year month week day machine computer system knowledge
    collection document""".split()
)
"""«This app» points at what is on the desk, not at a question."""
_CLAUSE: Final = frozenset(
    """when if while because before after once until without and or but whose where that which who
    whether besides""".split()
)
_BREAK = re.compile(r"[.?!:;,](?=\s)|\s[-–—]+\s")
_INVERTED: Final = frozenset("do does did can could may might must should will would".split())
_AUXILIARIES: Final = _INVERTED | frozenset("is are was were be been has have had".split())
_BACK = re.compile(
    r"\bwhich (?:ones?\b(?!.*\bor\b)|of the two(?=\s*(?:\W*$|is\b|are\b|does\b|has\b|can\b)))"
    r"|\bthe (?:former|latter|other one|others)\b|\bthe other\W*$"
    r"|\bthe same\b(?=\s*(?:\W*$|apply|applies|hold|holds|true|go|goes|for\b))"
    r"|\b(?:instead|otherwise|afterwards|the other way round)\W*$",
    re.I,
)
_PREPOSITION = re.compile(
    r"(?:for|in|on|over|with|without|to|from|at|by|via|between|under|during|per|of"
    r"|compared (?:to|with)|versus|vs\.?|unlike|not)\b",
    re.I,
)
_OF_A_NAME = re.compile(r"[\w-]{3,} (?:of|for) (?:the |an? )?$", re.I)


def leans(question: str, earlier: str) -> bool:
    """Whether the question needs the one before it to be understood."""
    text, before = " ".join(question.split()), " ".join(earlier.split())
    if not text or not before or text.lower().strip("?! ") == before.lower().strip("?! "):
        return False
    if len(text.split()) > LONGEST:
        return False
    joined, rest = without_joins(text)
    if _WHOLE.fullmatch(rest.strip(" ?!.")):
        return True
    about = _ABOUT.match(rest)
    if about:
        rest = rest[about.end() :]
        return bool(tokens(rest)) and (points_back(rest) or not _says_both(rest))
    return points_back(rest) or _lacks(rest, joined=joined)


def without_joins(text: str) -> tuple[bool, str]:
    """Whether it begins with «and», «but», «ok, so»; and what follows those."""
    rest = text.lstrip(" ,.")
    while match := _JOIN.match(rest):
        if match.end() == len(rest):
            break
        rest = rest[match.end() :]
    return rest != text.lstrip(" ,."), rest


def without_about(text: str) -> str:
    """What follows «what about»."""
    match = _ABOUT.match(text)
    return text[match.end() :] if match else text


def points_back(text: str) -> bool:
    """Whether a word stands for something that the text itself does not name before it."""
    plain = _EXPLETIVE.sub(" ", text)
    words = tokens(plain)
    breaks = [match.end() for match in _BREAK.finditer(plain)]
    back = _BACK.search(plain)
    if back and not any(_names_thing(word, index) for index, word in enumerate(words)
                        if word.start < back.start()):  # fmt: skip
        return True
    for at, word in enumerate(words):
        # What was said before a full stop, a comma or a dash is what is pointed at.
        said = max((end for end in breaks if end <= word.start), default=0)
        if any(_says(other) for other in words[:at] if other.end <= said):
            return False
        if (
            (word.low in _POINTERS and not _named_before(words, at))
            or (word.low in _DEMONSTRATIVES and _demonstrates(words, at))
            or (word.low == "there" and _place(words, at))
        ):
            return True
    return False


def _named_before(words: Sequence[Token], at: int) -> bool:
    """Whether a pronoun can mean something that stands before it in the same question."""
    before, low = words[:at], words[at].low
    if any(word.low in _CLAUSE for word in before[1:]) and any(map(_says, before)):
        return True
    # «Does the O-DU use it?»: an object is never the subject of its own clause.
    if low in ("it", "them") and at == len(words) - 1:
        return False
    if any(is_name(word.text, first=index == 0) for index, word in enumerate(before)):
        return True
    if any(
        word.low in ("the", "a", "an", "each", "every") and _thing(words, index + 1, at)
        for index, word in enumerate(before)
    ):
        return True
    if low not in ("its", "their", "itself", "they"):
        return False
    # «How does beamforming choose its weights?», «Which node sends its reports?», but not
    # «Which port does it use?» and not «What is its port?».
    turned = [index for index, word in enumerate(before) if word.low in _AUXILIARIES]
    if turned:
        return any(map(_says, before[turned[0] + 1 :]))
    if before and before[0].low in ("which", "what", "whose"):
        return _thing(words, 1, at)
    return any(map(_says, before)) or (bool(before) and before[0].low == "who")


def _says(word: Token) -> bool:
    """Whether a word can be a thing."""
    return word.low not in FUNCTION | VERBS


def _names_thing(word: Token, index: int) -> bool:
    return is_name(word.text, first=index == 0) or word.low == "one" or not is_general(word.low)


def _thing(words: Sequence[Token], start: int, end: int) -> bool:
    """Whether the words say a thing, up to the first that cannot belong to it."""
    for word in words[start:end]:
        if word.low in FUNCTION or word.low in VERBS:
            return False
        if not is_attribute(word.low) and word.low not in GENERAL:
            return True
    return False


def _demonstrates(words: Sequence[Token], at: int) -> bool:
    """Whether «this», «that», «these» or «those» points at something said before."""
    word, following = words[at].low, words[at + 1].low if at + 1 < len(words) else ""
    previous = words[at - 1].low if at else ""
    if singular(following) in _HERE or following == "of":
        return False
    if word == "those" and following in ("who", "that", "which"):
        return False
    if following and singular(following) in {singular(each.text) for each in words[:at]}:
        return False
    if word != "that":
        return True
    if at and previous not in _BEFORE_THAT:
        return False
    # «Is it known that the …», «how is that done»: a clause begins with what it is about.
    begins = following in ("the", "a", "an", "all", "every", "it", "they", "there")
    return not (begins or (following and is_name(words[at + 1].text))) or previous in ("is", "was")


def _place(words: Sequence[Token], at: int) -> bool:
    """Whether «there» is a place: not «is there», «there are»."""
    around = {word.low for word in (*words[max(0, at - 1) : at], *words[at + 1 : at + 2])}
    if around & {"is", "are", "was", "were", "be", "been", "s", "exist", "exists"}:
        return False
    return not any(is_name(word.text, first=i == 0) for i, word in enumerate(words[:at]))


def _lacks(text: str, *, joined: bool) -> bool:
    """Whether the question is a piece of one, or asks for something of nothing."""
    words = tokens(text)
    if not words:
        return False
    named = any(is_name(word.text, first=_capital(index)) for index, word in enumerate(words))
    asks = _asks(words)
    if not asks and len(words) <= 5 and (joined or _PREPOSITION.match(text)):
        return not _says_both(text)
    if named or any(not is_general(word.low) for word in words):
        return False
    if not asks and words[0].low in ("which", "what", "how", "whose"):
        return len(words) <= 4
    wanted = [index for index, word in enumerate(words) if is_attribute(word.low)]
    if not asks:
        return bool(wanted) and len(words) <= 3
    if words[0].low == "how" and words[1].low in ("many", "much", "long", "often", "fast"):
        return not any(word.low in ("a", "an", "of") for word in words)
    # A bare «What is latency?» asks for the word; «what is the latency?» for somebody's.
    return any(_definite(words, index) for index in wanted) or (joined and bool(wanted))


def _asks(words: Sequence[Token]) -> bool:
    """Whether there is a verb. «The report» and «E2 setup» hold none, whatever the words can be."""
    if any(word.low in _AUXILIARIES for word in words):
        return True
    noun = words[0].low in ("the", "a", "an") or is_name(words[0].text, first=True)
    return not noun and any(word.low in VERBS for word in words)


def _definite(words: Sequence[Token], at: int) -> bool:
    """Whether the attribute ends «the …», «which …»: «the port», not «the port numbers»."""
    if at + 1 < len(words) and _says(words[at + 1]):
        return False
    return any(
        word.low in ("the", "which", "what", "whose", "many", "much")
        and all(map(_says, words[index + 1 : at]))
        for index, word in enumerate(words[:at])
    )


def _says_both(text: str) -> bool:
    """Whether a piece names a thing and what is asked of it: «the latency of E2», «E2 latency»."""
    words, found = tokens(text), names(text)
    wanted = any(is_attribute(word.low) for word in words)
    asks = words[0].low in ("how", "why", "when", "where", "who", "which") and len(words) > 3
    return bool(found) and (wanted or asks or bool(_OF_A_NAME.search(text[: found[-1].start])))


def _capital(index: int) -> bool:
    """Whether a capital letter says nothing at this place."""
    return index == 0
