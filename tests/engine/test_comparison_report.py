"""A comparison as Markdown and CSV: what stands in it, and that no text breaks out of its cell."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from engine import cells
from engine.comparison import report
from engine.comparison.figures import figures
from engine.comparison.tally import Round, tally
from engine.text import clean
from tests.scripted_run import SENTENCE, answered, failed

HOSTILE = (
    "a | b", "`x`", "**bold**", "<script>alert(1)</script>", "[x](javascript:alert(1))", "a\n\n# b",
    "![x](http://x/y.png)", "&lt;b&gt;", "\\", "~~~", "<!--", "|||\n---", "http://x",
)  # fmt: skip
TEXT = st.sampled_from(HOSTILE) | st.text(max_size=60)


def one_round(question: str = "What?", answer: str = SENTENCE.text) -> list[Round]:
    found = replace(figures(answered()), answer=answer)
    return [Round(question, (("0.5b", found), ("1.5b", None)), 0)]


def tokens(text: str) -> list[Token]:
    parser = MarkdownIt("commonmark").enable("table")
    return [each for block in parser.parse(text) for each in (block, *(block.children or ()))]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_markdown_has_the_running_table_every_question_and_its_answers() -> None:
    found = one_round()
    text = report.markdown(found, tally(found, 1.0, 0))
    assert "| 0.5b | 1 | 0.60 |" in text
    assert "## What?" in text
    assert (
        "| 0.5b | answered | 0.60 s | 0.30 s | 40 | 50.0 | 1 | 1 | 0.25 of 0.45 | chosen |" in text
    )
    assert "| 1.5b | not recorded | - |" in text
    assert "- **0.5b**: It controls the RAN in loops of 10 ms to 1 s \\[1\\]. Sources: " in text


@settings(deadline=None)
@given(TEXT, TEXT)
def test_no_text_is_markup_in_the_markdown(question: str, answer: str) -> None:
    found = one_round(clean(question), clean(answer))
    plain = one_round("What?", "It.")
    expected = [token.type for token in tokens(report.markdown(plain, tally(plain, 1.0, 0)))]
    seen = tokens(report.markdown(found, tally(found, 1.0, 0)))
    kinds = {token.type for token in seen}
    assert kinds <= set(expected) | {"text_special", "softbreak"}
    assert len([t for t in seen if t.type == "td_open"]) == expected.count("td_open")


@settings(deadline=None)
@given(st.text(max_size=60))
def test_markdown_shows_a_text_as_it_is(text: str) -> None:
    (paragraph,) = [t for t in tokens(f"x{cells.markdown(clean(text))}x") if t.type == "inline"]
    shown = "".join(child.content for child in paragraph.children or ())
    assert shown == f"x{cells.line(clean(text))}x"


def test_the_csv_has_a_row_a_configuration_then_a_row_a_run() -> None:
    found = one_round()
    lines = rows(report.csv(found, tally(found, 1.0, 0)))
    assert [(line["kind"], line["label"]) for line in lines] == [
        ("tally", "0.5b"), ("tally", "1.5b"), ("run", "0.5b"), ("run", "1.5b"),
    ]  # fmt: skip
    assert (lines[0]["n"], lines[0]["seconds"], lines[0]["votes"]) == ("1", "0.602", "1")
    assert (lines[1]["n"], lines[1]["seconds"]) == ("0", "")
    assert (lines[2]["status"], lines[2]["voted"], lines[2]["caps"]) == (
        "answered",
        "1",
        "30/80/120",
    )
    assert (lines[3]["status"], lines[3]["voted"]) == ("", "0")


def test_a_failed_run_says_why_in_both() -> None:
    found = [Round("Why?", (("0.5b", figures(failed("a", "Why?"))),), None)]
    assert "The model gave out (135m). Try again." in report.markdown(found, ())
    assert rows(report.csv(found, ()))[0]["failed"] == "The model gave out (135m). Try again."


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "\n="])
def test_a_csv_cell_is_never_a_formula(start: str) -> None:
    found = one_round(f"{start}cmd|'/c calc'!A1", f"{start}1+1")
    line = rows(report.csv(found, ()))[0]
    assert line["question"].startswith("'") and line["answer"].startswith("'")


@settings(deadline=None)
@given(TEXT, TEXT)
def test_every_text_keeps_the_shape_of_the_csv(question: str, answer: str) -> None:
    found = one_round(clean(question), clean(answer))
    lines = rows(report.csv(found, tally(found, 1.0, 0)))
    assert len(lines) == 4
    assert all(set(line) == set(report.COLUMNS) for line in lines)
