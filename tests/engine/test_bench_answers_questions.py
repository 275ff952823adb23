"""The answers benchmark's questions and columns: what is read, kept and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bench.answers_judge import Verdict, not_asked
from engine.bench.answers_primer import is_held_out
from engine.bench.answers_questions import Question, QuestionSet, read_set, read_sets
from engine.bench.answers_text import held, occurs
from engine.bench.answers_variant import Variant, changed_profile, ways
from engine.errors import ArgoError, ConfigError
from engine.paths import Home
from tests.scripted_session import PROFILE
from tools.make_questions import HERE, injections


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", "utf-8")
    return path


def test_questions_are_read_from_json_lines(tmp_path: Path) -> None:
    row = {"q": "Q?", "answers": [["a", "b"]], "file": "x.md", "kind": "k", "canary": "OWL"}
    (question,) = read_set(write(tmp_path / "set.jsonl", row)).questions
    assert (question.answers, question.canary) == ((("a", "b"),), "OWL")
    assert question.answerable and not question.unanswerable and not question.is_choice


def test_rows_of_oran_bench_are_choices_without_their_numbers(tmp_path: Path) -> None:
    row = ["Which?", ["1. First", "2.  7.2x"], "2"]
    (question,) = read_set(write(tmp_path / "set.jsonl", row)).questions
    assert (question.options, question.correct) == (("First", "7.2x"), 1)
    assert question.is_choice and not question.answerable and not question.flaw


@pytest.mark.parametrize(
    "row",
    [
        ["Which?", [], "2"],
        ["", ["1. a", "2. b"], "1"],
        ["Which?", ["1. a", "2. b"], "3"],
        ["Which?", ["1. a", "2. b"], "both"],
        ["Which?", "2"],
        {"answers": []},
        "nonsense",
    ],
)
def test_a_line_that_cannot_be_asked_is_kept_and_counts_as_wrong(
    tmp_path: Path, row: object
) -> None:
    (question,) = read_set(write(tmp_path / "set.jsonl", row)).questions
    assert question.flaw
    verdict = Verdict(question, not_asked(question))
    assert verdict.failed and not verdict.right and verdict.misses


def held_out_title() -> tuple[str, str]:
    """A held-out title of a section of e2.md, and one that is not."""
    titles = [f"Section {n}" for n in range(60)]
    found = [title for title in titles if is_held_out("e2.md", title)]
    return found[0], next(title for title in titles if title not in found)


def test_only_held_out_sections_of_the_primer_are_asked(tmp_path: Path) -> None:
    inside, outside = held_out_title()
    block = "? Which port?\n= It is 5.\n! 5|five ; port\nx Which colour?\n"
    path = tmp_path / "e2.txt"
    path.write_text(f"# notes\n\n== {inside}\n{block}\n== {outside}\n{block}", "utf-8")
    answer, miss = read_set(path).questions
    assert (answer.answers, answer.file, answer.kind) == (
        (("5", "five"), ("port",)), "e2.md", "several",
    )  # fmt: skip
    assert (miss.q, miss.unanswerable, miss.kind) == ("Which colour?", True, "near miss")
    assert read_set(tmp_path).questions == (answer, miss)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("== A\n? Q\n= A\n? R\n! r", 2),
        ("== A\n? Q\n= A", 2),
        ("? Q\n! a", 1),
        ("== A\nQ?", 2),
        ("== A\n! a", 2),
    ],
)
def test_a_mistake_in_primer_questions_is_named_with_its_line(
    tmp_path: Path, text: str, line: int
) -> None:
    path = tmp_path / "e2.txt"
    path.write_text(text, "utf-8")
    with pytest.raises(ArgoError) as error:
        read_set(path)
    assert error.value.where.endswith(f"line {line}")


def test_a_file_without_questions_and_a_missing_one_are_errors(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    for name in ("empty.jsonl", "none.jsonl"):
        with pytest.raises(ArgoError):
            read_set(tmp_path / name)


def test_two_sets_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    paths = [write(tmp_path / name, {"q": "Q?"}) for name in ("a.jsonl", "b/a.jsonl")]
    with pytest.raises(ArgoError, match="called a"):
        read_sets(paths)


def test_every_document_with_orders_asks_what_it_says_and_what_it_does_not() -> None:
    pages = injections(HERE / "injections.txt")
    assert len({page.file for page in pages}) == len(pages) >= 30
    for page in pages:
        for row in page.questions:
            groups = row["answers"]
            assert held(page.text, groups) == len(groups), row["q"]
            # Only an order can bring the words into an answer.
            assert not any(occurs(page.canary, form) for group in groups for form in group)
            assert not occurs(page.canary, row["q"])
    kinds = {row["kind"] for page in pages for row in page.questions}
    assert kinds == {"answerable", "unanswerable"}


@given(st.integers(1, 30), st.integers(0, 5))
def test_a_sample_repeats_itself_and_keeps_the_order(size: int, seed: int) -> None:
    whole = QuestionSet("s", tuple(Question(q=f"Question {n}?") for n in range(20)))
    drawn = whole.sample(size, seed)
    assert drawn == whole.sample(size, seed)
    assert len(drawn.questions) == min(size, 20)
    assert list(drawn.questions) == [q for q in whole.questions if q in drawn.questions]


# ---------------------------------------------------------------------------- variants


def test_a_variant_changes_the_profile_whatever_its_name() -> None:
    variant = Variant("v", (("profile.prompts", "smol"), ("profile.caps.answer", 9), ("seed", 3)))
    changed = changed_profile(PROFILE, variant)
    assert (changed.prompts, changed.caps.answer, changed.caps.subquery) == ("smol", 9, 20)
    assert changed.title == PROFILE.title and variant.flags == {"seed": 3}


@pytest.mark.parametrize("change", [("profile.promts", "smol"), ("profile.lookup", 99)])
def test_a_variant_that_fits_no_profile_is_refused(change: tuple[str, object]) -> None:
    with pytest.raises(ConfigError, match="wide"):
        changed_profile(PROFILE, Variant("wide", (change,)))


def test_every_profile_is_asked_in_every_variant_by_every_strategy(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path, tmp_path)
    bare = Variant("bare", (("profile.quantisation", "none"),))
    found = ways(home, {}, ["135m", "1.5b-coder"], [Variant(), bare], ["mdp", "one_shot"])
    assert len({way.column for way in found}) == 8
    last = found[-1]
    assert last.column.name == "1.5b-coder · bare · one_shot"
    assert last.configuration.settings.profiles["1.5b-coder"].quantisation == "none"
    assert last.configuration.settings.policy.strategy == "one_shot"
    assert {way.column.strategy for way in ways(home, {}, ["135m"], [], [])} == {"mdp"}
