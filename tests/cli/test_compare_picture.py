"""The tables of a comparison as a picture: the same everywhere, and nothing but a picture."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argo_tui.compare.picture import picture
from argo_tui.compare.tables import marked, tally_table
from argo_tui.transcript import console
from engine.comparison.difference import Span
from engine.comparison.figures import figures
from engine.comparison.tally import Round, tally
from tests.scripted_run import answered


def drawn(label: str = "0.5b", question: str = "Why?") -> str:
    one = figures(answered())
    columns = ((label, one), ("1.5b", replace(one, seconds=1.2)))
    found = [Round(question, columns, None)]
    return picture(found, tally(found, 1.0, 0))


def words(svg: str) -> str:
    root = ElementTree.fromstring(svg)
    return " ".join("".join(root.itertext()).replace("\xa0", " ").split())


def test_the_picture_has_the_question_the_steps_and_the_running_table() -> None:
    shown = words(drawn())
    for text in ("argo-tui compare", "Why?", "step 1", "1.99x", "configuration", "13,000 h"):
        assert text in shown


def test_it_is_the_same_bytes_on_every_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    before = drawn()
    for name, value in {"NO_COLOR": "1", "COLUMNS": "40", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)
    assert drawn() == before


def test_it_fetches_nothing() -> None:
    assert "url(" not in drawn().replace("url(#", "") and "@font-face" not in drawn()


def test_a_picture_of_no_question_is_an_empty_table() -> None:
    assert "configuration" in words(picture([], ()))


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_breaks_the_picture(label: str, question: str) -> None:
    root = ElementTree.fromstring(drawn(label, question))
    kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert kinds <= {"svg", "style", "defs", "clipPath", "rect", "text", "g", "circle"}


@pytest.mark.parametrize("text", ["[bold]x[/bold]", "</text><script>", "[/]", ":smile:"])
def test_markup_is_shown_as_it_was_written(text: str) -> None:
    assert text in words(drawn(question=text))


def test_a_running_table_that_is_too_wide_has_a_column_a_configuration(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = [Round("Why?", (("0.5b", figures(answered())), ("1.5b", None)), None)]
    out = console()
    out.print(tally_table(tally(found, 1.0, 0), 60))
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines[0] == ["configuration", "0.5b", "1.5b"]
    assert ["latency", "s", "0.60", "-"] in lines


def test_words_that_differ_are_set_off() -> None:
    assert [(span.start, span.end) for span in marked("a b c", [Span(2, 3)]).spans] == [(2, 3)]
