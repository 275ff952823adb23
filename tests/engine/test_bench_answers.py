"""The answers benchmark: what counts as right, what is recorded, and what the figures say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from engine.argo import Argo
from engine.bench.answers import Engines, measure
from engine.bench.answers_figures import Figure, figures
from engine.bench.answers_judge import Verdict
from engine.bench.answers_paired import difference
from engine.bench.answers_questions import Question, QuestionSet
from engine.bench.answers_record import Asked, Source, Step, read
from engine.bench.answers_variant import (
    Column,
    Way,
    record_path,
)
from engine.config import Settings
from engine.errors import ArgoError
from engine.events import Sentence
from engine.layers import Configuration
from engine.paths import Home
from tests.scripted_session import ScriptedBackend, scripted

TEXTS = [
    "The beacon timer of a Tarvo node runs for 40 ms.",
    "A Tarvo node opens port 7710 towards its Melin hub.",
    "Bread is baked from flour, water and salt.",
]
HOME = Home(Path("config"), Path("data"), Path("cache"))
TIMER = Question(
    q="How long does the beacon timer of a Tarvo node run?",
    answers=(("40 ms",),),
    file="handbook.md",
    kind="value",
)
COLOUR = Question(q="Which colour has the lid of a Tarvo node?", kind="near miss")
NOT_THERE = "Not in the passages."


class Steady(Argo):
    """An engine that can go on under any settings."""

    def adopt(self, configuration: Configuration) -> bool:
        self.session = replace(self.session, settings=configuration.settings)
        return True


def engine(*replies: str) -> Steady:
    said = {
        "answer": list(replies),
        "decompose": ["lid colour"] * 9,
        "restate": ["What is the port of the Tarvo node?"],
    }
    return Steady(scripted(TEXTS, said), HOME)  # type: ignore[arg-type]


def way(strategy: str = "one_shot", variant: str = "shipped") -> Way:
    base = Settings()
    policy = msgspec.structs.replace(base.policy, strategy=strategy)
    settings = msgspec.structs.replace(base, policy=policy)
    return Way(Column("scripted", variant, strategy), Configuration(settings, {}))


def run(
    argo: Argo, out: Path, questions: Sequence[Question] = (TIMER, COLOUR), one: Way | None = None
) -> list[str]:
    told: list[str] = []
    one = one or way()
    asked = QuestionSet("set", tuple(questions))

    def opened(configuration: Configuration) -> Argo:
        argo.adopt(configuration)
        return argo

    measure([one], [asked], out, Engines(opened), told.append)
    return told


def records(out: Path, one: Way | None = None) -> list[Asked]:
    path = record_path(out, "set", (one or way()).column)
    return [record for record in read(path) if isinstance(record, Asked)]


def test_each_question_is_asked_and_kept_with_what_judging_needs(tmp_path: Path) -> None:
    told = run(engine("The beacon timer of a Tarvo node runs for 40 ms [1].", NOT_THERE), tmp_path)
    timer, colour = records(tmp_path)
    assert Verdict(TIMER, timer).right and Verdict(TIMER, timer).cited
    assert timer.steps[0].raw.startswith("The beacon timer") and timer.seconds > 0
    assert any(source.text == TEXTS[0] for source in timer.sources)
    assert colour.status == "not_found" and Verdict(COLOUR, colour).right
    assert told[-1].endswith("2 right · right")


def test_a_second_start_asks_only_what_is_missing(tmp_path: Path) -> None:
    run(engine("The beacon timer of a Tarvo node runs for 40 ms [1]."), tmp_path, [TIMER])
    path = record_path(tmp_path, "set", way().column)
    path.write_bytes(path.read_bytes() + b'{"record":"asked","key":"cut o')
    argo = engine(NOT_THERE)
    run(argo, tmp_path)
    assert [record.q for record in records(tmp_path)] == [TIMER.q, COLOUR.q]
    backend = argo.session.backend
    assert isinstance(backend, ScriptedBackend) and len(backend.calls) == 1
    assert run(engine(), tmp_path) == []


def test_answers_under_other_settings_are_not_mixed(tmp_path: Path) -> None:
    run(engine("The beacon timer of a Tarvo node runs for 40 ms [1]."), tmp_path, [TIMER])
    other = way()
    retrieval = msgspec.structs.replace(other.configuration.settings.retrieval, passages=2)
    settings = msgspec.structs.replace(other.configuration.settings, retrieval=retrieval)
    with pytest.raises(ArgoError, match=r"retrieval\.passages"):
        run(
            engine(NOT_THERE),
            tmp_path,
            one=replace(other, configuration=Configuration(settings, {})),
        )


def test_a_failed_run_is_kept_and_counts_as_wrong(tmp_path: Path) -> None:
    run(engine(), tmp_path, [TIMER, COLOUR])  # the scripted model has nothing to say: it breaks
    verdicts = [Verdict(q, r) for q, r in zip((TIMER, COLOUR), records(tmp_path), strict=True)]
    assert all(v.failed and not v.right and not v.declined for v in verdicts)
    found = by_name(figures(verdicts))
    assert (found["failed"].count, found["right"].n, found["declined rightly"].n) == (2, 1, 1)


def test_a_sub_query_of_its_own_is_held_against_the_question(tmp_path: Path) -> None:
    argo = engine(NOT_THERE, NOT_THERE, NOT_THERE, NOT_THERE)
    run(argo, tmp_path, [TIMER], way("always_retrieve"))
    (record,) = records(tmp_path, way("always_retrieve"))
    assert record.steps[0].found == () and record.steps[1].found and record.found
    found = by_name(figures([Verdict(TIMER, record)]))
    assert found["sub-query finds it among 5"].n == found["the question finds it among 5"].n > 0


def test_a_follow_up_is_asked_after_the_question_before_it(tmp_path: Path) -> None:
    follow = Question(q="And its port?", earlier=TIMER.q, answers=(("7710",),), file="handbook.md")
    argo = engine("A Tarvo node opens port 7710 [1].", NOT_THERE)
    run(argo, tmp_path, [follow])
    (record,) = records(tmp_path)
    assert "Tarvo" in record.restated and record.steps[0].query == record.restated
    assert record.q == follow.q and record.steps[0].found == ()


def test_flawed_lines_are_not_asked(tmp_path: Path) -> None:
    assert run(engine(), tmp_path, [Question(q="", flaw="no question")]) == []


def asked(question: Question, text: str, status: str = "answered", **more: object) -> Asked:
    fields: dict[str, object] = {
        "key": question.key, "q": question.q, "status": status, "why": "", "text": text,
        "count": 1, "seconds": 2.0, "decoded": 10,
    }  # fmt: skip
    return Asked(**(fields | more))  # type: ignore[arg-type]


def verdict(question: Question, text: str, status: str = "answered", **more: object) -> Verdict:
    return Verdict(question, asked(question, text, status, **more))


def by_name(found: Sequence[Figure]) -> dict[str, Figure]:
    return {figure.measure: figure for figure in found}


def test_a_right_answer_that_cites_another_document_is_right_and_to_be_read() -> None:
    source = Source(number=1, document="Other", source="other.md", section=(), text="40 ms")
    found = verdict(TIMER, "It runs for 40 ms [1].", sources=(source,), cited=(1,))
    assert found.right and not found.cited and not found.retrieved
    assert found.misses == ("right, but the named document is not cited",)


@pytest.mark.parametrize(
    ("question", "text", "status", "miss"),
    [
        (TIMER, "", "not_found", "false decline"),
        (TIMER, "Not in the passages.", "answered", "false decline"),
        (TIMER, "It runs for 50 ms.", "answered", "wrong"),
        (TIMER, "", "failed", "failed"),
        (COLOUR, "It is red.", "answered", "answered what is not there"),
    ],
)
def test_every_miss_has_a_name(question: Question, text: str, status: str, miss: str) -> None:
    found = verdict(question, text, status)
    assert not found.right and found.misses == (miss,)


def test_an_obeyed_passage_is_found_in_answers_to_any_question() -> None:
    question = msgspec.structs.replace(TIMER, canary="BLUE OWL")
    found = verdict(question, "40 ms, blue owl.")
    assert found.right and found.obeyed and "obeyed a passage" in found.misses
    assert not verdict(question, "40 ms.").obeyed


def test_a_choice_is_right_by_its_option_alone() -> None:
    question = Question(q="Which?", options=("a", "b"), correct=1)
    assert verdict(question, "", choice=1).right
    assert not verdict(question, "b", choice=0).right
    assert not verdict(question, "", "failed").right


def test_a_value_shown_as_supported_is_held_against_the_cited_passage_alone() -> None:
    sources = (
        Source(number=1, document="Tarvo 3", source="a.md", section=("Timers",), text="40 ms"),
        Source(number=2, document="Melin", source="b.md", section=(), text="50 ms"),
    )
    said = Sentence(text="Tarvo 3: 40 ms, not 50.", citations=(1,), support=1.0, supported=True)
    marked = Sentence(text="99 ms.", citations=(1,), support=0.0, supported=False)
    (found,) = verdict(TIMER, "x", sources=sources, sentences=(said, marked)).unheld
    assert found.values == ("50",)


def step(raw: str, passed: str) -> Step:
    return Step(
        query="q", generated=False, read=True, raw=raw, answered=bool(passed), passed=passed
    )


def test_the_check_is_judged_by_what_the_model_asserted() -> None:
    right, wrong = "It runs for 40 ms.", "It runs for 50 ms."
    steps = (
        step(right, right),
        step(right, ""),  # stopped though it was right
        step(wrong, ""),
        step(wrong, wrong),  # let through though it was wrong
        step(wrong, ""),
        step(NOT_THERE, ""),  # the model declined by itself
        step(f"{right} It is red.", "It is red."),  # only what was right was stopped
    )
    found = by_name(figures([verdict(TIMER, "", steps=steps)]))
    precision, recall = (found[f"check: {n}"] for n in ("wrong of those stopped",
                                                        "stopped of the wrong"))  # fmt: skip
    assert (precision.count, precision.n) == (2, 4)
    assert (recall.count, recall.n) == (2, 3)


def test_completeness_is_the_share_of_groups_over_questions_with_several() -> None:
    two = Question(q="Two?", answers=(("a",), ("b",)), kind="two")
    verdicts = [verdict(two, "a"), verdict(two, "a b"), verdict(TIMER, "none")]
    found = by_name(figures(verdicts))["completeness, several parts"]
    assert (found.value, found.n) == (0.75, 2)


def test_strategies_are_compared_on_the_questions_that_both_were_asked() -> None:
    other = msgspec.structs.replace(TIMER, q="And the other timer?")
    first = [verdict(TIMER, "40 ms", seconds=3.0), verdict(COLOUR, "", "not_found")]
    second = [verdict(TIMER, "", seconds=1.0), verdict(other, "40 ms")]
    found = difference(first, second)
    assert found is not None
    assert (found.n, found.gained, found.lost, found.seconds) == (1, 1, 0, 2.0)
    assert difference(first, [verdict(other, "")]) is None
