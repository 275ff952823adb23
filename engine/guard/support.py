"""Whether a passage says what a claim says: literals and names to the letter, then words.

Pure functions. Not responsible for whether the claim answers the question (engine.guard.relevance).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.events import Passage
from engine.guard import binding
from engine.guard import names as naming
from engine.guard.literals import amounts_in, canonical, is_number, literals, literals_in, occurs
from engine.guard.polarity import opposed
from engine.guard.text import stem, words
from engine.guard.window import WIDEST, WIDTH, Window, windows
from engine.retrieval.excerpt import without_sources

INVENTED = "adds what is not in the passage"
OPPOSED = "says the opposite of the passage"
ELSEWHERE = "gives a value that belongs to something else"
_DIGIT = re.compile(r"\d")
_RUN = 3
"""Words in a row that neither passage nor question has, from which a claim adds something."""
_SEVERAL = 2
"""Fresh literals from which an answer may be a list."""


@dataclass(frozen=True, slots=True)
class Held:
    """A passage, ready to hold claims against."""

    passage: Passage
    windows: tuple[Window, ...]
    clauses: tuple[binding.Clause, ...]
    low: str
    """Title, headings and text, as literals are looked for in it."""
    squeezed: str
    letters: frozenset[str]
    words: frozenset[str]
    place: frozenset[str]
    """Words of title and headings."""


@dataclass(frozen=True, slots=True)
class Said:
    """A claim, ready to be held against passages."""

    text: str
    low: str
    """`canonical`."""
    words: tuple[str, ...]
    clauses: tuple[binding.Clause, ...]
    literals: tuple[str, ...]
    amounts: tuple[str, ...]
    names: tuple[str, ...]
    letters: frozenset[str]
    subject: str


@dataclass(frozen=True, slots=True)
class Support:
    """What a passage gives a claim."""

    share: float
    """Of the claim's words, in the best window, 0..1; 0 where something is missing or opposed."""
    window: Window | None
    missing: tuple[str, ...] = ()
    """Literals and names of the claim that the passage does not hold."""
    against: str = ""
    """How the passage speaks against the claim, in a few words."""


def read(claim: str) -> Said:
    """Prepare a claim."""
    low = canonical(claim)
    return Said(
        text=claim,
        low=low,
        words=tuple(words(claim)),
        clauses=binding.said(claim),
        literals=tuple(literals_in(low)),
        amounts=tuple(amounts_in(low)),
        names=tuple(naming.claimed(claim)),
        letters=naming.letters(claim),
        subject=naming.subject(claim),
    )


def held(passage: Passage) -> Held:
    """Prepare a passage."""
    place = " ".join((passage.document, *passage.section))
    whole = f"{place}\n{passage.text}"
    parts = windows(passage.text)
    singles = [window for window in parts if window.units == 1]
    sources = passage.text[len(without_sources(passage.text)) :]
    return Held(
        passage=passage,
        windows=tuple(parts),
        clauses=binding.known(singles),
        low=" ".join([canonical(f"{place}. {sources}"), *(w.low for w in singles)]),
        squeezed=naming.squeezed(whole),
        letters=naming.letters(whole),
        words=frozenset(words(whole)),
        place=frozenset(words(place)),
    )


def support(
    claim: str, source: Held, asked: frozenset[str], glossary: Mapping[str, str]
) -> Support:
    """What a passage gives a claim; see `weigh`."""
    return weigh(read(claim), source, asked, glossary)


def weigh(claim: Said, source: Held, asked: frozenset[str], glossary: Mapping[str, str]) -> Support:
    """The best window for a claim. `asked`: words of the question.

    Every literal and name of the claim must be in the passage, its numbers and the literals that
    the question does not hold together in one window. Words of the question count only where the
    sentence says nothing else («Yes.») or where a literal carries the answer («every 10 ms», where
    the passage says «per 10 ms»). A passage that says the opposite supports nothing.
    """
    missing = _missing(claim, source, asked, glossary)
    if missing:
        return Support(0.0, None, missing)
    fresh = [one for one in claim.literals if one not in asked or is_number(one)]
    if _invents(claim.words, source.words | asked):
        return Support(0.0, None, against=INVENTED)
    best = _best(claim, fresh, source, asked)
    if best.window is None:
        return best
    if binding.mislabelled(claim.low, source.low) or binding.belongs_elsewhere(
        claim.clauses, source.clauses, source.place
    ):
        return Support(0.0, None, against=ELSEWHERE)
    if opposed(claim.text, best.window.text):
        return Support(0.0, None, against=OPPOSED)
    return best


def on_topic(source: Held, question: str) -> bool:
    """Whether a passage names an identifier of the question (E1AP, rmr_wh_open), if it has any."""
    named = [token for token in literals(question) if not is_number(token)]
    return not named or any(occurs(token, source.low) for token in named)


def _best(claim: Said, fresh: Sequence[str], source: Held, asked: frozenset[str]) -> Support:
    widest = WIDTH if len(fresh) < _SEVERAL else WIDEST
    best = Support(0.0, None, tuple(fresh))
    for window in source.windows:
        if window.units > widest or not all(occurs(literal, window.low) for literal in fresh):
            continue
        share = _share_of(claim.words, fresh, asked, window.words | source.place)
        # Of equals the narrower window: it is the quote.
        if best.window is None or (share, -window.units) > (best.share, -best.window.units):
            best = Support(share, window)
    return best


def _missing(
    claim: Said, source: Held, asked: frozenset[str], glossary: Mapping[str, str]
) -> tuple[str, ...]:
    """What the claim says and the passage nowhere holds."""
    missing = [one for one in (*claim.literals, *claim.amounts) if not occurs(one, source.low)]
    missing += [name for name in claim.names if not naming.holds(source.squeezed, name, glossary)]
    missing += sorted(claim.letters - source.letters)
    if claim.subject and stem(claim.subject.lower()) not in source.words | asked:
        missing.append(claim.subject)
    return tuple(dict.fromkeys(missing))


def _invents(said: Sequence[str], known: frozenset[str]) -> bool:
    run = 0
    for word in said:
        run = 0 if word in known or _DIGIT.search(word) else run + 1
        if run >= _RUN:
            return True
    return False


def _share_of(
    said: Sequence[str], literal: Sequence[str], asked: frozenset[str], there: frozenset[str]
) -> float:
    fresh = [word for word in said if word not in asked]
    shares = [_share(fresh, there)] if fresh else []
    if literal or not fresh:
        shares.append(_share(said or list(asked), there))
    return max(shares)


def _share(some: Sequence[str], there: frozenset[str]) -> float:
    if not some:
        return 0.0
    # Numbers were looked for already, in all their spellings.
    return sum(1 for word in some if word in there or _DIGIT.search(word)) / len(some)
