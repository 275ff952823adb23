"""A comparison as plain data: rounds, places, votes, and what a column says."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argo_tui.compare.state import Comparing
from argo_tui.reports import Happened, Loaded, LoadFailed, Loading
from argo_tui.widgets.compare_bar import PLAINLY, status, tabs, title
from argo_tui.widgets.compare_lines import DIFFERS, answer, below, doing, head
from argo_tui.widgets.compare_session import session_lines
from argo_tui.widgets.compare_table import step_lines, turned
from argo_tui.widgets.ink import Ink
from engine.comparison.figures import figures
from engine.comparison.plan import Mode, Plan
from engine.comparison.table import step_rows
from engine.comparison.tally import Round, tally
from engine.events import Event, RunFailed, RunFinished, Status, SynthesisDone, Usage
from tests import samples
from tests.compare_demo_app import VOICES
from tests.scripted import INFO

LABELS = ("0.5b", "135m")
WHY = "In turn: 0.5b and 135m share cpu, and together each would slow the other."
PLAN = Plan(Mode.IN_TURN, WHY)


def begun(*, blind: bool = False, order: tuple[int, ...] = (0, 1)) -> Comparing:
    """A round that has just been asked of loaded columns."""
    state = Comparing.of(LABELS, blind=blind)
    for column in state.columns:
        column.take(Loaded(column.label, INFO, ""), 0.0)
    state.ask(samples.QUESTION, (), ("r0", "r1"), order)
    return state


def play(state: Comparing, column: int, events: list[Event], now: float = 1.0) -> None:
    """Events of a column, under its run."""
    for event in events:
        renamed = msgspec.structs.replace(event, run=f"r{column}")
        state.columns[column].take(Happened(renamed), now)


def finished(*, blind: bool = False, order: tuple[int, ...] = (0, 1)) -> Comparing:
    """A round that both columns answered, in other words."""
    state = begun(blind=blind, order=order)
    for column in range(2):
        play(state, column, VOICES[column](samples.QUESTION))
    state.close_round()
    return state


def said(state: Comparing) -> str:
    """Everything that the lines say."""
    lines = [title(state, "", 200), tabs(state, 0, 200), status(state, PLAN, None, False, 200)]
    for place in range(2):
        lines += [head(state, place, 9.0, 30.0, 100), doing(state, place, 100)]
        lines += [answer(state.at(place), ()), below(state, place, 200)]
        lines += step_lines(step_rows(state.figures()), place, 100)
    return "\n".join(line.plain for line in lines)


def test_columns_are_called_by_their_label() -> None:
    state = finished()
    assert [state.name(place) for place in range(2)] == ["0.5b", "135m"]


def test_blind_columns_are_called_by_letters_until_the_vote_and_by_both_after_it() -> None:
    state = finished(blind=True, order=(1, 0))
    assert [state.name(place) for place in range(2)] == ["A", "B"]
    assert state.cast(0) == 1
    assert [state.name(place) for place in range(2)] == ["A · 135m", "B · 0.5b"]
    assert state.rounds[-1].vote == 1


def test_nothing_says_a_name_before_the_vote() -> None:
    state = finished(blind=True)
    for secret in (*LABELS, INFO.name, "cpu", "bfloat16"):
        assert secret not in said(state)
    state.cast(0)
    assert all(label in said(state) for label in LABELS)


def test_a_blind_failure_does_not_say_why() -> None:
    state = begun(blind=True)
    state.columns[0].take(LoadFailed("0.5b", "0.5b is damaged", "0.5b", "fetch 0.5b"), 1.0)
    failure = RunFailed(run="r1", at_ns=1, what="135m ran out of memory", remedy="take 0.5b")
    end = RunFinished(
        run="r1", at_ns=2, status=Status.FAILED, stop_reason="", steps=0, ns=2, usage=Usage()
    )
    play(state, 1, [samples.started(), failure, end])
    state.close_round()
    assert not any(label in said(state) for label in LABELS)
    state.blind = False
    assert "0.5b is damaged" in said(state)
    assert "take 0.5b" in said(state)


def test_a_blind_loading_phase_does_not_name_the_model() -> None:
    state = Comparing.of(LABELS, blind=True)
    state.columns[0].take(Loading("0.5b", "loading Qwen2.5 Coder 0.5B"), 0.0)
    assert doing(state, 0, 80).plain == "○ loading"


def test_votes_are_open_only_in_a_finished_blind_round() -> None:
    assert begun(blind=True).ballots == 0
    assert finished().ballots == 0
    state = finished(blind=True)
    assert state.ballots == 2
    state.cast(1)
    assert state.ballots == 0


def test_blind_turned_on_after_a_round_opens_no_vote_on_what_was_seen() -> None:
    state = finished()
    state.blind = True
    assert state.hidden
    assert state.ballots == 0


def test_a_new_round_hides_the_names_again() -> None:
    state = finished(blind=True)
    state.cast(0)
    state.ask("Another?", (), ("r0", "r1"), (1, 0))
    assert state.hidden
    assert state.figures() == (None, None)


def test_words_that_the_other_answer_lacks_are_marked_when_the_round_is_over() -> None:
    state = begun()
    play(state, 0, VOICES[0](samples.QUESTION))
    assert state.differences() == ((), ())
    play(state, 1, VOICES[1](samples.QUESTION))
    state.close_round()
    spans = state.differences()
    marked = []
    for place in range(2):
        text = answer(state.at(place), spans[place])
        marked.append({text.plain[s.start : s.end] for s in text.spans if s.style == DIFFERS})
    assert marked == [{"carries", "loops", "specified"}, {"transports", "cycles", "published"}]


def test_a_column_without_an_answer_is_not_compared() -> None:
    state = begun()
    play(state, 0, VOICES[0](samples.QUESTION))
    state.columns[1].take(LoadFailed("135m", "gone"), 1.0)
    state.close_round()
    assert state.differences() == ((), ())


def test_the_record_gives_the_figures_once_it_is_there() -> None:
    state = finished()
    before = state.columns[0].figures
    state.columns[0].measured([])
    assert state.columns[0].figures is before
    state.columns[0].measured(samples.not_found())
    assert state.columns[0].figures == figures(samples.not_found())


def test_markup_in_an_answer_stays_text() -> None:
    state = begun()
    hostile = "[/] [bold]x[/bold] [@click=app.quit]y"
    done = SynthesisDone(
        run="r0",
        at_ns=1,
        status=Status.ANSWERED,
        text=hostile,
        sentences=(),
        citations=(),
        generated=True,
    )
    play(state, 0, [samples.started(), done])
    assert answer(state.columns[0], ()).plain == hostile


def test_the_mode_is_said_with_its_reason_and_plainly_while_names_are_hidden() -> None:
    assert WHY in status(begun(), PLAN, None, False, 200).plain
    assert status(begun(blind=True), PLAN, None, False, 200).plain == PLAINLY[Mode.IN_TURN]


def test_an_open_vote_says_how_to_vote() -> None:
    assert "1 2  Which answer is better, A or B?" in said(finished(blind=True))


def test_time_over_the_budget_is_told_by_its_tone() -> None:
    state = begun()
    play(state, 0, [samples.started()], now=0.0)
    slow = head(state, 0, 31.0, 30.0, 60)
    assert slow.plain.endswith("31.0/30 s")
    assert any(span.style == str(Ink.BAD) for span in slow.spans)
    assert not any(span.style == str(Ink.BAD) for span in head(state, 0, 2.0, 30.0, 60).spans)


def test_a_column_says_that_it_waits_for_its_turn() -> None:
    state = begun()
    play(state, 0, [samples.started()])
    assert doing(state, 0, 80).plain == "● reading the question"
    assert doing(state, 1, 80).plain == "○ waits for its turn"


# ---------------------------------------------------------------------- tables


def test_the_table_has_the_total_first_then_every_step() -> None:
    rows = step_rows(finished().figures())
    names = [line.name for line in turned(rows, 1)]
    assert names == ["total", "1 retrieve", "2 retrieve", "synthesis", "first token"]


def test_ratios_stand_only_where_there_is_something_to_compare_with() -> None:
    rows = step_rows(finished().figures())
    assert "0.45x" in step_lines(rows, 1, 60)[1].plain
    assert "x" not in step_lines(rows, 0, 60)[1].plain.replace("synthesis", "")


def test_a_column_has_no_table_before_it_began() -> None:
    state = begun()
    play(state, 0, samples.two_steps())
    rows = step_rows(state.figures())
    assert step_lines(rows, 0, 60)
    assert step_lines(rows, 1, 60) == []


def test_steps_of_another_column_are_not_shown_as_own() -> None:
    state = begun()
    play(state, 0, samples.two_steps())
    play(state, 1, samples.reasoned())
    names = [line.name for line in turned(step_rows(state.figures()), 1)]
    assert "2 retrieve" not in names
    assert "1 reason" in names


@given(width=st.integers(min_value=12, max_value=120), place=st.integers(0, 1))
def test_table_lines_never_pass_their_width(width: int, place: int) -> None:
    rows = step_rows(finished().figures())
    assert all(line.cell_length <= width for line in step_lines(rows, place, width))


@given(width=st.integers(min_value=30, max_value=200))
def test_the_running_table_keeps_what_matters_most(width: int) -> None:
    lines = session_lines(tally(finished().rounds, 1.0, 0), width)
    assert all(line.cell_length <= width for line in lines)
    assert lines[1].plain.startswith("0.5b")
    heading = lines[0].plain
    for less, more in (("13,000 h", "1,000 h"), ("95 %", "speed-up"), ("votes", "latency s")):
        assert less not in heading or more in heading


@pytest.mark.parametrize("cells", [24, 40, 60, 120])
def test_lines_never_pass_their_width(cells: int) -> None:
    state = finished()
    for line in (
        title(state, "", cells),
        tabs(state, 0, cells),
        status(state, PLAN, None, False, cells),
        doing(state, 0, cells),
    ):
        assert line.cell_length <= cells


def test_rounds_keep_columns_in_their_own_order_however_they_were_placed() -> None:
    state = finished(blind=True, order=(1, 0))
    (kept,) = state.rounds
    assert isinstance(kept, Round)
    assert [label for label, _ in kept.columns] == ["0.5b", "135m"]
    assert kept.columns[0][1] is state.columns[0].figures
