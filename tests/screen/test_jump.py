"""Jumping: places of a run, narrowed by typing, and the tree that is jumped to."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.widgets import OptionList

from argo_tui.jumps import ANSWER, PASSAGES, STEPS, ToPassage, ToStep, narrowed, targets
from argo_tui.run_view import RunView
from argo_tui.screens.jump import JumpScreen
from argo_tui.widgets.step_tree import StepTree
from engine.events import Event
from tests import samples
from tests.screen.panels import Host


def view(events: list[Event] | None = None) -> RunView:
    result = RunView("r1", "")
    for event in samples.answered() if events is None else events:
        result.apply(event)
    return result


def host(run: RunView | None = None) -> Host:
    places = targets(run or view())
    return Host(lambda: JumpScreen(places))


def lines(app: Host) -> list[str]:
    places = app.screen.query_one(OptionList)
    return [str(each.prompt).strip() for each in places.options]


def test_a_run_offers_its_steps_its_passages_and_its_cited_sentences() -> None:
    run = view()
    found = targets(run)
    assert [each.number for each in found if each.group == STEPS] == sorted(run.steps)
    assert [each.number for each in found if each.group == PASSAGES] == sorted(run.passages())
    said = [each.name for each in found if each.group == ANSWER]
    assert said
    assert not any("2018" in each for each in said)  # nothing supports that sentence


def test_a_sentence_leads_to_the_quote_that_supports_it() -> None:
    run = view()
    jump = next(each.jump for each in targets(run) if "E2 interface lets" in each.name)
    assert isinstance(jump, ToPassage)
    (quote,) = jump.quotes
    assert quote in run.passages()[jump.number].text


def test_a_run_that_waits_offers_nothing() -> None:
    assert targets(RunView("r1", "What is O-RAN?")) == ()


def test_a_number_means_steps_passages_and_citations_of_that_number() -> None:
    found = narrowed(targets(view()), "1")
    assert {each.group for each in found} == {STEPS, PASSAGES, ANSWER}
    assert {each.number for each in found} == {1}


def test_a_number_that_is_none_of_theirs_is_looked_for_in_the_words() -> None:
    found = narrowed(targets(view()), "10")
    assert found
    assert all("10" in each.name + each.about for each in found)


def test_every_word_that_is_typed_must_be_there() -> None:
    found = narrowed(targets(view()), "a1 POLICIES")
    assert found
    assert all("policies" in f"{each.name} {each.about}".casefold() for each in found)
    assert narrowed(targets(view()), "zebra") == ()


async def test_enter_jumps_to_the_first_step() -> None:
    app = host()
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert app.result == ToStep(1)


async def test_a_number_and_an_arrow_choose_a_passage() -> None:
    app = host()
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        await pilot.press("2", "down", "enter")
        await pilot.pause()
        assert app.result == ToPassage(2)


async def test_headings_are_passed_over_and_the_ends_hold() -> None:
    app = host()
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        places = app.screen.query_one(OptionList)
        rows = [at for at, option in enumerate(places.options) if not option.disabled]
        await pilot.press("up")
        assert places.highlighted == rows[0] == 1
        for row in rows[1:]:
            await pilot.press("down")
            assert places.highlighted == row
        await pilot.press("down", "pagedown")
        assert places.highlighted == rows[-1]


async def test_without_a_match_it_says_so_and_enter_does_nothing() -> None:
    app = host()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"zebra")
        await pilot.pause()
        assert lines(app) == []
        assert app.screen.query_one("#jump-none").display
        await pilot.press("enter", "down")
        assert app.result == "open"
        await pilot.press("escape")
        await pilot.pause()
        assert app.result is None


async def test_a_click_jumps() -> None:
    app = host()
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        await pilot.click(OptionList, offset=(8, 2))
        await pilot.pause()
        assert app.result == ToStep(2)


async def test_text_of_documents_is_never_markup() -> None:
    run = view()
    run.steps[1].subquery = "[/] [@click=app.quit]x[/]"
    app = host(run)
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        assert "[/] [@click=app.quit]x[/]" in lines(app)[1]


class TreeApp(App[None]):
    def compose(self) -> ComposeResult:
        yield StepTree()


async def test_a_step_that_is_jumped_to_is_unfolded_and_highlighted() -> None:
    app = TreeApp()
    async with app.run_test(size=(80, 12)) as pilot:
        tree = app.query_one(StepTree)
        tree.show(view())
        await pilot.pause()
        for node in tree.root.children:
            node.collapse()
        await pilot.pause()
        assert tree.go_to_step(2)
        await pilot.pause()
        await pilot.pause()
        assert tree.has_focus
        assert tree.cursor_node is not None
        assert tree.cursor_node.is_expanded
        assert tree.cursor_node.data is not None
        assert tree.cursor_node.data.left[0][0] == "2 "
        assert tree.scroll_offset.y <= tree.cursor_line < tree.scroll_offset.y + tree.size.height


async def test_there_is_no_jump_to_a_step_that_is_not_there() -> None:
    app = TreeApp()
    async with app.run_test(size=(80, 12)) as pilot:
        tree = app.query_one(StepTree)
        tree.show(view())
        await pilot.pause()
        before = tree.cursor_line
        assert not tree.go_to_step(99)
        await pilot.pause()
        assert tree.cursor_line == before


@pytest.mark.parametrize("size", [(60, 20), (120, 34)])
def test_looks(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(host(), terminal_size=size, press=["down"])


async def test_letters_and_enter_in_one_go_choose_what_the_letters_leave() -> None:
    app = host()
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause()
        for key in [*"policies", "enter"]:  # as a fast typist or a paste sends them
            pilot.app.simulate_key(key)
        await pilot.pause()
        await pilot.pause()
        assert app.result == ToPassage(2)
