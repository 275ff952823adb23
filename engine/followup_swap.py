"""A follow-up written out in code, where it is certain what it leaves out. Pure.

«And the O-CU-UP?» puts its name in the place of the one name of that kind, «and its latency?» asks
for an attribute of the one thing that was asked about. Where two things fit, nothing is written.
Not responsible for whether a question is a follow-up (engine.followup).
"""

from __future__ import annotations

import re

from engine.complexity import split
from engine.followup import points_back, without_about, without_joins
from engine.followup_words import (
    JOINING,
    Name,
    is_attribute,
    is_general,
    is_head,
    names,
    singular,
    things,
    tokens,
)

_OWN = re.compile(r"(?:what(?:'s| is| are| was)\s+)?(?P<whose>its|their)\s+(?P<what>[^?]+)", re.I)
_LAST_OWN = re.compile(r"\b(?:its|their)\s+((?:[\w-]+\s+){0,2}[\w-]+)$", re.I)
_POINTER = re.compile(r"\b(it|its|they|them|their)\b", re.I)
_THE_SAME_KIND = re.compile(r"\b(?:the|this|that|these|those)\s+([\w-]+)\b", re.I)
_ELSEWHERE = re.compile(r"\b(?:there|this|that|these|those|one|same|other)\b", re.I)
_OF = re.compile(r"^(?P<start>.*\bthe )(?P<what>(?:[\w-]+ ){0,2}[\w-]+)(?P<whose> of .+)$", re.I)
_PREPOSITIONAL = re.compile(
    r"(?P<by>for|of|in|on|over|with|to|from|at|via|between|under)\s+(?P<what>.+)", re.I
)
_YES_NO = re.compile(r"(?:is|are|was|were|does|do|did|can|could|may|must|should|will|has|have)\b")
_WHAT_IS = re.compile(r"what(?:'s| is| are)\s+(?P<article>(?:the|an?)\s+)?(?P<what>[^?]+)", re.I)


def written_out(question: str, earlier: str) -> str | None:
    """The question that needs no other; None where that takes more than these rules."""
    before = " ".join(earlier.split()).rstrip(" ?!.")
    if not before or len(split(before)) > 1:
        return None
    _, rest = without_joins(" ".join(question.split()))
    rest = rest.rstrip(" ?!.")
    piece = without_about(rest)
    found = (
        _own(piece, before)
        or _reason(piece, before)
        or (None if points_back(piece) else _piece(piece, before))
        or _pointing(rest, before)
    )
    return _sentence(found) if found else None


def subject(earlier: str) -> Name | None:
    """The one thing that a question is about; None where there are several, or it is unclear."""
    found = things(earlier)
    if not found:
        return _defined(earlier)
    if len(found) > 1:
        return None
    name = found[0]
    others = [word for word in tokens(earlier) if not name.start <= word.start < name.end]
    known = {part.low for each in names(earlier) for part in tokens(each.text)}
    # «How is beamforming done in the O-DU?» is about beamforming, or about the O-DU.
    if any(not is_general(word.low) and word.low not in known for word in others):
        return None
    owned = re.search(r"([\w-]+) of (?:the |an? )?$", earlier[: name.start], re.I)
    if owned and not (is_attribute(owned[1]) or singular(owned[1]) != owned[1].lower()):
        return None
    return name


def _defined(earlier: str) -> Name | None:
    """«What is the guard timer?»: a thing without a name of its own."""
    match = _WHAT_IS.fullmatch(earlier)
    words = tokens(match["what"]) if match else []
    plain = all(word.low not in JOINING for word in words)
    if match is None or not 1 <= len(words) <= 3 or not plain or is_attribute(words[-1].text):
        return None
    what, article = match["what"].strip(), (match["article"] or "").strip().lower()
    last = words[-1].text if len(words) > 1 and is_head(words[-1].text) else ""
    name = what.removesuffix(last).strip()
    start = match.start("what")
    return Name(name, last, article, start, start + len(name), start + len(what))


def _own(piece: str, before: str) -> str | None:
    """«Its latency», «what is its latency»."""
    match = _OWN.fullmatch(piece)
    if match is None or not _plain(match["what"], 4):
        return None
    thing = subject(before)
    return _asked_of(match["what"], thing) if thing else None


def _asked_of(what: str, thing: Name) -> str:
    verb = "are" if _plural(what) else "is"
    return f"What {verb} the {what.strip()} of {thing.whole}"


def _reason(piece: str, before: str) -> str | None:
    """«Why?» after a question that yes or no would answer."""
    if piece.lower() not in ("why", "how", "when") or not _YES_NO.match(before.lower()):
        return None
    return f"{piece} {before[0].lower()}{before[1:]}"


def _piece(piece: str, before: str) -> str | None:
    """A thing or an attribute, with or without a preposition, in the place of the earlier one."""
    if by := _PREPOSITIONAL.fullmatch(piece):
        return _prepositional(by["by"].lower(), by["what"], before)
    bare = re.sub(r"^(?:the|an?)\s+", "", piece, flags=re.I)
    if not names(bare) and _plain(bare, 3) and is_attribute(tokens(bare)[-1].text):
        return _attribute(bare, before)
    return _named(piece, before) or _of_same_head(bare, before)


def _attribute(what: str, before: str) -> str | None:
    if not all(is_general(word.low) for word in tokens(what)):
        return None
    match = _OF.match(before)
    if match and _plain(match["what"], 3) and is_attribute(match["what"].split()[-1]):
        start = match["start"]
        if _plural(what) != _plural(match["what"]):
            start = re.sub(r"\b(is|are) the $", "are the " if _plural(what) else "is the ", start)
        return f"{start}{what}{match['whose']}"
    thing = subject(before)
    return _asked_of(what, thing) if thing else None


def _prepositional(by: str, what: str, before: str) -> str | None:
    if not _noun_phrase(what):
        return None
    places = list(re.finditer(rf"\b{by}\s+", before, re.I))
    if len(places) == 1 and _noun_phrase(before[places[0].end() :]):
        old = before[places[0].end() :]
        return f"{before[: places[0].end()]}{what}" if _families(old) == _families(what) else None
    new = things(what)
    if by not in ("for", "of") or len(new) != 1:
        return None
    if new[0].family != "generation" or _families(before) & _families(what):
        return _named(what, before) if new[0].family or new[0].tail else None
    return f"{before} for {what}" if by == "for" and not places else None


def _families(text: str) -> set[str]:
    return {name.family for name in things(text) if name.family}


def _named(piece: str, before: str) -> str | None:
    """A name in the place of the only one that it can stand for."""
    found = names(piece)
    if len(found) != 1 or found[0].whole.lower() != piece.lower():
        return None
    new = found[0]
    known = names(before)
    if any(new.name.lower() == name.name.lower() for name in known):
        return None
    fitting = [name for name in things(before) if _fits(new, name)]
    if len(fitting) > 1:
        fitting = [name for name in fitting if new.tail and _kind(new) == _kind(name)]
    return _exchanged(before, fitting[0], new) if len(fitting) == 1 else None


def _fits(new: Name, old: Name) -> bool:
    if new.family or old.family:
        return new.family == old.family
    return bool(new.tail and old.tail) or _shape(new.name) == _shape(old.name)


def _exchanged(before: str, old: Name, new: Name) -> str:
    end = old.end if new.tail else old.name_end
    article = (new.article or old.article) if new.tail or not old.tail else old.article
    start = old.start - len(old.article) - 1 if old.article else old.start
    if article in ("a", "an"):
        article = "an" if re.match(r"[aeio]|[FHLMNRSX](?:\d|-|[A-Z])", new.name) else "a"
    put = f"{article} {new.text}".strip()
    return f"{before[:start]}{put}{before[end:]}"


def _of_same_head(piece: str, before: str) -> str | None:
    """«The beacon timer» in the place of «the guard timer»."""
    words = tokens(piece)
    if names(piece) or not _plain(piece, 3) or len(words) < 2:
        return None
    old = tokens(before)
    ends = [i for i, word in enumerate(old) if singular(word.text) == singular(words[-1].text)]
    if len(ends) != 1:
        return None
    start = ends[0]
    while start > 0 and ends[0] - start < len(words) - 1 and old[start - 1].low not in JOINING:
        start -= 1
    if start == ends[0] or any(name.start <= old[start].start < name.end for name in names(before)):
        return None
    return f"{before[: old[start].start]}{piece}{before[old[ends[0]].end :]}"


def _pointing(rest: str, before: str) -> str | None:
    """A whole question in which one word stands for the thing that was asked about."""
    thing = subject(before)
    if thing is None or thing.name.lower() in rest.lower() or not points_back(rest):
        return None
    pointers = list(_POINTER.finditer(rest))
    kinds = [m for m in _THE_SAME_KIND.finditer(rest) if thing.tail and _same_tail(m[1], thing)]
    if len(pointers) + len(kinds) != 1:
        return None
    if kinds:
        match = kinds[0]
        return f"{rest[: match.start()]}{thing.whole}{rest[match.end() :]}"
    match, word = pointers[0], pointers[0][1].lower()
    if _ELSEWHERE.search(rest):
        return None
    if (word in ("they", "them", "their")) != _plural(thing.text):
        return None
    if word in ("its", "their"):
        if (last := _LAST_OWN.search(rest)) and _plain(last[1], 3):
            return f"{rest[: last.start()]}the {last[1]} of {thing.whole}"
        owner = f"{thing.whole}{'’' if thing.whole.endswith('s') else '’s'}"
        return f"{rest[: match.start()]}{owner}{rest[match.end() :]}"
    # What is left must not point back at something else.
    put = f"{rest[: match.start()]}{thing.whole}{rest[match.end() :]}"
    return None if points_back(put) else put


def _same_tail(word: str, thing: Name) -> bool:
    return singular(word) == singular(thing.tail.split()[-1])


def _kind(name: Name) -> str:
    return singular(name.tail.split()[-1]) if name.tail else ""


def _noun_phrase(text: str) -> bool:
    """Whether a text is one thing, with or without an article, and nothing else."""
    return _plain(re.sub(r"^(?:the|an?)\s+", "", text.strip(), flags=re.I), 4)


def _plain(text: str, most: int) -> bool:
    """Whether a text is at most so many words, none of them a verb or a word that joins."""
    words = tokens(text)
    return 1 <= len(words) <= most and not any(word.low in JOINING for word in words)


def _plural(text: str) -> bool:
    last = tokens(text)[-1].text
    return singular(last) != last.lower()


def _shape(name: str) -> str:
    """«E2SM-RC» and «E2SM-KPM» look alike, «Tarvo» and «PTP» do not."""
    shape = re.sub(r"[A-Z]+", "A", name)
    return re.sub(r"[a-z]+", "a", re.sub(r"\d+", "0", shape))


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip()}?"
