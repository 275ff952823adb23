"""Packs of the answer role over the primer, from the question files of tools/questions/primer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from engine.bench.answers_primer import is_held_out
from engine.retrieval.ingest import PRIMER
from engine.retrieval.sentences import sentences
from engine.roles.prompt import PromptSet
from tools.adapter.answer_packs import line
from tools.adapter.evidence import Ranking, Shown, read, sources
from tools.adapter.facts import cited
from tools.adapter.packing import Line
from tools.adapter.phrasing import styled
from tools.adapter.questions import DECLINE, Asked
from tools.question_files import Asked as Written
from tools.question_files import read_questions

_FOLDER = Path(__file__).resolve().parents[1] / "questions" / "primer"
_PASSAGE_WORDS = 220
_WORD = re.compile(r"[^\W_]+")
_EXACT = re.compile(r"\S*[\dA-Z_]\S*")
_COMMON = frozenset(
    "a an and are as at be by can for from has have if in into is it its may no not of on one or "
    "so than that the their then there these they this to was when where which while who with yes "
    "does do each also only".split()
)
_DECLINED = 0.36
_HELD = 0.75
"""Share of an answer's words that a passage must hold to state it."""
_ABSENT = 0.5
"""Share below which no passage states it; between both nobody can say, and it is not asked."""


@dataclass(frozen=True, slots=True)
class Primer:
    """Sections of one split with their passages and questions."""

    ranking: Ranking
    written: tuple[Written, ...]

    def of(self, file: str, section: str) -> list[int]:
        """The passages of a section."""
        return [
            n
            for n, s in enumerate(self.ranking.sources)
            if s.path == file and s.section[-1:] == (section,)
        ]


def primer(*, held_out: bool) -> Primer:
    """What there is now of the split: sections are in one split only. Raises ValueError."""
    found = [
        source
        for path in sorted(PRIMER.glob("*.md"))
        if (_FOLDER / f"{path.stem}.txt").exists()  # what was written later is never seen here
        for source in sources(path.name, path.read_text("utf-8"), _PASSAGE_WORDS)
        if source.section and is_held_out(path.name, source.section[-1]) == held_out
    ]
    written = [
        one
        for path in sorted(_FOLDER.glob("*.txt"))
        for one in read_questions(path)
        if one.held_out == held_out
    ]
    return Primer(Ranking(found), tuple(written))


def packs(
    random: Random, prompts: PromptSet, source: Primer, *, rounds: int, held_out: bool
) -> Iterator[Line]:
    """`rounds` packs for each section that has questions, every time with other neighbours."""
    by_section: dict[tuple[str, str], list[Written]] = {}
    for one in source.written:
        by_section.setdefault((one.file, one.section), []).append(one)
    for turn in range(rounds):
        for (file, section), own in by_section.items():
            if not (mine := source.of(file, section)):
                continue
            made = _pack(random, source, own, mine, held_out=held_out)
            if made is not None:
                passages, asked = made
                name = f"primer-{'held-' if held_out else ''}{Path(file).stem}-{turn}-{mine[0]}"
                yield line(prompts, name, passages.passages, asked, held_out)


def _pack(
    random: Random, source: Primer, own: Sequence[Written], mine: Sequence[int], *, held_out: bool
) -> tuple[Shown, list[Asked]] | None:
    focus = random.choice([one for one in own if one.answer] or list(own))
    found = source.ranking.best(focus.question, 8)
    unrelated = random.random() < 0.25
    # A near miss of this section may be answered by a neighbour; not by a random stranger.
    others = random.sample(range(len(source.ranking.sources)), 3) if unrelated else found
    others = [n for n in others if n not in mine]
    best = [n for n in found if n in mine][:2] or [mine[0]]
    missing = random.random() < 0.15
    chosen = ([] if missing else best) + others[: random.choice((1, 2, 3, 3))]
    passages = read(random, [source.ranking.sources[n] for n in chosen[:4]], focus.question, 150)
    shown = Shown.of(passages)
    pool = list(own)
    if not missing and len(pool) < 8:
        pool += [one for one in source.written if one.answer and _is_among(one, shown)]
    random.shuffle(pool)
    made = [_asked(random, one, shown, held_out=held_out) for one in pool]
    told = [one for one in made if one is not None and one.reply != DECLINE][:9]
    declined = [one for one in made if one is not None and one.reply == DECLINE]
    # As many declines as the whole should have; a pack in which all is missing stays short.
    asked = (
        told + declined[: max(2 if missing else 0, round(len(told) * _DECLINED / (1 - _DECLINED)))]
    )
    random.shuffle(asked)
    return (shown, asked) if len(asked) > 1 else None


def _is_among(one: Written, shown: Shown) -> bool:
    return any(p.source == one.file and p.section[-1:] == (one.section,) for p in shown.passages)


def _asked(random: Random, one: Written, shown: Shown, *, held_out: bool) -> Asked | None:
    question = styled(random, one.question, _EXACT.findall(one.question), held_out=held_out)
    if not one.answer:
        # The section says nothing of it; a neighbour might: by the question's words.
        strangers = [
            t
            for t, p in zip(shown.texts, shown.passages, strict=True)
            if p.section[-1:] != (one.section,)
        ]
        if any(share(one.question, text) > 0.5 for text in strangers):
            return None
        return Asked(question, DECLINE, "primer-decline")
    reply = replied(one, shown)
    if reply is None:
        return None
    if reply == DECLINE and any(share(one.question, text) > 0.6 for text in shown.texts):
        return None
    kind = "primer-decline" if reply == DECLINE else "primer"
    return Asked(question, reply, kind)


def replied(one: Written, shown: Shown) -> str | None:
    """The written answer with its passages, a decline, or None where it cannot be told."""
    said = [part.strip() for part in sentences(one.answer)]
    numbers: list[int] = []
    most = 0.0
    for part in said:
        shares = [
            share(part, text) if _holds(part, one.question, text) else 0.0 for text in shown.texts
        ]
        most = max(most, *(share(part, text) for text in shown.texts))
        top = max(shares)
        numbers.append(shares.index(top) + 1 if top >= _HELD else 0)
    if all(numbers):
        cited_texts = " ".join(shown.texts[n - 1] for n in set(numbers)).lower()
        if all(
            any(key in cited_texts or key in one.answer.lower() for key in group)
            for group in one.keys
        ):
            return " ".join(cited(part, n) for part, n in zip(said, numbers, strict=True))
        return None
    if any(numbers):
        return None
    absent = [group for group in one.keys if not _states(group, one.question, shown)]
    return (
        DECLINE
        if most < _ABSENT or (most < 0.62 and len(absent) == len(one.keys) and one.keys)
        else None
    )


def _states(group: Sequence[str], question: str, shown: Shown) -> bool:
    text = " ".join(shown.texts).lower()
    return any(key in text for key in group if key not in question.lower())


def _holds(part: str, question: str, text: str) -> bool:
    """Whether the numbers and names of a sentence that the question does not give are there."""
    exact = {word.strip(".,;:()«»\"'") for word in _EXACT.findall(part[:1].lower() + part[1:])}
    asked, low = question.lower(), text.lower()
    return all(word.lower() in low or word.lower() in asked for word in exact)


def share(part: str, text: str) -> float:
    """Of the telling words of `part`, the share that `text` holds, by their first letters."""
    words = Counter(word[:5] for word in _WORD.findall(part.lower()) if word not in _COMMON)
    held = {word[:5] for word in _WORD.findall(text.lower())}
    total = sum(words.values())
    return sum(n for word, n in words.items() if word in held) / total if total else 0.0
