"""The loop: which events come, in which order, and what a run may never do."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from engine.argo import LONGEST_QUESTION, Argo
from engine.config import Settings
from engine.events import (
    Action,
    AnswerDelta,
    AnswerDone,
    Decided,
    Event,
    Notice,
    Progressed,
    Retrieved,
    RunFailed,
    RunFinished,
    RunStarted,
    Status,
    StepTimed,
    SubqueryDone,
    SynthesisDone,
    decode,
    encode,
)
from engine.guard.claims import unbroken
from engine.paths import Home
from engine.session import Session
from tests.scripted_session import PROFILE, ScriptedBackend, scripted, with_policy

TEXTS = [
    "The beacon timer of a Tarvo node runs for 40 ms.",
    "A Tarvo node opens port 7710 towards its Melin hub.",
    "The Melin hub writes its table to disk once a minute.",
    "Bread is baked from flour, water and salt.",
]
T = TypeVar("T")
HOME = Home(Path("config"), Path("data"), Path("cache"))
NOT_THERE = "Not in the passages."


def run(session: Session, question: str, **options: object) -> list[Event]:
    return list(Argo(session, HOME).answer(question, run="run", **options))  # type: ignore[arg-type]


def only(events: Sequence[Event], kind: type[T]) -> list[T]:
    return [event for event in events if isinstance(event, kind)]


def answered(events: Sequence[Event]) -> SynthesisDone:
    (done,) = only(events, SynthesisDone)
    return done


def calls(session: Session) -> list[str]:
    backend = session.backend
    assert isinstance(backend, ScriptedBackend)
    return [kind for kind, _, _ in backend.calls]


def test_one_finding_that_answers_is_the_answer_and_costs_one_call() -> None:
    session = scripted(TEXTS, {"answer": ["The beacon timer runs for 40 ms [1]."]})
    events = run(session, "How long is the beacon timer of a Tarvo node?")
    done = answered(events)
    assert done.status is Status.ANSWERED
    assert done.text == "The beacon timer runs for 40 ms [1]."
    assert done.citations[0].quote == TEXTS[0]
    assert not done.generated
    assert calls(session) == ["answer"]


def test_the_order_of_a_run_is_the_contract() -> None:
    session = scripted(TEXTS, {"answer": ["The beacon timer runs for 40 ms [1]."]})
    events = run(session, "How long is the beacon timer of a Tarvo node?")
    order = [type(e).__name__ for e in events if not isinstance(e, AnswerDelta)]
    assert order == [
        "RunStarted",
        "Classified",
        "Decided",
        "SubqueryDone",
        "Retrieved",
        "AnswerDone",
        "Progressed",
        "StepTimed",
        "Decided",
        "SynthesisDone",
        "StepTimed",
        "RunFinished",
    ]
    assert [e.at_ns for e in events] == sorted(e.at_ns for e in events)
    assert all(decode(encode(event)) == event for event in events)


def test_two_parts_are_searched_apart_and_written_together() -> None:
    session = scripted(
        TEXTS,
        {
            "answer": ["The beacon timer runs for 40 ms [1].", "It opens port 7710 [1]."],
            "synthesise": ["The beacon timer runs for 40 ms [1]. A node opens port 7710 [2]."],
        },
    )
    question = "How long is the beacon timer of a Tarvo node, and which port does it open?"
    events = run(session, question)
    first, second = only(events, SubqueryDone)
    assert (first.text, first.generated) == (question, False)
    assert (second.text, second.generated) == ("which port does it open?", False)
    done = answered(events)
    assert done.generated
    cited = {citation.number: citation.quote for citation in done.citations}
    passages = {p.number: p.text for e in only(events, Retrieved) for p in e.passages}
    assert {passages[n] for n in cited} == {TEXTS[0], TEXTS[1]}


def test_a_declined_question_is_not_found_with_the_nearest_passages_and_no_citation() -> None:
    session = scripted(
        TEXTS, {"answer": [NOT_THERE] * 9, "decompose": ["Tarvo colour", "paint of a node"] * 4}
    )
    done = answered(run(session, "Which colour has a Tarvo node?"))
    assert done.status is Status.NOT_FOUND
    assert done.text == "Not found in the documents."
    assert done.citations == ()
    assert done.nearest
    assert "synthesise" not in calls(session)


def test_an_invented_answer_is_a_failed_retrieval() -> None:
    session = scripted(
        TEXTS,
        {"answer": ["The beacon timer runs for 90 seconds [1]."] * 9, "decompose": ["timer"] * 9},
    )
    events = run(session, "How long is the beacon timer of a Tarvo node?")
    assert answered(events).status is Status.NOT_FOUND
    assert not any(done.answered for done in only(events, AnswerDone))
    beliefs = [event.belief.mean for event in only(events, Progressed)]
    assert beliefs == sorted(beliefs, reverse=True)
    assert all(event.u_after == event.u_before for event in only(events, Progressed))


def test_what_failed_is_told_and_not_read_again() -> None:
    session = scripted(TEXTS, {"answer": [NOT_THERE] * 9, "decompose": ["Melin disk"] * 9})
    question = "Which colour has the timer of a Tarvo node?"
    events = run(session, question)
    backend = session.backend
    assert isinstance(backend, ScriptedBackend)
    said = next(m for kind, m, _ in backend.calls if kind == "decompose")
    assert said[-1].content.endswith(f"Found nothing:\n- {question}")
    read = [p.id for e in only(events, Retrieved) if e.cleared for p in e.passages]
    assert len(read) == len(set(read))


def test_a_sub_query_that_repeats_an_earlier_one_ends_the_search() -> None:
    replies = {"answer": [NOT_THERE] * 9, "decompose": ["Melin disks", "melin disk"]}
    session = scripted(TEXTS, replies)
    events = run(session, "Which colour has the timer of a Tarvo node?")
    assert [e.text for e in only(events, SubqueryDone)][1:] == ["Melin disks", "melin disk"]
    assert len(only(events, Retrieved)) == 2
    assert only(events, Decided)[-1].forbidden == (Action.REASON, Action.RETRIEVE)


def test_an_answer_cut_at_its_cap_ends_with_a_whole_sentence() -> None:
    assert unbroken("One holds [1]. Two is cut in the mid", "cap") == "One holds [1]."
    assert unbroken("Only one that is cut in the mid", "cap") == "Only one that is cut in the mid"
    assert unbroken("One holds [1]. No full stop", "stop") == "One holds [1]. No full stop"


def test_nothing_relevant_means_no_model_call_at_all() -> None:
    session = scripted(TEXTS, {"answer": [], "decompose": ["zebra quagga"] * 9})
    events = run(session, "Zebra quagga okapi?")
    assert not any(event.cleared for event in only(events, Retrieved))
    assert answered(events).status is Status.NOT_FOUND
    assert "answer" not in calls(session)


def test_a_synthesis_that_leaves_the_findings_is_replaced_by_them() -> None:
    session = scripted(
        TEXTS,
        {
            "answer": ["The beacon timer runs for 40 ms [1].", "It opens port 7710 [1]."],
            "decompose": ["Tarvo node Melin hub port"],
            "synthesise": ["The node was built in 1987 by 12 engineers [1]."],
        },
    )
    events = run(session, "How long is the beacon timer of a node, and which port does it open?")
    done = answered(events)
    assert "40 ms" in done.text
    assert "7710" in done.text
    assert "1987" not in done.text
    assert any("did not keep to the findings" in n.text for n in only(events, Notice))


def test_cancel_stops_within_one_piece_and_keeps_what_is_there() -> None:
    session = scripted(TEXTS, {"answer": ["one two three four five six seven"]})
    cancel = threading.Event()
    seen: list[Event] = []
    for event in Argo(session, HOME).answer(
        "How long is the beacon timer of a Tarvo node?", cancel=cancel
    ):
        seen.append(event)
        if len(only(seen, AnswerDelta)) == 3:
            cancel.set()
    assert len(only(seen, AnswerDelta)) == 3
    assert answered(seen).text == "one two three"
    assert answered(seen).status is Status.CANCELLED
    (finished,) = only(seen, RunFinished)
    assert finished.status is Status.CANCELLED


def test_reason_is_labelled_and_never_cites() -> None:
    profile = msgspec.structs.replace(PROFILE, own_knowledge=True, reason_gain=0.5)
    session = scripted(
        [],
        {"reason": ["O-RAN is an alliance [3]."]},
        settings=with_policy(strategy="always_reason", max_steps=2),
        profile=profile,
    )
    events = run(session, "What is O-RAN?")
    (finding,) = only(events, AnswerDone)
    assert finding.action is Action.REASON
    assert not finding.grounded
    done = answered(events)
    assert done.from_model
    assert done.citations == ()
    assert "[3]" not in done.text


def test_a_model_without_knowledge_never_reasons_from_nothing() -> None:
    session = scripted(TEXTS, {}, settings=with_policy(strategy="always_reason"))
    events = run(session, "How long is the beacon timer of a Tarvo node?")
    (decided,) = only(events, Decided)
    assert decided.action is Action.STOP
    assert decided.forbidden == (Action.REASON,)
    assert answered(events).status is Status.NOT_FOUND


def test_direct_asks_the_model_alone_and_labels_it() -> None:
    session = scripted(
        TEXTS, {"synthesise": ["It runs for 40 ms [1]."]}, settings=with_policy(strategy="direct")
    )
    done = answered(run(session, "How long is the beacon timer?"))
    assert done.from_model
    assert (done.text, done.citations) == ("It runs for 40 ms.", ())


def test_the_same_findings_are_reasoned_over_once() -> None:
    profile = msgspec.structs.replace(PROFILE, own_knowledge=True, reason_gain=0.2)
    session = scripted(
        TEXTS,
        {
            "answer": ["The beacon timer runs for 40 ms [1].", "It opens port 7710 [1]."],
            "decompose": ["Tarvo node Melin hub port"] * 3,
            "reason": ["The beacon timer runs for 40 ms [1]."] * 5,
            "synthesise": ["The beacon timer runs for 40 ms [1]."],
        },
        profile=profile,
    )
    run(session, "How do the beacon timer and the port of a Tarvo node differ?")
    said = calls(session)
    assert "reason" in said
    assert all(pair != ("reason", "reason") for pair in pairwise(said))


def test_a_deadline_lets_no_action_start_that_cannot_finish() -> None:
    seconds = {Action.RETRIEVE: 5.0, Action.REASON: 5.0, Action.STOP: 1.0}
    session = scripted(TEXTS, {}, seconds=seconds)
    events = run(session, "How long is the beacon timer?", deadline_s=2.0)
    (decided,) = only(events, Decided)
    assert decided.action is Action.STOP
    assert set(decided.forbidden) == {Action.RETRIEVE, Action.REASON}
    assert "deadline" in decided.why
    assert answered(events).status is Status.NOT_FOUND


def test_measured_costs_reach_the_policy() -> None:
    settings = with_policy(costs="measured", mu=1.0)
    cheap = scripted(
        TEXTS,
        {"answer": ["The beacon timer runs for 40 ms [1]."]},
        settings=settings,
        seconds={Action.RETRIEVE: 0.1},
    )
    dear = scripted(TEXTS, {}, settings=settings, seconds={Action.RETRIEVE: 60.0})
    question = "How long is the beacon timer of a Tarvo node?"
    assert only(run(cheap, question), Decided)[0].action is Action.RETRIEVE
    assert only(run(dear, question), Decided)[0].action is Action.STOP


def test_a_choice_is_read_from_probabilities() -> None:
    session = scripted(TEXTS, {"answer": ["A Tarvo node opens port 7710 [1]."]})
    options = ["1. port 1234", "2. port 7710", "3. port 99"]
    done = answered(run(session, "Which port does a Tarvo node open?", options=options))
    assert done.choice is not None
    assert (done.choice.index, done.choice.option) == (1, "port 7710")
    assert sum(done.choice.probabilities) == pytest.approx(1.0)
    assert done.citations[0].quote == TEXTS[1]


@pytest.mark.parametrize("question", ["", "   \n", "\x1b[2J\x07"])
def test_an_empty_question_fails_with_a_remedy(question: str) -> None:
    events = run(scripted(TEXTS, {}), question)
    (failed,) = only(events, RunFailed)
    assert "empty" in failed.what
    assert failed.remedy
    assert only(events, RunFinished)[0].status is Status.FAILED


def test_a_question_of_20_000_characters_says_how_long_it_may_be() -> None:
    (failed,) = only(run(scripted(TEXTS, {}), "x" * 20_000), RunFailed)
    assert f"{LONGEST_QUESTION:,}" in failed.what


def test_an_unexpected_error_ends_the_run_and_names_itself() -> None:
    session = scripted(TEXTS, {"answer": []})
    events = run(session, "How long is the beacon timer of a Tarvo node?")
    (failed,) = only(events, RunFailed)
    assert "IndexError" in failed.what
    assert only(events, RunFinished)[0].status is Status.FAILED


def test_control_characters_and_markup_in_a_question_are_text() -> None:
    session = scripted(TEXTS, {"answer": ["The beacon timer runs for 40 ms [1]."]})
    started = run(session, "How long is the [red]beacon\x1b[31m timer[/] of a Tarvo node?")[0]
    assert isinstance(started, RunStarted)
    assert started.question == "How long is the [red]beacon timer[/] of a Tarvo node?"


def test_passages_that_do_not_fit_the_context_are_left_out_and_it_is_said() -> None:
    settings = Settings()
    long = ["beacon timer Tarvo node " * 60 + str(n) for n in range(3)]
    session = scripted(
        long,
        {"answer": [NOT_THERE] * 9, "decompose": ["timer"] * 9},
        settings=settings,
        context=950,
    )
    events = run(session, "beacon timer Tarvo node?")
    assert any("passages fit" in notice.text for notice in only(events, Notice))


def test_step_times_add_up_to_less_than_the_run() -> None:
    session = scripted(TEXTS, {"answer": ["The beacon timer runs for 40 ms [1]."]})
    events = run(session, "How long is the beacon timer of a Tarvo node?")
    steps = only(events, StepTimed)
    (finished,) = only(events, RunFinished)
    assert [step.step for step in steps] == [1, 0]
    assert sum(step.ns for step in steps) <= finished.ns
    assert finished.usage.decoded_tokens == sum(step.usage.decoded_tokens for step in steps)


@pytest.mark.parametrize("name", ["one_finding", "two_parts", "not_found"])
def test_the_stream_is_the_recorded_one(name: str) -> None:
    """Golden streams: every field but times, ids and versions."""
    question, replies = GOLDEN[name]
    stream = [
        stable(event)
        for event in run(scripted(TEXTS, {k: list(v) for k, v in replies.items()}), question)
    ]  # type: ignore[arg-type]
    path = Path(__file__).parent / "golden" / f"{name}.jsonl"
    recorded = [decode(line) for line in path.read_text("utf-8").splitlines()]
    assert stream == recorded


GOLDEN = {
    "one_finding": (
        "How long is the beacon timer of a Tarvo node?",
        {"answer": ["The beacon timer runs for 40 ms [1]."]},
    ),
    "two_parts": (
        "How long is the beacon timer of a Tarvo node, and which port does it open?",
        {
            "answer": ["The beacon timer runs for 40 ms [1].", "It opens port 7710 [1]."],
            "decompose": ["Tarvo node Melin hub port"],
            "synthesise": ["The beacon timer runs for 40 ms [1]. It opens port 7710 [2]."],
        },
    ),
    "not_found": (
        "Which colour has a Tarvo node?",
        {"answer": [NOT_THERE] * 9, "decompose": ["Tarvo colour", "paint of a node"]},
    ),
}


def stable(event: Event) -> Event:
    """The event without what differs from run to run."""
    changes: dict[str, object] = {"at_ns": 0}
    if isinstance(event, RunStarted):
        changes |= {"started": "", "versions": {}, "settings": {}}
    if isinstance(event, Retrieved):
        changes |= {"embed_ns": 0, "search_ns": 0}
    if isinstance(event, StepTimed):
        changes |= {"start_ns": 0, "ns": 0, "spans": ()}
    if isinstance(event, RunFinished):
        changes |= {"ns": 0}
    return msgspec.structs.replace(event, **changes)


def record() -> None:
    """Write the golden streams anew: `python -m tests.engine.test_argo`, then read the change."""
    for name, (question, replies) in GOLDEN.items():
        session = scripted(TEXTS, {k: list(v) for k, v in replies.items()})  # type: ignore[arg-type]
        lines = [encode(stable(event)) for event in run(session, question)]
        path = Path(__file__).parent / "golden" / f"{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\n".join(lines) + b"\n")


if __name__ == "__main__":
    record()
