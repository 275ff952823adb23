"""Whether a claim answers this question: its entity, its attribute and its kind of value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.guard.check import Guard
from engine.guard.relevance import Relevance, attribute_words, entities, relevance, score
from tests.engine.guard.kit import GLOSSARY, passage
from tests.scripted_session import WordEmbedder

PLACE = "Handbook Tarvo node"


def found(question: str, claim: str, evidence: str = "") -> Relevance:
    return relevance(question, claim, evidence or claim, PLACE, GLOSSARY)


def test_names_of_the_question_are_its_entities() -> None:
    assert [name.lower() for name in entities("Which port has E2AP on the O-DU?")] == [
        "e2ap",
        "o-du",
    ]
    assert entities("Which port does rmr_wh_open use?") == ["rmr_wh_open"]
    assert entities("Which port is it?") == []


def test_what_is_no_name_is_the_attribute() -> None:
    assert attribute_words("Which port has E2AP?", ["E2AP"]) == ["port"]


def test_an_entity_may_stand_in_the_claim_the_evidence_or_the_headings() -> None:
    assert found("Which port has E2AP?", "E2AP has port 5.").entity == 1.0
    assert found("Which port has E2AP?", "It is 5.", "E2AP: 5.").entity == 1.0
    assert found("Which port has a Tarvo?", "The port is 5.").entity == 1.0
    assert found("Which port has E1AP?", "E2AP has port 5.").entity == 0.0


def test_an_entity_may_be_spelled_out() -> None:
    assert found("Who talks to the O-DU?", "The O-RAN Distributed Unit talks.").entity == 1.0


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("How long does the timer run?", "It runs for 40 ms.", "It runs on port 40."),
        ("How many ports are there?", "There are seven.", "There are ports."),
        ("Which port is used?", "Port 7710.", "The port of the hub."),
        ("In which year was it built?", "In 2019.", "In a good year."),
    ],
)
def test_a_value_of_another_kind_does_not_answer(question: str, right: str, wrong: str) -> None:
    assert found(question, right).kind
    assert not found(question, wrong).kind


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("What is the maximum delay?", "It is at most 5 ms.", "The delay is 5 ms."),
        ("What is the minimum delay?", "It is at least 5 ms.", "The delay is 5 ms."),
        ("What is the default port?", "The default is 5.", "The port is 5."),
        ("Is the timer mandatory?", "It must be set.", "The timer is set."),
        ("What does it cost?", "It is free.", "It is a box."),
    ],
)
def test_what_is_asked_as_a_maximum_must_be_called_one(
    question: str, right: str, wrong: str
) -> None:
    assert found(question, right).qualified
    assert not found(question, wrong).qualified


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-1, 1), st.booleans(), st.booleans())
def test_the_score_is_a_probability_that_grows_with_what_speaks_for_a_claim(
    entity: float, attribute: float, similarity: float, kind: bool, qualified: bool
) -> None:
    value = score(Relevance(entity, attribute, kind, qualified), similarity)
    assert 0.0 <= value <= 1.0
    if not (kind and qualified):
        assert value == 0.0
    else:
        assert value <= score(Relevance(1.0, attribute, True, True), similarity)
        assert value <= score(Relevance(entity, 1.0, True, True), similarity)
        assert value <= score(Relevance(entity, attribute, True, True), 1.0)


def test_a_true_sentence_about_something_else_is_not_an_answer() -> None:
    text = "The guard timer runs for 3.5 s. Penguins swim in cold water."
    guard = Guard(0.5, 0.3, GLOSSARY, WordEmbedder())
    question = "How long does the guard timer run?"
    told = guard.check("Penguins swim in cold water.", {1: passage(1, text)}, question)
    assert [one.why for one in told.sentences] == ["says nothing about what was asked"]
    assert guard.check("The guard timer runs for 3.5 s.", {1: passage(1, text)}, question).grounded


def test_a_sentence_may_answer_a_part_of_the_question_or_a_sub_query() -> None:
    text = "A node opens port 7710. The guard timer runs for 3.5 s."
    guard = Guard(0.5, 0.3, GLOSSARY, WordEmbedder())
    claim, asked = "A node opens port 7710.", "What is special about the hub?"
    passages = {1: passage(1, text)}
    assert not guard.check(claim, passages, asked).grounded
    assert guard.check(claim, passages, asked, "Which port does a node open?").grounded
    both = "How long does the guard timer run, and which port does a node open?"
    assert guard.check(claim, passages, both).grounded
