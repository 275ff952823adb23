"""Whether a passage says what a claim says: literals and names to the letter, then words.

Pure functions. Not responsible for whether the claim answers the question (engine.guard.relevance).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.events import Passage
from engine.guard import names as naming
from engine.guard.text import is_number, literals, normalise, occurs, words
from engine.guard.window import WIDEST, WIDTH, Window, windows

_SEVERAL = 2
"""Fresh literals from which an answer may be a list."""


@dataclass(frozen=True, slots=True)
class Held:
    """A passage, ready to hold claims against."""

    passage: Passage
    windows: tuple[Window, ...]
    low: str
    """Title, headings and text, normalised, lower case."""
    squeezed: str
    words: frozenset[str]
    place: frozenset[str]
    """Words of title and headings."""


@dataclass(frozen=True, slots=True)
class Support:
    """What a passage gives a claim."""

    share: float
    """Of the claim's words, in the best window, 0..1; 0 where something is missing."""
    window: Window | None
    missing: tuple[str, ...] = ()
    """Literals and names of the claim that the passage does not hold."""


def held(passage: Passage) -> Held:
    """Prepare a passage."""
    place = " ".join((passage.document, *passage.section))
    whole = f"{place}\n{passage.text}"
    return Held(
        passage=passage,
        windows=tuple(windows(passage.text)),
        low=normalise(whole).lower(),
        squeezed=naming.squeezed(whole),
        words=frozenset(words(whole)),
        place=frozenset(words(place)),
    )


def support(
    claim: str, source: Held, asked: frozenset[str], glossary: Mapping[str, str]
) -> Support:
    """The best window for a claim. `asked`: words of the question.

    Every literal and name of the claim must be in the passage, the fresh literals (which the
    question does not hold) together in one window. Words of the question count only where the
    sentence says nothing else («Yes.») or where a literal carries the answer («every 10 ms», where
    the passage says «per 10 ms»).
    """
    claimed = literals(claim)
    missing = [literal for literal in claimed if not occurs(literal, source.low)]
    missing += [n for n in naming.names(claim) if not naming.holds(source.squeezed, n, glossary)]
    if missing:
        return Support(0.0, None, tuple(dict.fromkeys(missing)))
    fresh = [literal for literal in claimed if literal not in asked]
    said = words(claim)
    widest = WIDTH if len(fresh) < _SEVERAL else WIDEST
    best = Support(0.0, None, tuple(fresh))
    for window in source.windows:
        if window.units > widest or not all(occurs(literal, window.low) for literal in fresh):
            continue
        share = _share_of(said, fresh, asked, window.words | source.place)
        # Of equals the narrower window: it is the quote.
        if best.window is None or (share, -window.units) > (best.share, -best.window.units):
            best = Support(share, window)
    return best


def on_topic(source: Held, question: str) -> bool:
    """Whether a passage names an identifier of the question (E1AP, rmr_wh_open), if it has any."""
    named = [token for token in literals(question) if not is_number(token)]
    return not named or any(occurs(token, source.low) for token in named)


def _share_of(
    said: Sequence[str], literal: Sequence[str], asked: frozenset[str], there: frozenset[str]
) -> float:
    fresh = [word for word in said if word not in asked]
    shares = [_share(fresh, there)] if fresh else []
    if literal or not fresh:
        shares.append(_share(said or list(asked), there))
    return max(shares)


def _share(some: Sequence[str], there: frozenset[str]) -> float:
    return sum(1 for word in some if word in there) / len(some) if some else 0.0
