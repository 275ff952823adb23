"""Themes: every shipped one is readable, and a wrong file is named, not fatal."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.color import Color
from textual.theme import Theme
from textual.widgets import Input

from argo_tui.themes import LEGIBLE, READABLE, contrast, load_themes
from engine.paths import shipped

SHIPPED, MESSAGES = load_themes([shipped("themes")])
GOOD = """
name = "mine"
dark = true
primary = "#88aaff"
foreground = "#dddddd"
background = "#101010"
"""


def write(directory: Path, text: str, name: str = "mine.toml") -> Path:
    (directory / name).write_text(text, "utf-8")
    return directory


def colour(theme: Theme, key: str) -> Color:
    return Color.parse(theme.to_color_system().generate()[key])


def test_at_least_five_themes_are_shipped_dark_and_light_and_none_is_wrong() -> None:
    assert MESSAGES == ()
    assert len(SHIPPED) >= 5
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
