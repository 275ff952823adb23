"""The drawings of the policy as text: as wide as asked, the regions whole, the densities right."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argo_tui.policy.picture import Mark, Picture
from argo_tui.widgets.belief_plot import densities, density, words
from argo_tui.widgets.braille import Canvas
from argo_tui.widgets.ink import OF_ACTION, Piece, width
from argo_tui.widgets.policy_plot import borders, drawing, path, region_bar
from engine.belief import observe, prior
from engine.events import Action, Belief
from engine.policy import Problem, solve


def problem(
    mu: float = 0.6, p: float = 0.8, u_max: float = 0.8, reason_gain: float = 0.08
) -> Problem:
    return Problem(u_max, p, 0.25, reason_gain, 0.05, 0.02, mu, 0.98)


def picture(
    of: Problem, marks: tuple[Mark, ...] = (), forbidden: frozenset[Action] = frozenset()
) -> Picture:
    solution = solve(of)
    u = marks[-1].u if marks else 0.0
    return Picture(
        solution,
        solution.regions(),
        u,
        marks,
        len(marks) - 1,
        forbidden,
        (Belief(alpha=4, beta=1),),
    )


def text(line: list[Piece]) -> str:
    return "".join(part for part, _ in line)


MARKS = (
    Mark(1, 0.0, Action.RETRIEVE),
    Mark(2, 0.0, Action.RETRIEVE),
    Mark(3, 0.25, Action.REASON),
    Mark(4, 0.33, Action.STOP),
)
pictures = st.builds(
    lambda mu, p, u_max, gain, marked: picture(
        problem(mu, p, u_max, gain), MARKS if marked and u_max > 0.34 else ()
    ),
    st.floats(0.0, 3.0),
    st.floats(0.05, 0.95),
    st.sampled_from([0.35, 0.7, 1.0]),
    st.floats(0.0, 0.2),
    st.booleans(),
)


@settings(max_examples=40, deadline=None)
@given(pictures, st.integers(20, 200), st.integers(3, 60))
def test_every_line_fits_and_there_are_no_more_than_asked(
    shown: Picture, columns: int, rows: int
) -> None:
    lines = drawing(shown, columns, rows)
    assert len(lines) <= rows
    assert all(width(line) <= columns for line in lines)


@settings(max_examples=40, deadline=None)
@given(pictures, st.integers(30, 160))
def test_the_regions_fill_the_scale_in_their_order(shown: Picture, cells: int) -> None:
    pieces = region_bar(shown, cells)
    assert [ink for _, ink in pieces] == [OF_ACTION[region.action] for region in shown.regions]
    assert width(pieces) == cells
    assert width(borders(shown, cells)) == cells


def test_a_region_whose_action_cannot_be_taken_is_thin() -> None:
    shown = picture(problem(mu=2.0), forbidden=frozenset({Action.RETRIEVE}))
    bar = region_bar(shown, 100)
    for part, ink in bar:
        assert ("╌" in part) == (ink == OF_ACTION[Action.RETRIEVE])


def test_decisions_at_one_place_stand_beside_each_other() -> None:
    line = text(path(picture(problem(), MARKS), 80))
    assert line.startswith("12─")
    assert line.index("3") == 25
    assert line.endswith("4 ■")


def test_the_way_to_the_next_decision_has_the_colour_of_the_action() -> None:
    pieces = path(picture(problem(), MARKS), 80)
    ways = [ink for part, ink in pieces if "▸" in part]
    assert ways == [f"{OF_ACTION[Action.RETRIEVE]} 70%", f"{OF_ACTION[Action.REASON]} 70%"]


def test_a_flat_line_of_dots_is_drawn_where_it_lies() -> None:
    canvas = Canvas(3, 2)
    canvas.curve([1.0] * 6, "$accent")
    canvas.mark(0.99, 0.0, "x", "bold")
    top, bottom = canvas.lines()
    assert text(top) == "⠉⠉⠉"
    assert text(bottom) == "  x"


def test_a_steep_line_has_no_holes() -> None:
    canvas = Canvas(1, 4)
    canvas.curve([0.0, 1.0], "$accent")
    assert all(text(line) != " " for line in canvas.lines())


@pytest.mark.parametrize(("mean", "strength"), [(0.8, 5.0), (0.3, 12.0), (0.5, 2.0)])
def test_a_density_is_one_in_all(mean: float, strength: float) -> None:
    belief = prior(mean, strength)
    steps = 20_000
    total = sum(density(belief, (i + 0.5) / steps) for i in range(steps)) / steps
    assert math.isclose(total, 1.0, abs_tol=1e-3)


@given(st.floats(0.01, 0.99), st.floats(0.1, 60.0), st.lists(st.booleans(), max_size=8))
def test_any_belief_can_be_drawn(mean: float, strength: float, seen: list[bool]) -> None:
    beliefs = [prior(mean, strength)]
    for success in seen:
        beliefs.append(observe(beliefs[-1], success))
    lines = densities(beliefs, len(seen), 40, 6)
    assert len(lines) == 6
    assert all(width(line) == 40 for line in lines)
    assert width(words(beliefs, len(seen), 30)) <= 30
