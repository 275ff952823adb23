"""An answer as claims: its sentences, each with the citations that the model wrote behind it.

Not responsible for whether a claim holds (engine.guard.check).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.events import Sentence
from engine.retrieval.sentences import sentences as split

MARKER = re.compile(r"(?<!\s)\s*\[([0-9]{1,3}(?:\s?[,;]\s?[0-9]{1,3})*)\]")
"""A citation as a model writes it: [2] or [1, 3]."""

_LEADING = re.compile(r"\s*\[[0-9][0-9,; ]*\](?:\s?\[[0-9][0-9,; ]*\])*[.\s]*")
_ITEM = re.compile(r"[-*+•] ")
_STOPPED = re.compile(r"[.!?]\Z")
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
class Claim:
    """One sentence of an answer."""

    text: str
    """Without citation markers; empty where there was nothing but markers."""
    cited: tuple[int, ...]
    """Numbers as the model wrote them."""


def claims(text: str) -> list[Claim]:
    """Sentences, each with the markers that follow its full stop."""
    parts: list[str] = []
    for part in split(text):
        leading = _LEADING.match(part)
        if leading and parts:
            parts[-1] += leading[0]
            part = part[leading.end() :]
        if part.strip():
            parts.append(part)
    return [Claim(bare(part), _numbers(part)) for part in parts]


def once(said: Sequence[Claim]) -> list[Claim]:
    """Without sentences that were said before: two steps may find the same one."""
    first: dict[str, Claim] = {}
    for number, claim in enumerate(said):
        first.setdefault(claim.text.casefold() or f"\n{number}", claim)
    return list(first.values())


def bare(text: str) -> str:
    """A text without markers, and without those that are left when the ones inside them go."""
    while (shorter := MARKER.sub("", text)) != text:
        text = shorter
    return text.strip()


def declines(text: str, sentinel: str) -> bool:
    """Whether an answer says that the passages do not hold it: the sentinel or a plain decline."""
    said = bare(text).strip(".!\"'").lower()
    if not said or said.startswith(sentinel.strip(".").lower()):
        return True
    first = split(text)[0] if text.strip() else ""
    return bool(_DECLINE.search(first))


def unbroken(text: str, finish: str) -> str:
    """A text that ended at its cap, without the sentence that was cut; all of it if it is one."""
    parts = split(text)
    if finish != "cap" or len(parts) < 2 or text.rstrip().endswith((".", "!", "?", "]")):
        return text
    return "".join(parts[:-1]).rstrip()


def supported_text(sentences: Sequence[Sentence]) -> str:
    """Only what holds, with its citations."""
    return joined([sentence for sentence in sentences if sentence.supported])


def joined(sentences: Sequence[Sentence]) -> str:
    """Sentences with their citations as one text, in which `claims` finds the same ones again."""
    text = ""
    for sentence in sentences:
        if text and not _STOPPED.search(text):
            text += "\n" if _ITEM.match(sentence.text) else "\n\n"
        elif text:
            text += " "
        text += cited(sentence)
    return text


def cited(sentence: Sentence) -> str:
    """The sentence with its citations in front of its full stop."""
    if not sentence.citations:
        return sentence.text
    markers = "".join(f"[{n}]" for n in sentence.citations)
    body = sentence.text
    if body[-1:] in ".!?":
        return f"{body[:-1].rstrip()} {markers}{body[-1]}"
    return f"{body} {markers}"


def _numbers(text: str) -> tuple[int, ...]:
    found = [int(n) for group in MARKER.findall(text) for n in re.findall(r"[0-9]+", group)]
    return tuple(dict.fromkeys(found))
