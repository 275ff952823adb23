"""One search as the loop sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.config import Retrieval
from engine.retrieval.store import Hit, Vectors
from engine.search import find
from tests.scripted_session import ListStore, WordEmbedder

GLOSSARY = {"KPM": "Key Performance Measurement", "RIC": "RAN Intelligent Controller"}


@dataclass
class Looked(ListStore):
    """Remembers what was looked up by words."""

    asked: list[str] = field(default_factory=list)

    def search(self, text: str, vector: Vectors, *, limit: int, candidates: int) -> list[Hit]:
        self.asked.append(text)
        return super().search(text, vector, limit=limit, candidates=candidates)


def looked_up(texts: Sequence[str], query: str) -> list[str]:
    store = Looked(texts)
    find(query, store, WordEmbedder(), Retrieval(), 3, GLOSSARY)
    return store.asked


def test_an_acronym_that_the_hits_hold_is_looked_up_once() -> None:
    assert looked_up(["KPM reports measurements."], "What is KPM?") == ["What is KPM?"]


def test_an_acronym_that_documents_spell_out_is_looked_up_by_that_too() -> None:
    asked = looked_up(["A key performance measurement is a counter."], "What is KPM?")
    assert asked == ["What is KPM?", "What is KPM? Key Performance Measurement"]


def test_what_no_glossary_knows_is_looked_up_as_it_is() -> None:
    assert looked_up(["Nothing of it."], "What is QQQ?") == ["What is QQQ?"]
