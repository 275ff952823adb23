"""The comparison on the screen: columns, blind rounds, votes, modes, tables, export, leaving."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from argo_tui.compare.stage import Stage
from argo_tui.screens.compare import CompareScreen
from argo_tui.widgets.compare_lines import DIFFERS
from argo_tui.widgets.compare_prompt import ComparePrompt
from argo_tui.widgets.steady_text import SteadyText
from engine.comparison.plan import Mode, Plan
from engine.errors import ModelError, StoreError
from engine.events import Event
from tests import samples
from tests.compare_demo_app import LABELS, Troupe, stage
from tests.screen.panels import Host

WIDE = (120, 34)


class Show:
    """A hosted comparison, with its edges in reach."""

    def __init__(self, directory: Path, count: int = 2, pace: float = 0.0, **options: Any) -> None:
        self.troupe = Troupe(directory, pace)
        changes = options.pop("changes", {})
        self.stage: Stage = stage(self.troupe, directory, LABELS[:count], **changes)
        self.screen = CompareScreen(LABELS[:count], self.stage, **options)
        self.host = Host(lambda: self.screen)

    def seen(self) -> str:
        """The screen as plain text."""
        width, height = self.host.size
        lines = self.screen._compositor.render_strips()
        return "\n".join(strip.text[:width] for strip in lines[:height])

    def pane(self, place: int, part: str = "answer") -> SteadyText:
        """A part of a column."""
        return self.screen.query_one(f"#pane-{place} .pane-{part}", SteadyText)

    @property
    def prompt(self) -> ComparePrompt:
        """Where questions are typed."""
        return self.screen.query_one(ComparePrompt)


async def until(pilot: Pilot[None], condition: Callable[[], bool], what: str) -> None:
    """Let the app work until the condition holds."""
    end = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < end, f"never happened: {what}"
        await asyncio.sleep(0.01)
        await pilot.pause()


async def ready(pilot: Pilot[None], show: Show) -> None:
    """All models are loaded."""
    await until(pilot, lambda: show.stage.fleet.ready, "the models are loaded")
    await pilot.pause()


async def ask(pilot: Pilot[None], show: Show, question: str = samples.QUESTION) -> None:
    """A whole round."""
    count = len(show.screen.state.rounds)
    show.prompt.text = question
    await pilot.press("enter")
    await until(pilot, lambda: len(show.screen.state.rounds) > count, "the round is over")
    await pilot.pause()


async def test_columns_stand_side_by_side_with_answer_steps_and_reason(tmp_path: Path) -> None:
    show = Show(tmp_path)
    async with show.host.run_test(size=WIDE) as pilot:
        await ask(pilot, show)
        seen = show.seen()
        for words in ("0.5b", "135m", "2.08/3 s", "1 retrieve", "0.45x", samples.QUESTION):
            assert words in seen
        assert "carries policies" in seen
        assert "transports policies" in seen
        assert "In turn: 0.5b and 135m share cpu" in seen


async def test_a_question_given_at_the_start_is_asked_when_models_are_there(tmp_path: Path) -> None:
    show = Show(tmp_path, question=samples.QUESTION)
    async with show.host.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: bool(show.screen.state.rounds), "the question is answered")
        assert "answered" in show.seen()


async def test_the_second_column_waits_for_its_turn(tmp_path: Path) -> None:
    show = Show(tmp_path, pace=1.0)
    async with show.host.run_test(size=WIDE) as pilot:
        await ready(pilot, show)
        show.prompt.text = samples.QUESTION
        await pilot.press("enter")
        await until(pilot, lambda: "●" in show.seen(), "the first column begins")
        assert show.seen().count("●") == 1
        assert "waits for its turn" in show.seen()


async def test_words_that_differ_are_underlined_in_both(tmp_path: Path) -> None:
    show = Show(tmp_path)
    async with show.host.run_test(size=WIDE) as pilot:
        await ask(pilot, show)
        for place, word in ((0, "loops"), (1, "cycles")):
            text = show.pane(place).text
            marked = [text.plain[s.start : s.end] for s in text.spans if s.style == DIFFERS]
            assert word in marked


async def test_nothing_moves_while_words_come(tmp_path: Path) -> None:
    show = Show(tmp_path, pace=0.3)
    async with show.host.run_test(size=WIDE) as pilot:
        await ready(pilot, show)

        def places() -> list[Any]:
            parts = (".pane-body", ".pane-table", "#compare-ask", "#compare-status")
            return [widget.region for part in parts for widget in show.screen.query(part)]

        await pilot.pause()
        before = places()
        show.prompt.text = samples.QUESTION
        await pilot.press("enter")
        await until(pilot, lambda: show.screen.state.running, "the round begins")
        while show.screen.state.running:
            await asyncio.sleep(0.05)
            await pilot.pause()
            assert places() == before


# ---------------------------------------------------------------------- blind


async def test_no_name_is_on_the_screen_before_the_vote(tmp_path: Path) -> None:
    show = Show(tmp_path, pace=0.05, blind=True)
    seen: list[str] = []
    async with show.host.run_test(size=(200, 50)) as pilot:
        seen.append(show.seen())
        await ready(pilot, show)
        seen.append(show.seen())
        show.prompt.text = samples.QUESTION
        await pilot.press("enter")
        await until(pilot, lambda: show.screen.state.running, "the round begins")
        while show.screen.state.running:
            await asyncio.sleep(0.02)
            await pilot.pause()
            seen.append(show.seen())
        for key in ("f7", "f9", "f7", "f6", "f6", "f6", "f4"):
            await pilot.press(key)
            await pilot.pause(0.05)
            seen.append(show.seen())
        for secret in (*LABELS[:2], "secret", "cpu", "bfloat16"):
            assert not any(secret in each for each in seen), secret
        assert show.host.copied == []
        assert not show.stage.exports.exists()
        await pilot.press("1")
        await pilot.pause()
        assert all(label in show.seen() for label in LABELS[:2])


async def test_a_load_that_fails_tells_no_name_in_a_blind_round(tmp_path: Path) -> None:
    show = Show(tmp_path, blind=True)
    show.troupe.fails["135m"] = ModelError("135m is damaged", where="135m", remedy="Fetch 135m.")
    async with show.host.run_test(size=WIDE) as pilot:
        await ready(pilot, show)
        assert "could not be loaded" in show.seen()
        assert "135m" not in show.seen()
        await pilot.press("f12")
        await pilot.pause()
        assert "Fetch 135m." in show.seen()


async def test_a_vote_reveals_the_names_and_is_kept_by_column(tmp_path: Path) -> None:
    show = Show(tmp_path, blind=True, changes={"shuffled": lambda count: (1, 0)})
    async with show.host.run_test(size=WIDE) as pilot:
        await ask(pilot, show)
        assert "Which answer is better, A or B?" in show.seen()
        await pilot.press("1")
        await pilot.pause()
        assert "A · 135m" in show.seen()
        assert "The vote went to A · 135m." in show.seen()
        (comparison, *_, blind, columns) = show.troupe.kept[0]
        assert blind
        assert [label for label, _ in columns] == ["0.5b", "135m"]
        assert show.troupe.votes == [(comparison, 1)]
        assert show.prompt.text == ""


async def test_a_second_vote_is_a_digit(tmp_path: Path) -> None:
    show = Show(tmp_path, blind=True)
    async with show.host.run_test(size=WIDE) as pilot:
        await ask(pilot, show)
        await pilot.press("2", "1")
        await pilot.pause()
        assert len(show.troupe.votes) == 1
        assert show.prompt.text == "1"


async def test_a_digit_in_a_question_is_no_vote(tmp_path: Path) -> None:
    show = Show(tmp_path, blind=True)
    async with show.host.run_test(size=WIDE) as pilot:
        await ask(pilot, show)
        await pilot.press("E", "2")
        await pilot.pause()
        assert show.troupe.votes == []
        assert show.prompt.text == "E2"


async def test_a_digit_beyond_the_columns_is_no_vote(tmp_path: Path) -> None:
    show = Show(tmp_path, blind=True)
    async with show.host.run_test(size=WIDE) as pilot:
        await ask(pilot, show)
        await pilot.press("3")
        await pilot.pause()
        assert show.troupe.votes == []
        assert show.prompt.text == "3"


async def test_a_vote_counts_with_the_focus_in_a_column_too(tmp_path: Path) -> None:
    show = Show(tmp_path, blind=True)
    async with show.host.run_test(size=WIDE) as pilot:
        await ask(pilot, show)
        show.screen.query_one("#pane-0 .pane-body").focus()
        await pilot.press("2")
        await pilot.pause()
        assert len(show.troupe.votes) == 1


async def test_blind_is_not_switched_in_the_middle_of_a_question(tmp_path: Path) -> None:
    show = Show(tmp_path, pace=1.0, blind=True)
    async with show.host.run_test(size=WIDE) as pilot:
        await ready(pilot, show)
        show.prompt.text = samples.QUESTION
        await pilot.press("enter")
        await until(pilot, lambda: show.screen.state.running, "the round begins")
        await pilot.press("ctrl+b", "f12", "f6")
        await pilot.pause()
        assert show.screen.state.blind
        assert "135m" not in show.seen()
        assert "Not in the middle of a question." in show.seen()


# ---------------------------------------------------------------------- trouble


async def test_a_column_that_cannot_be_loaded_says_why_and_the_other_answers(
    tmp_path: Path,
) -> None:
    show = Show(tmp_path)
    show.troupe.fails["0.5b"] = ModelError("Weights are damaged", remedy="Fetch them again.")
    async with show.host.run_test(size=WIDE) as pilot:
        await ask(pilot, show)
        seen = show.seen()
        assert "Weights are damaged" in seen
        assert "Fetch them again." in seen
        assert "transports policies" in seen


async def test_a_question_that_no_column_can_answer_comes_back(tmp_path: Path) -> None:
    show = Show(tmp_path)
    show.troupe.fails = {label: ModelError("Weights are damaged") for label in LABELS}
    async with show.host.run_test(size=WIDE) as pilot:
        show.prompt.text = samples.QUESTION
        await pilot.press("enter")
        await until(pilot, lambda: show.prompt.text == samples.QUESTION, "the question is back")
        assert "No model is loaded. f6 tries again." in show.seen()


async def test_what_cannot_be_arranged_is_said(tmp_path: Path) -> None:
    def arrange(wish: Mode | None) -> Plan:
        raise ModelError("0.5b needs 2 GB and 1 GB is free", remedy="Compare smaller profiles.")

    show = Show(tmp_path, changes={"arrange": arrange})
    async with show.host.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert "Compare smaller profiles." in show.seen()


async def test_a_round_goes_on_where_it_cannot_be_kept_and_says_so(tmp_path: Path) -> None:
    def keep(*_: Any) -> None:
        raise StoreError("The disk is full", remedy="Free some space.")

    show = Show(tmp_path, changes={"keep": keep})
    async with show.host.run_test(size=WIDE) as pilot:
        await ask(pilot, show)
        assert "The disk is full" in show.seen()
        assert "carries policies" in show.seen()


async def test_figures_are_those_of_the_record(tmp_path: Path) -> None:
    def recorded(run: str) -> Sequence[Event]:
        return samples.not_found()

    show = Show(tmp_path, changes={"recorded": recorded})
    async with show.host.run_test(size=WIDE) as pilot:
        await ask(pilot, show)
        (kept,) = show.screen.state.rounds
        assert {found.seconds for _, found in kept.columns if found} == {1.64}


async def test_hostile_text_stays_text(tmp_path: Path) -> None:
    show = Show(tmp_path)
    async with show.host.run_test(size=WIDE) as pilot:
        await ask(pilot, show, "[/] [bold]why[/bold] [@click=app.quit]x")
        assert "[/] [bold]why[/bold]" in show.seen()


# ---------------------------------------------------------------------- keys


async def test_a_question_in_the_middle_of_another_is_given_back(tmp_path: Path) -> None:
    show = Show(tmp_path, pace=1.0)
    async with show.host.run_test(size=WIDE) as pilot:
        await ready(pilot, show)
        show.prompt.text = samples.QUESTION
        await pilot.press("enter")
        await until(pilot, lambda: show.screen.state.running, "the round begins")
        show.prompt.text = "And this?"
        await pilot.press("enter")
        await pilot.pause()
        assert show.prompt.text == "And this?"
        assert len(show.troupe.kept) == 1


async def test_escape_twice_stops_all_columns_and_then_leaves(tmp_path: Path) -> None:
    show = Show(tmp_path, pace=5.0)
    async with show.host.run_test(size=WIDE) as pilot:
        await ready(pilot, show)
        show.prompt.text = samples.QUESTION
        await pilot.press("enter")
        await until(pilot, lambda: show.screen.state.running, "the round begins")
        await pilot.press("escape")
        await pilot.pause()
        assert "press esc again to stop" in show.seen()
        await pilot.press("escape")
        await until(pilot, lambda: show.screen.state.finished, "all columns stop")
        assert show.seen().count("■ cancelled") == 2
        await pilot.press("escape")
        await until(pilot, lambda: show.host.result is None, "the screen leaves")
        assert not show.screen.left_behind


async def test_the_mode_goes_from_the_plan_to_in_turn_to_parallel(tmp_path: Path) -> None:
    show = Show(tmp_path)
    async with show.host.run_test(size=WIDE) as pilot:
        await ready(pilot, show)
        await pilot.press("f6")
        await pilot.pause()
        assert "In turn, as asked" in show.seen()
        await pilot.press("f6")
        await pilot.pause()
        assert "their times are not comparable" in show.seen()
        assert show.stage.fleet.mode is Mode.PARALLEL
        await ask(pilot, show)
        assert show.troupe.kept[0][2] is Mode.PARALLEL


async def test_rounds_of_another_mode_are_not_mixed_into_the_running_table(tmp_path: Path) -> None:
    show = Show(tmp_path, blind=True)
    async with show.host.run_test(size=WIDE) as pilot:
        await ask(pilot, show)
        await pilot.press("f6")
        await pilot.pause()
        assert len(show.screen.state.rounds) == 1
        await pilot.press("f6")
        await pilot.pause()
        assert show.screen.state.rounds == []
        assert "the running table begins anew" in show.seen()
        await pilot.press("1")
        await pilot.pause()
        assert len(show.troupe.votes) == 1


async def test_the_running_table_and_its_chart_replace_the_steps(tmp_path: Path) -> None:
    show = Show(tmp_path)
    async with show.host.run_test(size=WIDE) as pilot:
        await ask(pilot, show)
        await ask(pilot, show)
        await pilot.press("f7")
        await until(pilot, lambda: "speed-up" in show.seen(), "the running table is shown")
        await until(pilot, lambda: "seconds a question" in show.seen(), "the chart is shown")
        assert "2.22x" in show.seen()
        assert "1 retrieve" not in show.seen()
        await pilot.press("f7")
        await until(pilot, lambda: "1 retrieve" in show.seen(), "the steps are back")


async def test_export_writes_three_files_and_copies_the_table(tmp_path: Path) -> None:
    show = Show(tmp_path)
    async with show.host.run_test(size=WIDE) as pilot:
        await pilot.press("f9")
        await pilot.pause()
        assert "There is nothing to export yet." in show.seen()
        await ask(pilot, show)
        await pilot.press("f9")
        await pilot.pause()
        files = {path.suffix: path for path in show.stage.exports.iterdir()}
        assert set(files) == {".md", ".csv", ".svg"}
        assert "Copied, and saved as" in show.seen()
        text = files[".md"].read_text("utf-8")
        assert "135m" in text
        assert show.host.copied == [text]
        assert "<svg" in files[".svg"].read_text("utf-8")
        await pilot.press("f9")
        await pilot.pause()
        assert len(list(show.stage.exports.iterdir())) == 6


async def test_an_export_that_cannot_be_written_says_where_and_what_to_do(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    show = Show(tmp_path, changes={"exports": blocked})
    async with show.host.run_test(size=(200, 50)) as pilot:
        await ask(pilot, show)
        await pilot.press("f9")
        await pilot.pause()
        assert f"Cannot write to {blocked}" in show.seen()
        assert show.host.copied == []


# ---------------------------------------------------------------------- widths


@pytest.mark.parametrize(
    ("size", "count", "shown"),
    [((60, 20), 2, 1), ((80, 24), 2, 2), ((80, 24), 3, 1), ((120, 34), 3, 3), ((200, 50), 4, 4)],
)
async def test_columns_that_do_not_fit_are_shown_one_at_a_time(
    tmp_path: Path, size: tuple[int, int], count: int, shown: int
) -> None:
    show = Show(tmp_path, count)
    async with show.host.run_test(size=size) as pilot:
        await ask(pilot, show)
        panes = [pane for pane in show.screen.query("ComparePane") if pane.display]
        assert len(panes) == shown
        assert show.screen.query_one("#compare-tabs").display is (shown == 1 and count > 1)
        assert all(label in show.seen() for label in LABELS[:count])


async def test_another_column_is_a_key_away(tmp_path: Path) -> None:
    show = Show(tmp_path)
    async with show.host.run_test(size=(60, 20)) as pilot:
        await ask(pilot, show)
        assert "4.62/3 s" in show.seen()
        await pilot.press("f4")
        await pilot.pause()
        assert "2.08/3 s" in show.seen()
        show.screen.query_one("#pane-1 .pane-body").focus()
        await pilot.press("left")
        await pilot.pause()
        assert "4.62/3 s" in show.seen()


async def test_a_column_follows_the_width(tmp_path: Path) -> None:
    show = Show(tmp_path)
    async with show.host.run_test(size=WIDE) as pilot:
        await ask(pilot, show)
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        assert len([pane for pane in show.screen.query("ComparePane") if pane.display]) == 1
        await pilot.resize_terminal(120, 34)
        await pilot.pause()
        assert "transports policies" in show.seen()


@pytest.mark.parametrize("size", [(80, 24), (120, 34)])
def test_looks(snap_compare: Any, tmp_path: Path, size: tuple[int, int]) -> None:
    show = Show(tmp_path, changes={"clock": lambda: 0.0})

    async def run_before(pilot: Pilot[None]) -> None:
        await ask(pilot, show)
        # The cursor blinks by the clock.
        show.prompt.cursor_blink = False

    assert snap_compare(show.host, terminal_size=size, run_before=run_before)
