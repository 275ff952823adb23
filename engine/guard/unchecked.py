"""An answer as the model wrote it: for measuring what the check is worth, and for nothing else.

Its citations point at retrieved passages and are believed. Whoever switches the check off is told
so in every run (engine.argo).
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.events import Citation, Passage, Sentence
from engine.guard.checked import Checked
from engine.guard.claims import claims, joined


def unchecked(text: str, passages: Mapping[int, Passage]) -> Checked:
    """Every sentence as it is; one without a citation is cited from the first passage."""
    sentences, citations = list[Sentence](), dict[int, Citation]()
    removed = 0
    for claim in claims(text):
        numbers = tuple(n for n in claim.cited if n in passages)
        removed += len(claim.cited) - len(numbers)
        numbers = numbers or tuple(list(passages)[:1])
        citations |= {n: Citation(number=n, quote="") for n in numbers}
        if claim.text:
            supported = bool(numbers)
            sentences.append(
                Sentence(text=claim.text, citations=numbers, support=1.0, supported=supported)
            )
    return Checked(joined(sentences), tuple(sentences), tuple(citations.values()), removed)
