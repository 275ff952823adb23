"""Passages about an invented node, and the guard with an embedder that counts words."""

from __future__ import annotations

from collections.abc import Mapping

from engine.events import Passage
from engine.guard.check import Guard
from engine.guard.checked import Checked
from tests.scripted_session import WordEmbedder

TIMERS = "The beacon timer runs for 40 ms. The guard timer runs for 3.5 s and uses split 7.2x."
PORTS = "A node opens port 7710 towards its Melin hub, as O-RAN.WG4.CUS.0 demands."
GLOSSARY = {"O-DU": "O-RAN Distributed Unit", "MEC": "Multi-access Edge Computing"}


def passage(number: int, text: str) -> Passage:
    return Passage(
        number=number,
        id=str(number),
        document="Handbook",
        source="handbook.md",
        section=("Tarvo node",),
        text=text,
        dense=0.5,
        lexical=1.0,
        fused=1.0 / number,
    )


def check(
    text: str, passages: Mapping[int, Passage], question: str = "What is it?", least: float = 0.5
) -> Checked:
    """Support alone; relevance has its own tests."""
    return Guard(least, 0.0, GLOSSARY, WordEmbedder()).check(text, passages, question)


def holds(claim: str, text: str, question: str = "What is it?") -> bool:
    """Whether a claim passes as supported by a text."""
    return check(claim, {1: passage(1, text)}, question).grounded


PASSAGES = {1: passage(1, TIMERS), 2: passage(2, PORTS)}
