"""The question files: read as written, split by section, and fit to be asked alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.bench.answers_primer import is_held_out as held_out
from tools.make_questions import primer
from tools.question_files import Asked, read_questions, stands_alone, title

FOLDER = Path(__file__).parents[2] / "tools" / "questions"


def asked(question: str) -> Asked:
    return Asked(question, "", (), "testing.md", "PlugFest")


def test_a_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "e2.txt"
    path.write_text("# by hand\n== Setup\n? port?\n= Port 5.\n! 5 | five ; port\n\nx colour?\n")
    one, other = read_questions(path)
    assert (one.question, one.answer, one.file, one.section) == (
        "port?",
        "Port 5.",
        "e2.md",
        "Setup",
    )
    assert one.keys == (("5", "five"), ("port",))
    assert (other.question, other.answer, other.keys) == ("colour?", "", ())


def test_a_line_that_is_none_of_these_is_named(tmp_path: Path) -> None:
    path = tmp_path / "e2.txt"
    path.write_text("== Setup\nport?\n")
    with pytest.raises(ValueError, match=":2:"):
        read_questions(path)


def test_every_question_of_the_repository_is_over_a_section_and_its_answer_holds_its_keys() -> None:
    for path in sorted(FOLDER.glob("*/*.txt")):
        text = (FOLDER.parents[1] / "engine" / "primer" / f"{path.stem}.md").read_text("utf-8")
        headings = {line[3:].strip() for line in text.splitlines() if line.startswith("## ")}
        for one in read_questions(path):
            assert one.section in headings, (path.name, one.section)
            for group in one.keys:
                assert any(key in one.answer.lower() for key in group), (path.name, one.question)


def test_a_section_is_on_one_side_for_ever() -> None:
    assert held_out("near_rt_ric.md", "xApps") == held_out("near_rt_ric.md", "xApps")
    sections = [f"section {n}" for n in range(500)]
    share = sum(held_out("x.md", section) for section in sections) / len(sections)
    assert 0.14 < share < 0.27


def test_a_question_that_only_its_heading_explains_is_not_asked_alone() -> None:
    assert not stands_alone(asked("Who takes part?"), "Testing and OTIC")
    assert stands_alone(asked("Who takes part in a PlugFest?"), "Testing and OTIC")
    assert stands_alone(asked("what does OTIC stand for"), "Testing and OTIC")


def test_the_set_of_the_primer_is_drawn_from_what_nothing_was_trained_on() -> None:
    rows = primer(80, seed=0)
    assert rows == primer(80, seed=0)
    later = {path.stem for path in (FOLDER / "later").glob("*.txt")}
    for row in rows:
        assert (row["kind"] == "later section") == (row["file"].removesuffix(".md") in later)
        assert title(row["file"])
