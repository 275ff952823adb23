"""Prompt in, text out: nothing is cut, numbered twice or lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ConfigError
from engine.events import Passage
from engine.llm.backend import Sampling
from engine.roles import answer, choose, decompose
from engine.roles.citations import Renumber
from engine.roles.prompt import load
from engine.roles.speak import speak, without_loops
from tests.scripted_session import ScriptedBackend


def passage(text: str) -> Passage:
    return Passage(
        number=7,
        id="d#1",
        document="Handbook",
        source="handbook.md",
        section=("Handbook", "Timers"),
        text=text,
        dense=0.0,
        lexical=0.0,
        fused=0.0,
    )


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Split 7.2x latency", "Split 7.2x latency"),
        ("Query: O-RAN.WG4.CUS.0 section types", "O-RAN.WG4.CUS.0 section types"),
        ("1. E2 Setup procedure", "E2 Setup procedure"),
        ('"A1 policy types"', "A1 policy types"),
        ("\n  near-RT RIC e.g. timing\nsecond line", "near-RT RIC e.g. timing"),
        ("   ", ""),
    ],
)
def test_a_sub_query_is_tidied_and_never_cut(said: str, kept: str) -> None:
    assert decompose.tidy(said) == kept


@pytest.mark.parametrize("name", ["qwen", "smol"])
def test_the_constant_part_of_a_prompt_comes_first(name: str) -> None:
    prompts = load(name)
    one = answer.messages(prompts, "Which port?", [passage("Port 7710.")])
    two = answer.messages(prompts, "How long?", [passage("40 ms.")])
    assert one[:-1] == two[:-1]
    assert one[-1].content.startswith(("[1] Handbook", "Handbook"))


def test_braces_in_passages_and_questions_are_text() -> None:
    said = answer.messages(load("qwen"), "What is {passages}?", [passage("{question} {number}")])
    assert "{question} {number}" in said[-1].content
    assert said[-1].content.endswith("What is {passages}?")


def test_a_heading_that_repeats_the_title_is_named_once() -> None:
    said = answer.messages(load("qwen"), "?", [passage("x")])
    assert "[1] Handbook › Timers: x" in said[-1].content


def test_options_that_carry_numbers_are_numbered_once_and_reach_the_decomposer() -> None:
    options = [choose.bare(option) for option in ("1. E1", "2) F1", "c. E2", "O1")]
    assert options == ["E1", "F1", "E2", "O1"]
    said = decompose.messages(
        load("qwen"), "Which?", options=options, findings=[], searched=[], failed=[]
    )
    assert "1. E1\n2. F1\n3. E2\n4. O1" in said[-1].content


def test_what_failed_is_told_to_the_decomposer() -> None:
    said = decompose.messages(
        load("qwen"), "Q?", options=[], findings=[], searched=["Q?"], failed=["Q?"]
    )
    assert said[-1].content.endswith("Already searched:\nnone\nFound nothing:\n- Q?")


def test_an_unknown_prompt_set_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="qwen, reader, smol"):
        load("../secrets")


def test_prompt_numbers_become_run_numbers_and_strays_are_removed() -> None:
    renumber = Renumber([4, 9])
    text = renumber.feed("A [1], B [2][3] and [1, 2].") + renumber.rest()
    assert text == "A [4], B [9] and [4][9]."
    assert renumber.removed == 1


@given(st.lists(st.sampled_from(["[", "]", "1", "2", "3", ",", " ", "a", "[1]", "[12]"])))
def test_renumbering_does_not_depend_on_how_the_text_is_cut(pieces: list[str]) -> None:
    whole, cut = Renumber([5, 6]), Renumber([5, 6])
    once = whole.feed("".join(pieces)) + whole.rest()
    streamed = "".join(cut.feed(piece) for piece in pieces) + cut.rest()
    assert streamed == once
    assert cut.removed == whole.removed


def test_a_model_that_loops_is_stopped_and_its_phrase_is_kept_once() -> None:
    loop = "It carries guidance" + ", and between the producer and consumer" * 40
    backend = ScriptedBackend({"answer": [loop]})
    speech = speak(backend, [], Sampling(200), kind="answer")
    pieces = []
    while True:
        try:
            pieces.append(next(speech))
        except StopIteration as end:
            reply = end.value
            break
    assert len(pieces) < 40
    assert reply.text.count("between the producer") <= 2
    assert reply.finish == "cap"


def test_a_table_of_numbers_is_not_a_loop() -> None:
    text = "1 ms, 2 ms, 3 ms, 4 ms. Port 20010, 20011, 20012. Yes. Yes. Yes. Yes."
    assert without_loops(text) == text
