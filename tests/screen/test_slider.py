"""A slider by keys, by mouse and by typing: it moves inside its ends and reports what it moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from argo_tui.policy.values import LINES
from argo_tui.settings.listed import setting
from argo_tui.widgets.ink import width
from argo_tui.widgets.slider import Scale, Slider, bar, fitting, written

SCALE = Scale(0.0, 2.0, 0.05)
floats = st.floats(-3.0, 5.0)


class Shelf(App[None]):
    """One slider, and what it said."""

    def __init__(self, note: str = "") -> None:
        super().__init__()
        self._note = note
        self.moved: list[float] = []
        self.refused: list[str] = []

    def compose(self) -> ComposeResult:
        slider = Slider("policy.mu", "Cost weight", SCALE, setting("policy.mu").parse, symbol="μ")
        slider.show(0.6, 0.6, self._note)
        yield slider

    def on_slider_moved(self, event: Slider.Moved) -> None:
        self.moved.append(event.value)

    def on_slider_refused(self, event: Slider.Refused) -> None:
        self.refused.append(event.why)


def line(app: Shelf) -> str:
    return str(app.query_one(Slider).render())


async def test_left_and_right_go_a_step_and_shift_goes_ten() -> None:
    app = Shelf()
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.press("right", "left", "shift+right", "shift+left")
        assert app.moved == [0.65, 0.6, 1.1, 0.6]


async def test_home_and_end_are_the_ends_and_nothing_lies_beyond() -> None:
    app = Shelf()
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.press("end", "right", "shift+right", "home", "left")
        assert app.moved == [2.0, 0.0]


async def test_a_number_can_be_typed() -> None:
    app = Shelf()
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.press(".", "4", "5")
        assert app.moved == []
        assert ".45▏" in line(app)
        await pilot.press("backspace", "enter")
        assert app.moved == [0.4]
        assert "0.40" in line(app)


async def test_a_typed_number_out_of_bounds_is_refused_with_the_bounds() -> None:
    app = Shelf()
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.press("-", "1", "enter")
        assert app.moved == []
        assert app.refused == ["policy.mu must be a number of at least 0, not «-1»"]
        await pilot.press("escape")
        assert "0.60" in line(app)


async def test_a_typed_number_may_lie_beyond_the_bar() -> None:
    app = Shelf()
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.press("3", "enter")
        assert app.moved == [3.0]
        await pilot.press("right")
        assert app.moved == [3.0]
        await pilot.press("left")
        assert app.moved == [3.0, 2.95]


async def test_a_click_and_a_drag_on_the_bar_set_the_value() -> None:
    app = Shelf()
    async with app.run_test(size=(60, 5)) as pilot:
        slider = app.query_one(Slider)
        await pilot.mouse_down(slider, offset=(25, 0))
        await pilot.hover(slider, offset=(58, 0))
        await pilot.mouse_up(slider, offset=(58, 0))
        assert app.moved[0] == 0.0
        assert app.moved[-1] == 2.0


async def test_a_locked_slider_says_who_decides_and_does_not_move() -> None:
    app = Shelf(note="135m sets it")
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.press("right", "1")
        assert app.moved == []
        assert app.refused[0] == "Cost weight cannot be set: 135m sets it."
        assert "135m sets it" in line(app)


@given(floats, st.integers(-12, 12))
def test_a_move_never_leaves_the_ends_and_never_goes_the_wrong_way(value: float, by: int) -> None:
    moved = SCALE.moved(value, by)
    assert (moved - value) * by >= 0
    if SCALE.low <= value <= SCALE.high:
        assert SCALE.low <= moved <= SCALE.high


@given(floats, floats, st.integers(4, 120), st.booleans())
def test_a_bar_is_as_wide_as_it_was_asked_to_be(
    value: float, before: float, cells: int, focused: bool
) -> None:
    pieces = bar(SCALE, value, before, cells, focused=focused)
    assert width(pieces) == cells
    assert sum(text.count("●") for text, _ in pieces) == 1


@given(st.floats(0.0, 1.0))
def test_a_place_on_the_bar_is_a_value_on_a_step(share: float) -> None:
    value = SCALE.at(share)
    assert abs(value / SCALE.step - round(value / SCALE.step)) < 1e-6


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.key)
def test_every_end_of_a_bar_may_be_set(line: object) -> None:
    assert line.accept(str(line.low))[1] == ""  # type: ignore[attr-defined]
    assert line.accept(str(line.high))[1] == ""  # type: ignore[attr-defined]


def test_numbers_keep_two_places_unless_they_have_more() -> None:
    assert [written(value) for value in (0.6, 5.0, 0.985, 1.0)] == ["0.60", "5.00", "0.985", "1.00"]


def test_a_note_is_cut_between_words() -> None:
    assert fitting("measured 1.40 s of 30 s", 8) == "measured"
    assert fitting("1.5b-coder sets it", 8) == "1.5b-co…"
