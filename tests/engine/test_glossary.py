"""The bundled glossary: what acronyms stand for, and which of them a text leaves open."""

from __future__ import annotations

import pytest

from engine.glossary import expansions, load

GLOSSARY = {"O-DU": "O-RAN Distributed Unit", "RIC": "RAN Intelligent Controller", "A/B": "a or b"}


def test_at_least_250_acronyms_are_bundled() -> None:
    assert len(load()) >= 250


@pytest.mark.parametrize(
    ("acronym", "expansion"),
    [
        ("O-DU", "O-RAN Distributed Unit"),
        ("SMO", "Service Management and Orchestration"),
        ("PTP", "Precision Time Protocol"),
    ],
)
def test_an_acronym_has_its_expansion(acronym: str, expansion: str) -> None:
    assert load()[acronym] == expansion


def test_no_entry_is_empty_or_carries_markup() -> None:
    for acronym, expansion in load().items():
        assert acronym == acronym.strip() != ""
        assert expansion == expansion.strip() != ""
        assert not set("*`\n") & set(acronym + expansion)


def test_no_acronym_stands_for_itself() -> None:
    assert not [acronym for acronym, said in load().items() if acronym.lower() == said.lower()]


def test_the_glossary_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        load()["O-DU"] = "other"  # type: ignore[index]


def test_acronyms_of_a_text_are_expanded_once_and_in_order() -> None:
    found = expansions("The RIC and two O-DUs, then the RIC.", GLOSSARY)
    assert list(found) == ["RIC", "O-DU"]
    assert found["O-DU"] == "O-RAN Distributed Unit"


def test_what_a_text_spells_out_is_not_expanded() -> None:
    assert not expansions("the O-RAN distributed unit (O-DU)", GLOSSARY)


@pytest.mark.parametrize("text", ["", "no acronym here", "o-du", "RICX", "XRIC"])
def test_other_words_are_not_expanded(text: str) -> None:
    assert not expansions(text, GLOSSARY)


def test_an_acronym_with_a_slash_is_one_word() -> None:
    assert list(expansions("Is it A/B?", GLOSSARY)) == ["A/B"]
