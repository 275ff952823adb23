"""Themes: every shipped one is readable, and a wrong file is named, not fatal."""

from __future__ import annotations

import math
from itertools import combinations
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.color import Color, rgb_to_lab
from textual.theme import Theme
from textual.widgets import Input

from argo_tui.theming.files import LEGIBLE, READABLE, contrast, load_themes
from engine.paths import shipped

SHIPPED, MESSAGES = load_themes([shipped("themes")])
GOOD = """
name = "mine"
dark = true
primary = "#88aaff"
foreground = "#dddddd"
background = "#101010"
"""


MARKS = ("accent", "success", "warning", "error")
"""What stands for retrieve, stop and reason, and what is wrong."""
Matrix = tuple[tuple[float, float, float], ...]
EYES: dict[str, Matrix] = {
    "without green": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "without red": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "without blue": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""On linear light; Machado, Oliveira and Fernandes 2009, severity 1."""


def as_seen(colour: Color, eyes: Matrix) -> Color:
    light = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    ]
    seen = [sum(a * b for a, b in zip(row, light, strict=True)) for row in eyes]
    parts = [min(1.0, max(0.0, part)) for part in seen]
    coded = [12.92 * p if p <= 0.0031308 else 1.055 * p ** (1 / 2.4) - 0.055 for p in parts]
    return Color(*(round(255 * part) for part in coded))


def difference(one: Color, other: Color) -> float:
    """CIE 1976: 2.3 is just noticeable."""
    (l1, a1, b1), (l2, a2, b2) = rgb_to_lab(one), rgb_to_lab(other)
    return math.dist((l1, a1, b1), (l2, a2, b2))


def write(directory: Path, text: str, name: str = "mine.toml") -> Path:
    (directory / name).write_text(text, "utf-8")
    return directory


def colour(theme: Theme, key: str) -> Color:
    return Color.parse(theme.to_color_system().generate()[key])


def test_at_least_eight_themes_are_shipped_dark_and_light_and_none_is_wrong() -> None:
    assert MESSAGES == ()
    assert len(SHIPPED) >= 8
    assert {theme.dark for theme in SHIPPED.values()} == {True, False}
    assert {"midnight", "paper", "high_contrast", "colour_safe"} <= SHIPPED.keys()


@pytest.mark.parametrize("name", sorted(SHIPPED))
@pytest.mark.parametrize("behind", ["background", "surface", "panel"])
@pytest.mark.parametrize(
    "text", ["foreground", "text-muted", "accent", "secondary", "success", "warning", "error"]
)
def test_text_is_readable(name: str, behind: str, text: str) -> None:
    theme = SHIPPED[name]
    assert contrast(colour(theme, text), colour(theme, behind)) >= READABLE


@pytest.mark.parametrize("name", sorted(SHIPPED))
@pytest.mark.parametrize(
    "behind", ["block-cursor-background", "accent-muted", "block-cursor-blurred-background"]
)
def test_text_on_a_cursor_or_a_mark_is_readable(name: str, behind: str) -> None:
    theme = SHIPPED[name]
    assert contrast(colour(theme, "foreground"), colour(theme, behind)) >= READABLE


@pytest.mark.parametrize("name", sorted(SHIPPED))
@pytest.mark.parametrize("text", ["accent", "secondary", "success", "warning", "error"])
def test_what_has_a_colour_is_readable_on_the_cursor_too(name: str, text: str) -> None:
    theme = SHIPPED[name]
    assert contrast(colour(theme, text), colour(theme, "block-cursor-background")) >= READABLE


@pytest.mark.parametrize("name", sorted(SHIPPED))
@pytest.mark.parametrize("behind", ["input-selection-background", "screen-selection-background"])
def test_selected_text_is_readable_and_what_is_coloured_in_it_legible(
    name: str, behind: str
) -> None:
    theme = SHIPPED[name]
    assert contrast(colour(theme, "foreground"), colour(theme, behind)) >= READABLE
    for text in ("accent", "success", "warning", "error"):
        assert contrast(colour(theme, text), colour(theme, behind)) >= LEGIBLE


@pytest.mark.parametrize("name", sorted(SHIPPED))
@pytest.mark.parametrize("behind", ["accent", "success", "warning", "error"])
def test_the_word_on_a_button_is_readable(name: str, behind: str) -> None:
    theme = SHIPPED[name]
    assert contrast(colour(theme, "button-color-foreground"), colour(theme, behind)) >= READABLE


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_the_actions_and_an_error_differ_in_colour(name: str) -> None:
    theme = SHIPPED[name]
    for one, other in combinations(MARKS, 2):
        assert difference(colour(theme, one), colour(theme, other)) >= 25, (one, other)


@pytest.mark.parametrize("eyes", sorted(EYES))
def test_in_colour_safe_they_differ_for_every_kind_of_colour_vision(eyes: str) -> None:
    theme = SHIPPED["colour_safe"]
    for one, other in combinations(MARKS, 2):
        seen = [as_seen(colour(theme, key), EYES[eyes]) for key in (one, other)]
        assert difference(*seen) >= 15, (one, other)


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_muted_text_on_the_cursor_stays_legible(name: str) -> None:
    theme = SHIPPED[name]
    assert (
        contrast(colour(theme, "text-muted"), colour(theme, "block-cursor-background")) >= LEGIBLE
    )


@pytest.mark.parametrize("name", sorted(SHIPPED))
@pytest.mark.parametrize("behind", ["background", "surface", "panel"])
def test_faint_text_is_legible(name: str, behind: str) -> None:
    theme = SHIPPED[name]
    assert contrast(colour(theme, "text-disabled"), colour(theme, behind)) >= LEGIBLE


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_there_is_one_accent(name: str) -> None:
    theme = SHIPPED[name]
    assert Color.parse(theme.primary) == Color.parse(theme.accent or "")


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(Color.parse("white"), Color.parse("black")) == pytest.approx(21.0)
    assert contrast(Color.parse("#777777"), Color.parse("white")) == pytest.approx(4.48, abs=0.01)


def test_what_a_short_theme_leaves_open_is_derived_and_readable(tmp_path: Path) -> None:
    themes, messages = load_themes([write(tmp_path, GOOD)])
    assert messages == ()
    mine = themes["mine"]
    assert contrast(colour(mine, "text-muted"), colour(mine, "panel")) >= READABLE


def test_a_later_directory_replaces_a_theme_of_the_same_name(tmp_path: Path) -> None:
    text = GOOD.replace('"mine"', '"midnight"')
    themes, _ = load_themes([shipped("themes"), write(tmp_path, text)])
    assert themes["midnight"].primary == "#88aaff"


def test_a_missing_directory_holds_no_themes(tmp_path: Path) -> None:
    assert load_themes([tmp_path / "none"]) == ({}, ())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (GOOD.replace("#88aaff", "blurple"), "primary: «blurple» is not a colour"),
        (GOOD.replace("#dddddd", "ansi_red"), "foreground: «ansi_red» must be an opaque"),
        (GOOD.replace('"mine"', '"My Theme"'), "name: «My Theme»"),
        (GOOD + 'acent = "#ffffff"', "acent"),
        (GOOD.replace("primary", "# primary"), "primary"),
        (GOOD + "[variables]\nborder = 'nope'", "variables.border: «nope» is not a colour"),
        (GOOD + "[variables]\nlink-style = 'loud'", "variables.link-style: «loud»"),
        (GOOD + "[variables]\n'a b' = 'red'", "variables.a b"),
        ("name = ", "cannot be read"),
        (GOOD.replace("dark = true", 'dark = "yes"'), "dark"),
    ],
)
def test_a_wrong_file_is_left_out_with_its_name_and_key(
    tmp_path: Path, text: str, key: str
) -> None:
    themes, messages = load_themes([write(tmp_path, text), shipped("themes")])
    assert "mine" not in themes
    assert "midnight" in themes
    assert len(messages) == 1
    assert "mine.toml" in messages[0]
    assert key in messages[0]


def test_a_message_carries_no_escape_sequence(tmp_path: Path) -> None:
    text = GOOD.replace("#88aaff", "\\u001b]52;c;AAAA\\u0007")
    _, messages = load_themes([write(tmp_path, text)])
    assert "\x1b" not in messages[0]


class Painted(App[None]):
    def compose(self) -> ComposeResult:
        yield Input("text")


@pytest.mark.parametrize("name", sorted(SHIPPED))
async def test_textual_takes_every_theme(name: str) -> None:
    app = Painted()
    async with app.run_test(size=(30, 5)) as pilot:
        app.register_theme(SHIPPED[name])
        app.theme = name
        await pilot.pause()
        assert app.screen.styles.background == Color.parse(SHIPPED[name].background or "")
