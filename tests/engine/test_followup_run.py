"""A follow-up through the loop: restated before it is classified, searched and read."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.argo import Argo
from engine.config import Answer, Settings
from engine.events import (
    Classified,
    Event,
    Notice,
    Restated,
    Retrieved,
    RunFinished,
    RunStarted,
    Status,
    StepTimed,
    SynthesisDone,
    decode,
    encode,
)
from engine.roles import restate
from engine.session import Session
from tests.engine.test_argo import HOME, TEXTS, calls, only, stable
from tests.engine.test_followup import ALONE, GUARD, LATENCY, NODE, TWO
from tests.scripted_session import Reply, ScriptedBackend, scripted


def run(
    question: str,
    earlier: str | None,
    replies: dict[str, list[Reply]] | None = None,
    settings: Settings | None = None,
) -> tuple[list[Event], Session]:
    given: dict[str, list[Reply]] = {"answer": ["The beacon timer runs for 40 ms [1]."]}
    session = scripted(TEXTS, given | (replies or {}), settings=settings)  # type: ignore[arg-type]
    return list(Argo(session, HOME).answer(question, earlier=earlier, run="run")), session


def restated(events: Sequence[Event]) -> Restated:
    (event,) = only(events, Restated)
    return event


def test_the_restated_question_is_classified_searched_and_read() -> None:
    events, session = run("and the beacon timer?", "How long does the guard timer run?")
    text = "How long does the beacon timer run?"
    assert restated(events).text == text
    assert not restated(events).generated
    assert [type(event) for event in events[:3]] == [RunStarted, Restated, Classified]
    assert only(events, RunStarted)[0].question == "and the beacon timer?"
    assert only(events, Retrieved)[0].query == text
    backend = session.backend
    assert isinstance(backend, ScriptedBackend)
    assert backend.calls[0][1][-1].content.endswith(f"Question: {text}")
    assert only(events, SynthesisDone)[0].status is Status.ANSWERED
    assert all(decode(encode(event)) == event for event in events)


def test_where_code_is_not_certain_the_model_writes_it_and_the_call_is_paid_for() -> None:
    said = "How long is the beacon timer of a Tarvo node when it runs?"
    earlier = "How does the beacon timer of a Tarvo node run?"
    events, session = run("how long?", earlier, {"restate": [said]})
    assert restated(events).generated
    assert restated(events).text == said
    assert calls(session)[0] == "restate"
    steps = sum(step.usage.decoded_tokens for step in only(events, StepTimed))
    assert only(events, RunFinished)[0].usage.decoded_tokens == steps + len(said.split())


def test_words_that_do_not_hold_are_not_used_and_it_is_said() -> None:
    events, _ = run("what restarts it?", GUARD, {"restate": ["What restarts the Melin hub?"]})
    assert restated(events).text == f"what restarts it ({GUARD})"
    assert not restated(events).generated
    assert [type(e) for e in events[:4]] == [RunStarted, Notice, Restated, Classified]
    assert "both are searched for" in only(events, Notice)[0].text


def test_a_stop_while_the_model_restates_shows_none_of_it() -> None:
    cancel = threading.Event()

    def stopped(_: object) -> str:
        cancel.set()
        return "What restarts the guard timer"

    session = scripted(TEXTS, {"restate": [stopped]})
    events = list(
        Argo(session, HOME).answer("what restarts it?", earlier=GUARD, cancel=cancel, run="run")
    )
    assert only(events, SynthesisDone)[0].text == ""
    assert only(events, RunFinished)[0].status is Status.CANCELLED


def test_a_chain_of_follow_ups_goes_by_what_was_understood() -> None:
    first, _ = run("and the beacon timer?", "How long does the guard timer run?")
    second, _ = run("and the guard timer?", restated(first).text)
    assert restated(second).text == "How long does the guard timer run?"


@pytest.mark.parametrize("earlier", [None, "", "  \n"])
def test_without_a_question_before_nothing_is_restated(earlier: str | None) -> None:
    events, session = run("and the beacon timer?", earlier)
    assert not only(events, Restated)
    assert only(events, Retrieved)[0].query == "and the beacon timer?"
    assert "restate" not in calls(session)


def test_switched_off_every_question_is_asked_as_it_is() -> None:
    off = msgspec.structs.replace(Settings(), answer=Answer(follow_ups=False))
    events, _ = run("and the beacon timer?", "How long does the guard timer run?", settings=off)
    assert not only(events, Restated)


def test_an_earlier_question_of_any_length_is_cut_between_words() -> None:
    events, _ = run("why?", "beacon timer " * 300, {"restate": ["Why does it rain?"]})
    assert len(restated(events).earlier) <= restate.LONGEST
    assert restated(events).earlier.endswith(("beacon", "timer"))


@given(
    st.sampled_from([question for question, _ in ALONE if question != "why?"]),
    st.sampled_from([LATENCY, GUARD, NODE, TWO]),
)
def test_a_question_that_does_not_lean_is_searched_byte_for_byte(
    question: str, earlier: str
) -> None:
    silent: dict[str, list[Reply]] = {
        "answer": ["Not in the passages."] * 9,
        "decompose": ["x"] * 9,
    }
    events, _ = run(question, earlier, silent)
    assert not only(events, Restated)
    assert only(events, Retrieved)[0].query == question


def test_the_stream_of_a_follow_up_is_the_recorded_one() -> None:
    events, _ = run("and the beacon timer?", "How long does the guard timer run?")
    path = Path(__file__).parent / "golden" / "follow_up.jsonl"
    recorded = [decode(line) for line in path.read_text("utf-8").splitlines()]
    assert [stable(event) for event in events] == recorded


def test_a_recording_from_before_follow_ups_still_reads() -> None:
    path = Path(__file__).parent / "golden" / "one_finding.jsonl"
    assert not only([decode(line) for line in path.read_text("utf-8").splitlines()], Restated)


def record() -> None:
    """Write the golden stream anew: `python -m tests.engine.test_followup_run`, then read it."""
    events, _ = run("and the beacon timer?", "How long does the guard timer run?")
    path = Path(__file__).parent / "golden" / "follow_up.jsonl"
    path.write_bytes(b"\n".join(encode(stable(event)) for event in events) + b"\n")


if __name__ == "__main__":
    record()
