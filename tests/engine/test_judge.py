"""«Is it answered?»: scored, never decoded, and asked only where the rules do not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
import pytest

from engine.argo import Argo
from engine.config import Settings
from engine.events import Progressed, Status, SynthesisDone
from engine.llm.backend import Message
from engine.roles import judge
from engine.roles.prompt import load
from engine.session import Session
from tests.engine.test_argo import HOME, TEXTS, run
from tests.scripted_session import PROFILE, ScriptedBackend, scripted

COMPARISON = (
    "Why does the beacon timer of a Tarvo node differ from the table of the Melin hub, "
    "and how do both change under load?"
)
FOUND = "The beacon timer runs for 40 ms [1]."


@dataclass
class Scoring(ScriptedBackend):
    """Gives the log-probabilities that a test wants."""

    yes: float = 0.0
    no: float = 0.0
    asked: int = 0

    def score(self, messages: Sequence[Message], continuations: Sequence[str]) -> tuple[float, ...]:
        assert tuple(continuations) == ("yes", "no")
        self.asked += 1
        return (self.yes, self.no)


def session(*, judges: bool, yes: float) -> tuple[Session, Scoring]:
    # The one answer is given again and again, and speaks of one of the two things only.
    lenient = msgspec.structs.replace(
        Settings(), answer=msgspec.structs.replace(Settings().answer, min_relevance=0.0)
    )
    profile = msgspec.structs.replace(PROFILE, judges=judges)
    made = scripted(TEXTS, {}, profile=profile, settings=lenient)
    replies = {"answer": [FOUND] * 9, "decompose": ["Melin hub table"] * 9, "synthesise": [FOUND]}
    backend = Scoring(replies, yes=yes, no=-1.0)
    return replace(made, backend=backend), backend


def steps(events: Sequence[object]) -> int:
    return len([event for event in events if isinstance(event, Progressed)])


def test_the_probability_is_that_of_yes_against_no() -> None:
    prompts = load("qwen")
    said = judge.messages(prompts, "Which port?", ["Port 7710 [1]."])
    assert "Port 7710" in said[-1].content
    assert judge.answered(Scoring({}, yes=-1.0, no=-1.0), said) == pytest.approx(0.5)
    assert judge.answered(Scoring({}, yes=0.0, no=-3.0), said) == pytest.approx(0.9526, abs=1e-4)
    assert judge.answered(Scoring({}, yes=-1e6, no=0.0), said) == pytest.approx(0.0)


def test_a_yes_ends_the_search_of_a_complex_question() -> None:
    asked, backend = session(judges=True, yes=2.0)
    events = run(asked, COMPARISON)
    assert steps(events) == 1
    assert backend.asked == 1
    (done,) = [event for event in events if isinstance(event, SynthesisDone)]
    assert done.status is Status.ANSWERED


def test_a_no_lets_the_search_go_on() -> None:
    asked, backend = session(judges=True, yes=-5.0)
    assert steps(run(asked, COMPARISON)) > 1
    assert backend.asked > 1


def test_a_profile_that_does_not_judge_is_not_asked() -> None:
    asked, backend = session(judges=False, yes=2.0)
    assert steps(run(asked, COMPARISON)) > 1
    assert backend.asked == 0


def test_where_the_rules_know_the_model_is_not_asked() -> None:
    asked, backend = session(judges=True, yes=-5.0)
    list(Argo(asked, HOME).answer("How long is the beacon timer of a Tarvo node?", run="run"))
    assert backend.asked == 0
