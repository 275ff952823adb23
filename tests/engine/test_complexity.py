"""What a question asks for, from its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.complexity import classify


@pytest.mark.parametrize(
    ("question", "kind", "label"),
    [
        ("What is O-RAN?", "definition", "simple"),
        ("What does SMO stand for?", "definition", "simple"),
        ("Is the F1 interface open?", "yes/no", "simple"),
        ("Which port does RMR open?", "factual", "simple"),
        ("What are the steps to register an xApp?", "procedural", "medium"),
        ("How does the near-RT RIC resolve conflicts?", "explanatory", "medium"),
        ("How do A1 and E2 differ?", "comparative", "complex"),
        ("Analyse the trade-offs of split 7.2x and split 2", "analytical", "complex"),
        ("What is the relation between the SMO and the O-Cloud?", "multi-hop", "complex"),
    ],
)
def test_kinds(question: str, kind: str, label: str) -> None:
    found = classify(question)
    assert (found.kind, found.label) == (kind, label)


def test_two_questions_in_one_are_two_parts_and_ask_for_more() -> None:
    one = classify("Which port does RMR open?")
    two = classify("Which port does RMR open, and which variable changes it?")
    assert (one.parts, two.parts) == (1, 2)
    assert two.u_max > one.u_max


@given(st.text(max_size=300))
def test_any_text_has_a_place(text: str) -> None:
    found = classify(text)
    assert 0.35 <= found.u_max <= 1.0
    assert found.parts >= 1
    assert found.why
