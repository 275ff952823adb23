"""A citation is shown only where a retrieved passage holds the sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.events import Passage
from engine.guard.check import Checked, Guard
from engine.guard.claims import declines, supported_text
from engine.guard.text import literals, normalise, words
from tests.scripted_session import WordEmbedder

TIMERS = "The beacon timer runs for 40 ms. The guard timer runs for 3.5 s and uses split 7.2x."
PORTS = "A node opens port 7710 towards its Melin hub, as O-RAN.WG4.CUS.0 demands."


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


def check(text: str, passages: dict[int, Passage], question: str, least: float) -> Checked:
    """Support alone; relevance has its own tests."""
    return Guard(least, 0.0, {}, WordEmbedder()).check(text, passages, question)


PASSAGES = {1: passage(1, TIMERS), 2: passage(2, PORTS)}


def test_a_supported_sentence_keeps_its_citation_and_gets_its_quote() -> None:
    checked = check("The guard timer runs for 3.5 s [1].", PASSAGES, "How long?", 0.5)
    assert checked.text == "The guard timer runs for 3.5 s [1]."
    (citation,) = checked.citations
    assert citation.number == 1
    assert citation.quote == "The guard timer runs for 3.5 s and uses split 7.2x."
    assert checked.removed == 0


@pytest.mark.parametrize(
    "claim",
    [
        "The guard timer runs for 35 s [1].",
        "The guard timer runs for 3 s [1].",
        "The beacon timer runs for 4 ms [1].",
        "The node uses split 7.2 [1].",
        "A node opens port 771 towards its Melin hub [2].",
        "The node follows O-RAN.WG4.CUS.01 [2].",
    ],
)
def test_a_number_or_identifier_that_no_passage_holds_is_never_supported(claim: str) -> None:
    checked = check(claim, PASSAGES, "What is it?", 0.3)
    assert not checked.grounded
    assert checked.citations == ()
    assert checked.removed == 1


def test_a_citation_of_the_wrong_passage_moves_to_the_right_one() -> None:
    checked = check("A node opens port 7710 [1].", PASSAGES, "Which port?", 0.5)
    assert checked.text == "A node opens port 7710 [2]."
    assert checked.removed == 1


def test_a_model_that_cannot_cite_is_cited_for() -> None:
    checked = check("The beacon timer runs for 40 ms.", PASSAGES, "How long?", 0.5)
    assert checked.text == "The beacon timer runs for 40 ms [1]."


def test_each_sentence_is_judged_alone() -> None:
    text = "The beacon timer runs for 40 ms [1]. It was invented by Marconi in Bologna [1]."
    checked = check(text, PASSAGES, "How long?", 0.5)
    assert [sentence.supported for sentence in checked.sentences] == [True, False]
    assert supported_text(checked.sentences) == "The beacon timer runs for 40 ms [1]."


def test_a_marker_after_the_full_stop_belongs_to_the_sentence_before() -> None:
    checked = check("The beacon timer runs for 40 ms. [1] It uses 7.2x. [1]", PASSAGES, "", 0.5)
    assert [sentence.citations for sentence in checked.sentences] == [(1,), (1,)]


def test_words_of_the_question_do_not_count_as_support() -> None:
    question = "Does the Tarvo node use quantum antennas?"
    checked = check("The Tarvo node uses purple quantum antennas.", PASSAGES, question, 0.5)
    assert not checked.grounded


def test_yes_is_held_against_the_question_itself() -> None:
    assert check("Yes [1].", PASSAGES, "Does the guard timer use split 7.2x?", 0.5).grounded
    assert not check("Yes [1].", PASSAGES, "Do penguins swim to Antarctica?", 0.5).grounded


@given(st.text(max_size=200), st.sampled_from([0.3, 0.5, 1.0]))
def test_whatever_a_model_says_only_retrieved_passages_are_cited(text: str, least: float) -> None:
    checked = check(text, PASSAGES, "Which port?", least)
    for citation in checked.citations:
        assert citation.number in PASSAGES
        assert citation.quote in PASSAGES[citation.number].text
    for sentence in checked.sentences:
        assert sentence.supported == bool(sentence.citations)
        if sentence.supported:
            assert sentence.support >= least


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Not in the passages.", True),
        ("Not in the passages [1].", True),
        ("not in the passages", True),
        ("", True),
        ("The passages do not state the limit.", True),
        ("The limit is not mentioned in the passages.", True),
        ("It is not specified.", True),
        ("The A1 Mediator does not keep its job queue.", False),
        ("Port 7710 [2].", False),
    ],
)
def test_declines_are_recognised(text: str, expected: bool) -> None:
    assert declines(text, "Not in the passages.") is expected


def test_spelling_does_not_decide() -> None:
    assert normalise("3.5 GHz and 1,024 PRBs") == "3.5GHz and 1024 PRBs"
    assert literals("It sends 20010 over RMR_CTL_PORT in 10 ms") == [
        "20010",
        "rmr_ctl_port",
        "10ms",
    ]
    assert words("The policies are stored") == words("A policy, storing")


def test_a_passage_about_another_identifier_supports_nothing() -> None:
    """A value of the right kind from the wrong place is the commonest mistake of a small model."""
    e2 = {1: passage(1, "Analysers recognise E2AP by SCTP port 37464.")}
    assert check("The port is 37464 [1].", e2, "Which SCTP port has E2AP?", 0.5).grounded
    assert not check("The port is 37464 [1].", e2, "Which SCTP port has E1AP?", 0.5).grounded
    assert check("The port is 37464 [1].", e2, "Which of the 5 ports is it in 5G?", 0.5).grounded


def test_a_literal_carries_the_answer_where_the_wording_differs() -> None:
    held = {1: passage(1, "AD, which iterates per 10 mili-second, fetches UE information.")}
    question = "At which interval does AD fetch UE information?"
    assert check(
        "AD fetches UE information every 10 milliseconds [1].", held, question, 0.5
    ).grounded
    assert not check("AD fetches UE information every 20 ms [1].", held, question, 0.5).grounded
