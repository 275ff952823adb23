"""Follow-ups: which questions lean on the one before, and what they then say in full."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.followup import leans
from engine.followup_swap import written_out
from engine.roles import restate

LATENCY = "What is the latency of the E2 interface?"
GUARD = "How long does the guard timer of a Tarvo node run?"
PORT = "Which port leads to the Melin hub?"
PROTOCOL = "Which protocol does the A1 interface use?"
NODE = "What does the O-DU do?"
RIC = "What is the near-RT RIC?"
RLC = "Does the O-DU host the RLC?"
XAPPS = "What are xApps?"
TWO = "How do A1 and E2 differ?"

CERTAIN = [
    ("and its bandwidth?", LATENCY, "What is the bandwidth of the E2 interface?"),
    ("its bandwidth?", LATENCY, "What is the bandwidth of the E2 interface?"),
    ("what is its bandwidth", LATENCY, "What is the bandwidth of the E2 interface?"),
    ("and the bandwidth?", LATENCY, "What is the bandwidth of the E2 interface?"),
    ("bandwidth?", LATENCY, "What is the bandwidth of the E2 interface?"),
    ("and the O1?", LATENCY, "What is the latency of the O1 interface?"),
    ("what about the A1 interface", LATENCY, "What is the latency of the A1 interface?"),
    ("how about O1", LATENCY, "What is the latency of the O1 interface?"),
    ("and for LTE", LATENCY, "What is the latency of the E2 interface for LTE?"),
    ("and for A1?", LATENCY, "What is the latency of the A1 interface?"),
    ("which port does it use?", LATENCY, "Which port does the E2 interface use?"),
    ("and the beacon timer?", GUARD, "How long does the beacon timer of a Tarvo node run?"),
    ("what about a Melin hub", GUARD, "How long does the guard timer of a Melin hub run?"),
    ("and for a Melin hub?", GUARD, "How long does the guard timer of a Melin hub run?"),
    ("and to the trace tool?", PORT, "Which port leads to the trace tool?"),
    ("what about the Tarvo node", PORT, "Which port leads to the Tarvo node?"),
    ("and the E2?", PROTOCOL, "Which protocol does the E2 interface use?"),
    ("same for O1", PROTOCOL, "Which protocol does the O1 interface use?"),
    ("what about the F1 interface?", PROTOCOL, "Which protocol does the F1 interface use?"),
    ("and the O-CU-UP?", NODE, "What does the O-CU-UP do?"),
    ("what about the O-CU-UP", NODE, "What does the O-CU-UP do?"),
    ("and o-cu-up?", NODE, "What does the o-cu-up do?"),
    ("where does it run?", NODE, "Where does the O-DU run?"),
    ("does it host the RLC?", NODE, "Does the O-DU host the RLC?"),
    ("who makes it", RIC, "Who makes the near-RT RIC?"),
    ("what are its functions?", RIC, "What are the functions of the near-RT RIC?"),
    ("and the non-RT RIC?", RIC, "What is the non-RT RIC?"),
    (
        "how does it connect to the non-RT RIC?",
        RIC,
        "How does the near-RT RIC connect to the non-RT RIC?",
    ),
    ("and who maintains it?", RIC, "Who maintains the near-RT RIC?"),
    ("why?", RLC, "Why does the O-DU host the RLC?"),
    ("and for LTE", "Does the O-DU support 5G?", "Does the O-DU support LTE?"),
    ("how are they deployed?", XAPPS, "How are xApps deployed?"),
    ("and rApps?", XAPPS, "What are rApps?"),
    ("and their lifecycle", XAPPS, "What is the lifecycle of xApps?"),
    ("how is it computed", "What is beamforming?", "How is beamforming computed?"),
    (
        "and the user plane?",
        "Which protocol carries the control plane?",
        "Which protocol carries the user plane?",
    ),
]
UNCERTAIN = [
    # Two things fit, or the attribute belongs to something inside the thing that is named.
    ("what about the O-RU", "What connects the O-DU and the O-CU?"),
    ("and its port?", GUARD),
    ("what restarts it", GUARD),
    ("which one is faster?", TWO),
    ("and its port?", TWO),
    # Another kind of thing.
    ("and the O-DU?", LATENCY),
    ("compared to A1?", LATENCY),
    # What was said, not what was named.
    ("why?", LATENCY),
    ("is that mandatory?", LATENCY),
    ("when does that happen?", GUARD),
    ("what if that timer expires?", GUARD),
    ("tell me more", RIC),
    ("who ends it there?", PROTOCOL),
    ("how many?", LATENCY),
    ("what is the default port?", RIC),
    ("in the O-RU?", NODE),
    # Two questions at once.
    ("and for LTE", "What is E2, and which port does it use?"),
]
ALONE = [
    ("What is the E2 interface?", LATENCY),
    ("And what is the O-CU-UP?", NODE),
    ("so what is an xApp?", RIC),
    ("and E2 latency?", PROTOCOL),
    ("What about the security of the A1 interface?", LATENCY),
    ("What is the latency of the F1 interface?", LATENCY),
    ("How does the O-DU sync its clock?", NODE),
    ("In the O-DU, what does it mean to lose sync?", NODE),
    ("What does the guard timer do when it expires?", GUARD),
    ("What was type 2 used for before it became reserved?", NODE),
    ("In how many bits does extension 5 store its factor?", NODE),
    ("I see procedureCode 8 in a trace, what is it?", NODE),
    ("sro-id, what is that for", NODE),
    ("A1 mediator - what is it", NODE),
    ("My xApp gets no indications. Why is that?", NODE),
    ("Which node sends its reports over E2?", LATENCY),
    ("Does the O-DU use PTP and how does it lock to it?", NODE),
    ("federated vs transfer learning: how does the latter work?", NODE),
    ("Is it possible to run xApps on the O-DU?", NODE),
    ("How long does it take to set up E2?", LATENCY),
    ("Which interface is it that carries A1 policies?", LATENCY),
    ("Is the interface that carries A1 policies secure?", LATENCY),
    ("Are there limits on E2 subscriptions?", LATENCY),
    ("How many working groups are there?", NODE),
    ("What happens if the O-RU loses its sync source?", NODE),
    ("What is jitter?", LATENCY),
    ("beamforming", NODE),
    ("E2 interface", NODE),
    ("near-RT RIC", NODE),
    ("How does beamforming work?", NODE),
    ("Which interfaces are defined?", NODE),
    ("Which protocol carries policies?", NODE),
    ("Why does O-RAN split the base station?", NODE),
    ("Who wrote O-RAN.WG4.CUS.0?", NODE),
    ("Explain section type 1", NODE),
    ("What is split 7.2x", NODE),
    ("What is the delay budget of the lower layer split?", NODE),
    ("List the O-RAN working groups", RIC),
    ("Does this app use the network?", NODE),
    ("what does the o-du do", RIC),
    (LATENCY, LATENCY),
    ("why?", ""),
]


@pytest.mark.parametrize(("question", "earlier", "text"), CERTAIN)
def test_a_follow_up_is_written_out_where_it_is_certain(
    question: str, earlier: str, text: str
) -> None:
    assert leans(question, earlier)
    assert written_out(question, earlier) == text
    assert not leans(text, earlier)


@pytest.mark.parametrize(("question", "earlier"), UNCERTAIN)
def test_where_it_is_not_certain_code_writes_nothing(question: str, earlier: str) -> None:
    assert leans(question, earlier)
    assert written_out(question, earlier) is None


@pytest.mark.parametrize(("question", "earlier"), ALONE)
def test_a_question_that_stands_alone_does_not_lean(question: str, earlier: str) -> None:
    assert not leans(question, earlier)


def test_the_questions_of_the_primer_stand_alone_after_one_another() -> None:
    """Written for sections, a few say «this method»; nearly all are about what they name."""
    files = Path(__file__).parents[2] / "tools/questions/primer"
    lines = [line for path in sorted(files.glob("*.txt")) for line in path.open(encoding="utf-8")]
    questions = [line[2:].strip() for line in lines if line.startswith(("? ", "x "))]
    leaning = [question for question in questions if leans(question, LATENCY)]
    assert len(leaning) <= 0.03 * len(questions)


@pytest.mark.parametrize(
    ("restated", "question", "earlier", "held"),
    [
        ("Why is the latency of the E2 interface 10 ms?", "why?", LATENCY, False),
        ("Why is there a latency of the E2 interface?", "why?", LATENCY, True),
        ("What is the latency of the E2 interface?", "why?", LATENCY, False),
        ("Why does the E2 interface run?", "why?", LATENCY, False),
        ("What restarts the guard timer of a Tarvo node?", "what restarts it", GUARD, True),
        ("What restarts the guard timer of a Melin hub?", "what restarts it", GUARD, False),
        ("What restarts it?", "what restarts it", GUARD, False),
        ("How long does the guard timer last?", "what restarts it", GUARD, False),
        ("How long does the guard timer run?", "what restarts it", GUARD, False),
        ("What is the latency of the O1?", "and the F1?", LATENCY, False),
        ("The guard timer restarts a Tarvo node.", "what restarts it", GUARD, False),
        ("What restarts the guard timer?\nIt is", "what restarts it", GUARD, False),
        (f"What restarts the guard timer {'of a node ' * 40}?", "what restarts it", GUARD, False),
        ("", "what restarts it", GUARD, False),
    ],
)
def test_the_model_may_neither_lose_nor_bring_in_a_name(
    restated: str, question: str, earlier: str, held: bool
) -> None:
    assert restate.holds(restated, question, earlier) is held


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_a_question_or_a_follow_up_and_never_an_error(
    question: str, earlier: str
) -> None:
    if leans(question, earlier):
        text = written_out(question, earlier)
        assert text is None or text.endswith("?")


WORDS = st.sampled_from(
    "and what about the its it that O-DU E2 latency for LTE of a why is ? ,".split()
)


@given(st.lists(WORDS, max_size=8).map(" ".join), st.sampled_from([LATENCY, GUARD, NODE, TWO]))
def test_what_code_writes_names_nothing_that_was_not_named(question: str, earlier: str) -> None:
    text = written_out(question, earlier) if leans(question, earlier) else None
    if text:
        known = f"{question} {earlier}".lower()
        assert all(name in known for name in ("o-du", "e2", "lte") if name in text.lower())
