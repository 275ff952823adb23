"""Runs as documents: Markdown, JSON Lines and CSV."""

from __future__ import annotations

import csv as table
import io

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.events import Choice, Status, decode
from engine.export import COLUMNS, csv, json_lines, markdown, place
from tests.scripted_run import PASSAGE, answered, ending, failed, opening


def rows(text: str) -> list[dict[str, str]]:
    return list(table.DictReader(io.StringIO(text)))


def test_json_lines_read_back_as_the_same_events() -> None:
    events = answered()
    assert [decode(line) for line in json_lines(events).splitlines()] == events


def test_csv_has_one_row_a_step_with_milliseconds_by_part() -> None:
    first, synthesis = rows(csv(answered()))
    assert (first["step"], first["action"], first["ms"]) == ("1", "retrieve", "400.0")
    assert (first["embed_ms"], first["decode_ms"], first["check_ms"]) == ("10.0", "150.0", "0.0")
    assert (first["decoded_tokens"], first["tokens_per_second"]) == ("20", "50.0")
    assert (synthesis["step"], synthesis["status"]) == ("0", "answered")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "\r="])
def test_a_csv_cell_is_never_a_formula(start: str) -> None:
    row = rows(csv(answered(question=f"{start}cmd|'/c calc'!A1")))[0]
    assert row["question"].startswith("'") and row["query"].startswith("'")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_every_question_keeps_the_shape_of_the_csv(question: str) -> None:
    assert all(set(row) == set(COLUMNS) for row in rows(csv(answered(question=question))))


def test_csv_of_an_interrupted_run_has_the_steps_that_were_timed() -> None:
    (row,) = rows(csv(list(opening("a", "Why?"))))
    assert (row["status"], row["step"]) == ("", "1")


def test_markdown_holds_the_question_the_answer_and_what_supports_it() -> None:
    text = markdown(answered())
    assert text.startswith("# What does the near-RT RIC do?\n")
    assert "It controls the RAN in loops of 10 ms to 1 s [1]." in text
    place = "O-RAN architecture › Near-RT RIC › Control loops · primer/architecture.md:12"
    assert f"**[1]** {place}" in text
    assert "«controls the RAN in loops of 10 ms to 1 s»" in text
    assert f"> {PASSAGE.text}" in text


def test_markdown_has_a_table_of_times() -> None:
    text = markdown(answered())
    assert (
        "| step | action | embed ms | search ms | decode ms | total ms | tokens | tokens/s |"
        in text
    )
    assert "| 1 | retrieve | 10.0 | 5.0 | 150.0 | 400.0 | 20 | 50.0 |" in text
    assert "| **total** | answered |  |  |  | 602.0 | 40 | 50.0 |" in text


def test_markdown_of_a_run_without_an_answer_shows_the_nearest_passages() -> None:
    text = markdown([*opening("a", "Why?"), *ending("a", Status.NOT_FOUND, "Not found.")])
    assert "## Nearest passages" in text and PASSAGE.text in text


def test_markdown_of_a_failed_run_says_what_to_do() -> None:
    assert "*The model gave out. Try again.*" in markdown(failed("a", "Why?"))


def test_markdown_of_an_interrupted_run_keeps_the_partial_answer() -> None:
    events = [*opening("a", "Why?"), *list(ending("a", Status.ANSWERED, "Because it is so"))[:3]]
    text = markdown(events)
    assert "Because it is" in text and "*Not finished.*" in text


def test_markdown_names_the_chosen_option() -> None:
    choice = Choice(index=1, option="xApps", probabilities=(0.1, 0.9))
    events = [*opening("a", "Which?", ["rApps", "xApps"]),
              *ending("a", Status.ANSWERED, "xApps [1].", choice=choice)]  # fmt: skip
    text = markdown(events)
    assert "2. xApps" in text and "Choice: **2. xApps** (probabilities 0.10, 0.90)" in text


def test_nothing_makes_an_empty_document_fail() -> None:
    assert csv([]).splitlines() == [",".join(COLUMNS)]
    assert json_lines([]) == ""
    assert "Not finished" in markdown([])


def test_a_heading_that_repeats_the_title_is_named_once() -> None:
    passage = msgspec.structs.replace(PASSAGE, section=(PASSAGE.document, "Loops"), line=None)
    assert place(passage) == "O-RAN architecture › Loops · primer/architecture.md"


def test_a_page_is_named_where_there_is_one() -> None:
    assert place(msgspec.structs.replace(PASSAGE, page=4)).endswith("architecture.md, page 4")
