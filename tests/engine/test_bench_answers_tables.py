"""The answers benchmark's files: tables, figures and every miss, made from records alone."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from engine.bench.answers_csv import csv
from engine.bench.answers_files import write_tables
from engine.bench.answers_questions import Question, QuestionSet
from engine.bench.answers_record import Setup, read
from engine.bench.answers_report import boards
from engine.bench.answers_variant import record_path
from tests.engine.test_bench_answers import COLOUR, NOT_THERE, TIMER, engine, run, way


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    """Two strategies on the same questions, one right and one with a false decline."""
    run(engine("The beacon timer of a Tarvo node runs for 40 ms [1].", NOT_THERE), tmp_path)
    run(engine(*[NOT_THERE] * 9), tmp_path, one=way("mdp"))
    return tmp_path


def test_tables_figures_and_misses_are_written(measured: Path) -> None:
    flawed = Question(q="Broken | line", flaw="no options", kind="choice")
    asked = QuestionSet("set", (TIMER, COLOUR, flawed))
    shown = write_tables(measured, [asked], [way().column])
    assert shown is not None
    markdown = (measured / "answers.md").read_text("utf-8")
    assert "1 of 1 = 100%" in markdown and "0 of 1 = 0%" in markdown
    assert "mdp against one_shot" in markdown and "Broken / line" in markdown
    misses = (measured / "misses-set-scripted-shipped-mdp.md").read_text("utf-8")
    assert "false decline" in misses and TIMER.q in misses and "no options" in misses
    assert "2 of 3 questions" in misses


def test_the_csv_has_every_figure_with_its_count(measured: Path) -> None:
    found = boards(measured, [QuestionSet("set", (TIMER, COLOUR))], [])
    lines = csv(found).splitlines()
    assert "set,scripted,shipped,one_shot,,right,share,1,1,0.206549,1,1" in lines
    assert any(",near miss,declined rightly,share,1,1," in line for line in lines)


def test_judging_again_needs_no_asking(measured: Path) -> None:
    other = msgspec.structs.replace(TIMER, answers=(("41 ms",),))
    (board,) = boards(measured, [QuestionSet("set", (other,))], [])
    assert not any(v.right for one in board.columns for v in one.verdicts)


def test_there_is_no_table_of_nothing(tmp_path: Path) -> None:
    assert write_tables(tmp_path, [QuestionSet("set", (TIMER,))], []) is None


def test_every_file_says_what_it_was_made_with(measured: Path) -> None:
    first = read(record_path(measured, "set", way().column))[0]
    assert isinstance(first, Setup)
    keys = {
        "policy.strategy",
        "profile.prompts",
        "profile.caps.answer",
        "index.passages",
        "prompts",
    }
    assert keys <= first.settings.keys()
