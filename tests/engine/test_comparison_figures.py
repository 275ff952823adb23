"""The figures of a run, whole or broken off, and the rows of the table under the columns."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.comparison.figures import RunFigures, figures
from engine.comparison.table import Row, step_rows
from engine.events import Action, AnswerDone, Caps, Status, StepTimed, SynthesisDone
from tests import samples
from tests.scripted_run import SENTENCE, answered, failed, opening

WHOLE = answered()
LONGER = samples.answered()


def text(rows: tuple[Row, ...], label: str, column: int, place: int = -1) -> tuple[str, str]:
    """Text and ratio of a cell; of several rows of that label the last."""
    cell = [row for row in rows if row.label == label][place].cells[column]
    return cell.text, cell.ratio


def test_a_finished_run_has_the_figures_of_its_record() -> None:
    found = figures(answered())
    assert (found.run, found.profile, found.strategy) == ("run1", "135m", "mdp")
    assert found.caps == Caps(subquery=30, answer=80, synthesis=120)
    assert (found.status, found.seconds, found.tokens) == (Status.ANSWERED, 0.602, 40)
    assert (found.prompt_tokens, found.tokens_per_second) == (600, 50.0)
    assert (found.passages, found.u, found.u_max, found.budget_s) == (1, 0.25, 0.45, 30.0)
    assert found.answer == SENTENCE.text
    assert found.sources == (
        "O-RAN architecture › Near-RT RIC › Control loops · primer/architecture.md:12",
    )


def test_the_first_token_is_the_first_piece_of_any_text() -> None:
    assert figures(answered()).first_token_s == 0.3


def test_each_step_has_its_figures_and_the_synthesis_comes_last() -> None:
    first, synthesis = figures(answered()).steps
    assert (first.number, first.action, first.seconds) == (1, Action.RETRIEVE, 0.4)
    assert (first.tokens, first.passages, first.answered, first.u) == (20, 1, True, 0.25)
    assert (synthesis.number, synthesis.action, synthesis.seconds) == (0, Action.STOP, 0.2)
    assert (synthesis.answered, synthesis.u) == (None, 0.25)


def test_a_failed_run_says_what_to_do() -> None:
    found = figures(failed("a", "Why?"))
    assert found.status is Status.FAILED
    assert found.failed == "The model gave out (135m). Try again."


def test_a_step_that_ended_without_a_finding_found_nothing() -> None:
    events = [event for event in answered() if not isinstance(event, AnswerDone)]
    assert figures(events).steps[0].answered is False
    begun = [event for event in events if not isinstance(event, StepTimed)]
    assert figures(begun).steps[0].answered is None


def test_a_run_that_was_stopped_in_a_step_has_no_synthesis() -> None:
    stopped = SynthesisDone(run="a", at_ns=500_000_000, status=Status.CANCELLED, text="",
                            sentences=(), citations=(), generated=True)  # fmt: skip
    found = figures([*list(opening("a", "Why?"))[:-1], stopped])
    assert [step.number for step in found.steps] == [1]


def test_nothing_at_all_has_no_figures() -> None:
    found = figures([])
    assert (found.run, found.status, found.steps, found.first_token_s) == ("", None, (), None)


@given(st.integers(0, len(WHOLE)))
def test_a_run_that_broke_off_anywhere_has_the_figures_so_far(count: int) -> None:
    found, whole = figures(WHOLE[:count]), figures(WHOLE)
    assert (found.status is not None) == (count == len(WHOLE))
    assert found.tokens <= whole.tokens and found.passages <= whole.passages
    assert found.seconds <= whole.seconds
    assert [step.number for step in found.steps] == [
        step.number for step in whole.steps[: len(found.steps)]
    ]
    assert all(step.seconds >= 0 for step in found.steps)


def test_the_table_sets_every_figure_against_the_first_column() -> None:
    one = figures(answered())
    two = replace(one, seconds=1.204, tokens=20, first_token_s=0.45)
    rows = step_rows([one, two])
    assert text(rows, "time", 0) == ("0.60 s", "")
    assert text(rows, "time", 1) == ("1.20 s", "2.00x")
    assert text(rows, "first token", 1) == ("0.45 s", "1.50x")
    assert text(rows, "tokens", 1) == ("20", "0.50x")
    assert text(rows, "tokens/s", 1) == ("50.0", "1.00x")
    assert text(rows, "U", 1) == ("0.25 of 0.45", "")


def test_the_table_has_a_block_a_step_then_the_totals() -> None:
    labels = [row.label for row in step_rows([figures(answered()), figures(LONGER)])]
    blocks = [label for label in labels if not label.startswith(" ")]
    assert blocks == ["step 1", "step 2", "synthesis", "time", "first token", "tokens",
                      "tokens/s", "passages", "steps", "U"]  # fmt: skip


def test_a_step_that_one_column_did_not_take_is_empty_there() -> None:
    rows = step_rows([figures(answered()), figures(LONGER)])
    (second,) = (row for row in rows if row.label == "step 2")
    assert [cell.text for cell in second.cells] == ["-", "retrieve"]


def test_a_step_without_a_finding_says_so() -> None:
    one = figures(answered())
    lost = replace(one, steps=(replace(one.steps[0], answered=False), *one.steps[1:]))
    assert step_rows([lost])[0].cells[0].text == "retrieve, nothing found"


def test_a_run_that_goes_on_is_not_set_against_one_that_is_over() -> None:
    rows = step_rows([figures(answered()), replace(figures(answered()), status=None)])
    assert text(rows, "time", 1) == ("0.60 s", "")
    assert text(rows, "first token", 1) == ("0.30 s", "1.00x")


@pytest.mark.parametrize("runs", [[], [None], [None, figures(answered())], [figures([])] * 2])
def test_columns_that_have_not_begun_are_no_trouble(runs: list[RunFigures | None]) -> None:
    assert all(len(row.cells) == len(runs) for row in step_rows(runs))
