"""A name that no passage has is never shown as supported; a held one may be written otherwise."""

from __future__ import annotations

import pytest

from engine.guard.names import claimed, holds, letters, names, squeezed, subject
from tests.engine.guard.kit import GLOSSARY
from tests.engine.guard.kit import holds as supported

MAKER = "The node is made by Ericsson, the maker of the hub."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The xApp and the O-DU use NETCONF.", ["xApp", "O-DU", "NETCONF"]),
        ("It was built by Tarvo in Oslo.", ["Tarvo", "Oslo"]),
        ("It sends 5 MHz at 3 dBm.", []),
        ("The first word says nothing.", []),
    ],
)
def test_names_are_acronyms_mixed_case_and_inner_capitals(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("two xApps run", "xApp"),
        ("an xapp runs", "xApps"),
        ("the near rt ric", "Near-RT RIC"),
        ("an O-RAN Distributed Unit", "O-DU"),
        ("multi-access edge computing", "MEC"),
    ],
)
def test_case_plural_hyphens_and_expansion_do_not_matter(text: str, name: str) -> None:
    assert holds(squeezed(text), name, GLOSSARY)


@pytest.mark.parametrize(
    ("text", "name"), [("E2AP", "E2"), ("an O-DUX", "O-DU"), ("the Non-RT RIC", "Near-RT RIC")]
)
def test_a_part_of_a_longer_name_is_another_name(text: str, name: str) -> None:
    assert not holds(squeezed(text), name, GLOSSARY)


@pytest.mark.parametrize(
    "claim",
    [
        "Nokia makes the node.",
        "Nokia's node is made.",
        "Nokia, the maker of the hub, made the node.",
        "The node is made by Nokia.",
        'The node is made by "Nokia".',
        "The node is made by **Nokia**.",
        "The node is made by - Nokia.",
        "The node is made by\nNokia.",
        "The node is made by  Li.",
        "The node has 5G Nokia parts.",
        "| node | Nokia |",
        "THE NODE IS MADE BY NOKIA.",
        "The node is made by e.g. Nokia.",
        "The node is made by Еricsson.",  # the first letter is Cyrillic
        "The nоde is made by Ericsson.",  # so is the second of «node»
        "The node is made by \u202enossci\u202cErE.",
    ],
)
def test_no_way_of_writing_hides_a_made_up_name(claim: str) -> None:
    assert not supported(claim, MAKER)


def test_the_name_that_the_passage_has_passes_in_any_dress() -> None:
    assert supported('The node is made by **Ericsson** ("ERICSSON").', MAKER)
    assert supported("Ericsson makes the node.", MAKER)
    assert supported("The node was built by Müller.", "Its node was built by Müller.")


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("The module is foo.yang.", "The module is bar.yang."),
        ("The module is o-ran-foo-conf.", "The module is o-ran-bar-conf."),
        ("The command is `frobnicate`.", "The command is `restart`."),
        ("The file is /etc/foo/bar.", "The file is /etc/foo/baz."),
        ("The page is https://foo.org/x.", "The page is https://bar.org/x."),
        ("The address is foo@bar.org.", "The address is fox@bar.org."),
        ("The month is May.", "The month is June."),
        ("The call is rmr_wh_open.", "The call is rmr_wh_close."),
    ],
)
def test_identifiers_are_held_whole(claim: str, text: str) -> None:
    assert not supported(claim, text)
    assert supported(text, text)


def test_a_letter_tells_kinds_apart() -> None:
    assert letters("Category B, class C and a type V cell") == {"B", "C", "V"}
    assert not supported("It is a class B cell.", "It is a class C cell.")
    assert supported("It is a class C cell.", "It is a class C cell.")


def test_the_subject_is_the_noun_that_a_sentence_begins_with() -> None:
    assert subject("Nokia makes it.") == "Nokia"
    assert subject("Operators use it.") == ""
    assert subject("The node is on.") == ""
    assert subject("Only nodes do.") == ""


def test_what_stands_in_front_of_a_name_is_claimed_too() -> None:
    assert "Foo" in claimed("The O-DU Foo runs.")
    assert claimed("The node runs.") == []
