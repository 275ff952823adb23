"""Without the check an answer is what the model wrote, and every run says so."""

from __future__ import annotations

import msgspec

from engine.argo import Argo
from engine.config import Settings
from engine.events import Notice, SynthesisDone
from engine.guard.unchecked import unchecked
from tests.engine.guard.kit import passage
from tests.engine.test_argo import HOME
from tests.scripted_session import scripted


def test_citations_of_retrieved_passages_are_believed_and_others_removed() -> None:
    found = unchecked("It is 5 [1]. It is red [7].", {1: passage(1, "Nothing of that.")})
    assert found.text == "It is 5 [1]. It is red [1]."
    assert found.removed == 1
    assert all(sentence.supported for sentence in found.sentences)


def test_where_nothing_was_retrieved_nothing_is_supported() -> None:
    assert not unchecked("It is 5.", {}).grounded


def test_a_run_without_the_check_says_so() -> None:
    settings = Settings()
    settings = msgspec.structs.replace(
        settings, answer=msgspec.structs.replace(settings.answer, check=False)
    )
    session = scripted(
        ["The guard timer runs for 3 s."],
        {"answer": ["The guard timer runs for 99 s [1]."]},
        settings=settings,
    )
    events = list(Argo(session, HOME).answer("How long does the guard timer run?"))
    assert any(isinstance(e, Notice) and "not held against" in e.text for e in events)
    (done,) = [e for e in events if isinstance(e, SynthesisDone)]
    assert done.text == "The guard timer runs for 99 s [1]."
