"""What supports an answer: every sentence is held against the retrieved passages, in code.

The rule that a model cannot break: a citation points at a retrieved passage that holds the
sentence's numbers, identifiers and most of its words, or it is not shown. Pure functions.
Not responsible for asking the model (engine.roles) or for wording a decline (engine.argo).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.events import Citation, Passage, Sentence
from engine.retrieval.sentences import sentences as split

MARKER = re.compile(r"\s*\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
"""A citation as a model writes it: [2] or [1, 3]."""

_TOKEN = re.compile(r"[^\W_][\w./+-]*[\w+]|\w")
_NUMBER = re.compile(r"\d")
_PLAIN_NUMBER = re.compile(r"\d[\d.,]*\w{0,3}")
"""A number, perhaps with a unit: not an identifier."""
_COMMA_IN_NUMBER = re.compile(r"(?<=\d),(?=\d{3}\b)")
_UNIT_SPACE = re.compile(r"(?<=\d)\s+(?=(?:[kMG]?Hz|[nmµu]?s|[kMGT]i?B|[kMG]?bps|dBm?|[kcm]?m)\b)")
_STOP = frozenset(
    """a an and are as at be been but by can do does for from had has have how if in into is it its
    may of on or so such than that the their them then there these they this those to was were what
    when where which while who why will with would yes no not also both each""".split()
)
_DECLINE = re.compile(
    r"\bnot (?:(?:found|given|stated|mentioned|specified|provided) )?"
    r"in the (?:passages?|documents?|text|context)"
    r"|\bpassages? (?:do|does|did) not\b"
    r"|\bno (?:information|mention)\b"
    r"|\b(?:is|are) not (?:mentioned|specified|stated|provided|given|known)\b"
    r"|\bunknown\b|\bcannot be (?:answered|determined)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer after the check."""

    text: str
    """The sentences with the citations that hold, and no others."""
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    removed: int
    """Citations that the model wrote and that do not hold."""

    @property
    def grounded(self) -> bool:
        """Whether at least one sentence is supported."""
        return any(sentence.supported for sentence in self.sentences)


def declines(text: str, sentinel: str) -> bool:
    """Whether an answer says that the passages do not hold it: the sentinel or a plain decline."""
    bare = MARKER.sub("", text).strip().strip(".!\"'").lower()
    if not bare or bare.startswith(sentinel.strip(".").lower()):
        return True
    first = split(text)[0] if text.strip() else ""
    return bool(_DECLINE.search(first))


def check(text: str, passages: Mapping[int, Passage], question: str, min_support: float) -> Checked:
    """Hold each sentence against the passages; keep, move or remove its citations.

    `passages` by citation number. A sentence keeps the numbers it names where those passages
    support it; else it gets the best passage that does; else it has none and is unsupported.
    A passage that names none of the identifiers of the question is about something else.
    """
    asked = frozenset(words(question))
    passages = {n: p for n, p in passages.items() if on_topic(p, question)}
    checked: list[Sentence] = []
    citations: dict[tuple[int, str], Citation] = {}
    removed = 0
    for raw in _claims(text):
        named = _numbers(raw)
        bare = MARKER.sub("", raw).strip()
        if not bare:
            removed += len(named)
            continue
        scores = {n: support(bare, passages[n], asked) for n in passages}
        kept = tuple(n for n in named if scores.get(n, 0.0) >= min_support)
        if not kept and scores:
            nearest = max(scores, key=lambda n: (scores[n], passages[n].fused))
            kept = (nearest,) if scores[nearest] >= min_support else ()
        removed += len([n for n in named if n not in kept])
        for number in kept:
            quote = best_quote(bare, passages[number].text, asked)
            citations[number, quote] = Citation(number=number, quote=quote)
        checked.append(
            Sentence(
                text=bare,
                citations=kept,
                support=max((scores[n] for n in kept or scores), default=0.0),
                supported=bool(kept),
            )
        )
    return Checked(
        text=" ".join(_cited(sentence) for sentence in checked),
        sentences=tuple(checked),
        citations=tuple(citations.values()),
        removed=removed,
    )


def on_topic(passage: Passage, question: str) -> bool:
    """Whether a passage names an identifier of the question (E1AP, rmr_wh_open), if it has any."""
    named = [token for token in literals(question) if not _PLAIN_NUMBER.fullmatch(token)]
    held = _held(passage).lower()
    return not named or any(_occurs(token, held) for token in named)


def support(sentence: str, passage: Passage, asked: frozenset[str] = frozenset()) -> float:
    """Share of the sentence's words that the passage holds, 0..1; 0 where a literal is missing.

    Literals are tokens with digits or underscores: they must occur as they are, also those of the
    question. Words of the question count only where the sentence says nothing else («Yes.») or
    where a literal carries the answer («every 10 ms», where the passage says «per 10 ms»).
    """
    text = _held(passage)
    low = text.lower()
    claimed = literals(sentence)
    if not all(_occurs(literal, low) for literal in claimed):
        return 0.0
    held = frozenset(words(text))
    said = words(sentence)
    fresh = [word for word in said if word not in asked]
    carried = any(literal not in asked for literal in claimed)
    shares = [_share(fresh, held)] if fresh else []
    if carried or not fresh:
        shares.append(_share(said or list(asked), held))
    return max(shares)


def _share(some: Sequence[str], held: frozenset[str]) -> float:
    return sum(1 for word in some if word in held) / len(some) if some else 0.0


def best_quote(sentence: str, text: str, asked: frozenset[str]) -> str:
    """The sentence of `text` that shares most with the claim; literally a part of `text`."""
    said = frozenset(words(sentence))
    fresh = said - asked

    def score(candidate: str) -> tuple[float, float]:
        have = frozenset(words(candidate))
        return (2.0 * len(fresh & have) + len(said & have), -len(candidate))

    candidates = [part for part in split(text) if part.strip()]
    return max(candidates, key=score).strip() if candidates else text.strip()


def words(text: str) -> list[str]:
    """Content words, lower case, lightly stemmed, in order."""
    found = (token.lower() for token in _TOKEN.findall(normalise(text)))
    return [_stem(token) for token in found if token not in _STOP]


def literals(text: str) -> list[str]:
    """Numbers and identifiers, lower case, as they must occur in a passage."""
    return [
        token.lower()
        for token in _TOKEN.findall(normalise(text))
        if _NUMBER.search(token) or "_" in token
    ]


def normalise(text: str) -> str:
    """One spelling of spaces, dashes, thousands and units: «5 GHz» and «5GHz» are one."""
    text = text.replace("‑", "-").replace("–", "-").replace(" ", " ").replace("×", "x")
    text = _COMMA_IN_NUMBER.sub("", text)
    return _UNIT_SPACE.sub("", text)


def _held(passage: Passage) -> str:
    return normalise(" ".join((passage.document, *passage.section, passage.text)))


def _occurs(literal: str, text: str) -> bool:
    """Whether `literal` stands in `text` with no digit or letter glued to it."""
    return re.search(rf"(?<![\w.]){re.escape(literal)}(?!\w|\.\d)", text) is not None


def _stem(token: str) -> str:
    if _NUMBER.search(token) or len(token) < 4:
        return token
    for suffix in (
        "ations",
        "ation",
        "ings",
        "ing",
        "ions",
        "ion",
        "ies",
        "es",
        "ed",
        "s",
        "e",
        "y",
    ):
        if token.endswith(suffix) and len(token) - len(suffix) >= 3:
            return token.removesuffix(suffix)
    return token


def _claims(text: str) -> list[str]:
    """Sentences, each with the citation markers that follow its full stop."""
    claims: list[str] = []
    for part in split(text):
        leading = re.match(r"(?:\s*\[\d[\d,; ]*\])+[.\s]*", part)
        if leading and claims:
            claims[-1] += leading[0]
            part = part[leading.end() :]
        if part.strip():
            claims.append(part)
    return claims


def _numbers(text: str) -> list[int]:
    found = [int(n) for group in MARKER.findall(text) for n in re.findall(r"\d+", group)]
    return list(dict.fromkeys(found))


def _cited(sentence: Sentence) -> str:
    if not sentence.citations:
        return sentence.text
    markers = "".join(f"[{n}]" for n in sentence.citations)
    body = sentence.text
    if body[-1:] in ".!?":
        return f"{body[:-1].rstrip()} {markers}{body[-1]}"
    return f"{body} {markers}"


def unbroken(text: str, finish: str) -> str:
    """A text that ended at its cap, without the sentence that was cut; all of it if it is one."""
    parts = split(text)
    if finish != "cap" or len(parts) < 2 or text.rstrip().endswith((".", "!", "?", "]")):
        return text
    return "".join(parts[:-1]).rstrip()


def supported_text(sentences: Sequence[Sentence]) -> str:
    """Only what holds, with its citations."""
    return " ".join(_cited(sentence) for sentence in sentences if sentence.supported)
