"""What a passage gives a claim: all its literals, most of its words, and nothing opposed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.guard.polarity import opposed
from engine.guard.support import held, on_topic, support
from engine.guard.text import words
from tests.engine.guard.kit import GLOSSARY, PASSAGES, TIMERS, check, holds, passage


def test_words_are_compared_without_their_endings() -> None:
    assert words("The policies are stored") == words("A policy, storing")


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
    checked = check(claim, PASSAGES, least=0.3)
    assert not checked.grounded
    assert checked.citations == ()
    assert checked.removed == 1


def test_what_is_missing_is_named() -> None:
    by = support("It runs for 41 ms.", held(passage(1, TIMERS)), frozenset(), GLOSSARY)
    assert by.missing == ("41ms",)
    assert by.window is None


def test_words_of_the_question_do_not_count_as_support() -> None:
    question = "Does the Tarvo node use quantum antennas?"
    assert not check("The Tarvo node uses purple quantum antennas.", PASSAGES, question).grounded


def test_yes_is_held_against_the_question_itself() -> None:
    assert check("Yes [1].", PASSAGES, "Does the guard timer use split 7.2x?").grounded
    assert not check("Yes [1].", PASSAGES, "Do penguins swim to Antarctica?").grounded


def test_a_number_of_the_question_is_held_where_the_claim_is() -> None:
    question = "Does the beacon timer run for 50 ms?"
    text = "The beacon timer runs for 40 ms. The guard timer runs for 50 ms."
    assert not holds("The beacon timer runs for 50 ms.", text, question)
    assert holds("The guard timer runs for 50 ms.", text, question)


def test_a_literal_carries_the_answer_where_the_wording_differs() -> None:
    text = "AD, which iterates per 10 mili-second, fetches UE information."
    question = "At which interval does AD fetch UE information?"
    assert holds("AD fetches UE information every 10 milliseconds [1].", text, question)
    assert not holds("AD fetches UE information every 20 ms [1].", text, question)


def test_a_passage_about_another_identifier_supports_nothing() -> None:
    """A value of the right kind from the wrong place is the commonest mistake of a small model."""
    text = "Analysers recognise E2AP by SCTP port 37464."
    assert holds("The port is 37464 [1].", text, "Which SCTP port has E2AP?")
    assert not holds("The port is 37464 [1].", text, "Which SCTP port has E1AP?")
    assert holds("The port is 37464 [1].", text, "Which of the 5 ports is it in 5G?")
    assert not on_topic(held(passage(1, text)), "Which SCTP port has E1AP?")


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("The beacon timer runs for 3.5 s.", TIMERS),
        ("F1AP uses SCTP port 36421.", "E2AP uses SCTP port 36421. F1AP uses SCTP port 38472."),
        ("F1AP uses port 36421.", "E2AP uses port 36421 and F1AP uses port 38472."),
        (
            "The beacon timer runs for 3.5 s and the guard timer runs for 40 ms.",
            TIMERS,
        ),
        ("- The beacon timer runs for 3.5 s\n- The guard timer runs for 40 ms", TIMERS),
        ("It came in release 17.", "It came in release 16 with 17 nodes."),
        ("F1AP has port 36421.", "| Name | Port |\n|---|---|\n| E2AP | 36421 |\n| F1AP | 38472 |"),
    ],
)
def test_the_value_of_a_neighbour_is_not_the_value_of_the_claim(claim: str, text: str) -> None:
    assert not holds(claim, text)


@pytest.mark.parametrize(
    "claim", ["E2AP uses SCTP port 36421.", "F1AP uses SCTP port 38472.", "It uses port 38472."]
)
def test_its_own_value_is(claim: str) -> None:
    assert holds(claim, "E2AP uses SCTP port 36421. F1AP uses SCTP port 38472.")


def test_a_release_may_stand_in_a_list_of_releases() -> None:
    assert holds("It came in release 17.", "It came in releases 15, 16 and 17.")


def test_a_tail_that_nobody_wrote_takes_the_truth_in_front_of_it_along() -> None:
    claim = "The beacon timer runs for 40 ms and was invented by a famous chef in a kitchen."
    assert not holds(claim, TIMERS)


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("The node does not support compression.", "The node supports compression."),
        ("The node supports compression.", "The node does not support compression."),
        ("The node doesn’t support compression.", "The node supports compression."),
        ("The node can use compression.", "The node cannot use compression."),
        ("Yes, the node supports compression.", "The node does not support compression."),
        ("The node never restarts the timer.", "The node restarts the timer."),
        ("The node has a timer.", "The node has no timer."),
        ("The node runs without a timer.", "The node runs with a timer."),
        ("The candidate datastore is mandatory.", "The candidate datastore is optional."),
        ("The setup comes before the reset.", "The setup comes after the reset."),
        ("The load increases the delay.", "The load decreases the delay."),
        ("It is sent in the uplink.", "It is sent in the downlink."),
        ("The delay is at most 10 ms.", "The delay is at least 10 ms."),
        ("The maximum delay is 10 ms.", "The minimum delay is 10 ms."),
        ("The delay is less than 10 ms.", "The delay is more than 10 ms."),
        ("The delay is < 10 ms.", "The delay is > 10 ms."),
        ("Compression is enabled.", "Compression is disabled."),
        ("The link is encrypted.", "The link is unencrypted."),
        ("The policy is persistent.", "The policy is non-persistent."),
        (
            "The hub is the client and the node the server.",
            "The node is the client and the hub the server.",
        ),
        (
            "The maximum is 5 ms and the minimum 2 ms.",
            "The maximum is 2 ms and the minimum 5 ms.",
        ),
    ],
)
def test_the_opposite_of_a_passage_is_never_supported(claim: str, text: str) -> None:
    assert opposed(claim, text)
    assert not holds(claim, text)
    assert holds(text, text)


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("The node does not support compression.", "Compression is not supported by the node."),
        ("The timer runs for 40 ms.", "The timer runs for 40 ms and is not restarted."),
        ("No, the candidate datastore is optional.", "The candidate datastore is optional."),
        ("It is not mandatory but optional.", "It is optional."),
        ("The node has no timer.", "The node does not have a timer."),
        ("The node has no timer.", "The node works without any timer."),
        ("It has a client and a server.", "It has a server and a client."),
        ("It is not only fast.", "It is fast and cheap."),
    ],
)
def test_another_way_to_say_the_same_is_not_opposed(claim: str, text: str) -> None:
    assert not opposed(claim, text)


@given(st.text(max_size=200))
def test_a_text_is_never_opposed_to_itself(text: str) -> None:
    assert not opposed(text, text)


def test_the_first_digit_of_a_thousand_is_no_number_of_its_own() -> None:
    assert not holds("It runs for 1.", "It runs for 1,024ms.")
    assert holds("It runs for 1024 ms.", "It runs for 1,024ms.")
