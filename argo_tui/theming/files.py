"""Themes are files: read, checked, completed.

A theme file that is wrong is left out with a message naming file and key, because Textual would
stop the whole program with an unrelated error. Not responsible for registering or watching
(the App does) or for choosing one (the `theme` setting).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from textual.color import Color, ColorParseError
from textual.theme import Theme

from engine.text import clean

READABLE, LEGIBLE = 4.5, 3.0
"""WCAG AA: least contrast of text with what is behind it; of large or incidental text."""

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_PERCENT = re.compile(r"(?P<colour>.+?)\s+\d{1,3}%")
_STYLES = {"none", "not", "bold", "b", "dim", "italic", "i", "underline", "u", "reverse", "r"}
_STYLES |= {"strike", "s", "overline"}


class ThemeFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of a theme file. Colours are `#rrggbb` or CSS names."""

    name: str
    dark: bool
    primary: str
    foreground: str
    background: str
    secondary: str | None = None
    accent: str | None = None
    surface: str | None = None
    panel: str | None = None
    success: str | None = None
    warning: str | None = None
    error: str | None = None
    variables: dict[str, str] = {}

    def colours(self) -> Iterator[tuple[str, str]]:
        """Every colour that is given, by key."""
        for key in self.__struct_fields__:
            value = getattr(self, key)
            if key not in ("name", "dark", "variables") and value is not None:
                yield key, value


def load_themes(directories: Sequence[Path]) -> tuple[dict[str, Theme], tuple[str, ...]]:
    """Themes by name, and a message for each file or key that is wrong.

    A later directory wins, so a user's `midnight` replaces the shipped one. A missing directory
    holds no themes.
    """
    themes: dict[str, Theme] = {}
    messages: list[str] = []
    for path in theme_files(directories):
        file, problems = read_theme(path)
        messages += [f"{problem} The theme is left out." for problem in problems]
        if file is not None:
            themes[file.name] = theme(file)
    return themes, tuple(messages)


def theme_files(directories: Sequence[Path]) -> list[Path]:
    """Every theme file, in the order in which they replace each other."""
    return [path for directory in directories for path in sorted(directory.glob("*.toml"))]


def read_theme(path: Path) -> tuple[ThemeFile | None, list[str]]:
    """The checked file, or None with a sentence for every key that is wrong."""
    try:
        file = msgspec.convert(tomllib.loads(path.read_text("utf-8")), ThemeFile)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return None, [clean(f"Theme {path}: cannot be read: {error}.")]
    except msgspec.ValidationError as error:
        return None, [clean(f"Theme {path}: {error}.")]
    problems = [clean(f"Theme {path}: {key}: {problem}.") for key, problem in _problems(file)]
    return (None, problems) if problems else (file, [])


def theme(file: ThemeFile) -> Theme:
    """A Textual theme: what the file leaves open is derived from its base colours."""
    background = Color.parse(file.background)
    foreground = Color.parse(file.foreground)
    surface = file.surface or background.blend(foreground, 0.03).hex
    panel = file.panel or background.blend(foreground, 0.07).hex
    accent = file.accent or file.primary
    behind = [background, Color.parse(surface), Color.parse(panel)]
    return Theme(
        name=file.name,
        dark=file.dark,
        primary=file.primary,
        secondary=file.secondary or file.primary,
        accent=accent,
        foreground=file.foreground,
        background=file.background,
        surface=surface,
        panel=panel,
        success=file.success,
        warning=file.warning,
        error=file.error,
        variables=_derived(file, foreground, Color.parse(accent), behind) | file.variables,
    )


def contrast(one: Color, other: Color) -> float:
    """WCAG 2 contrast ratio, 1 to 21."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def faded(foreground: Color, behind: Sequence[Color], least: float) -> Color:
    """The foreground as faint as a contrast of `least` on all of `behind` allows."""
    for percent in range(60, 0, -2):
        faint = foreground.blend(behind[0], percent / 100)
        if all(contrast(faint, colour) >= least for colour in behind):
            return faint
    return foreground


def _derived(
    file: ThemeFile, foreground: Color, accent: Color, behind: Sequence[Color]
) -> dict[str, str]:
    background, surface, _ = behind
    soft = surface.blend(accent, 0.16).hex
    rule = background.blend(foreground, 0.16).hex
    muted = faded(foreground, behind, READABLE).hex
    marked = background.blend(accent, 0.35).hex
    variables = {
        "text": foreground.hex,
        "text-muted": muted,
        "text-disabled": faded(foreground, behind, LEGIBLE).hex,
        "foreground-muted": muted,
        "text-primary": file.primary,
        "text-accent": accent.hex,
        "accent-muted": background.blend(accent, 0.30).hex,
        "border": accent.hex,
        "border-blurred": rule,
        "block-cursor-background": soft,
        "block-cursor-foreground": foreground.hex,
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": background.blend(accent, 0.09).hex,
        "block-cursor-blurred-foreground": foreground.hex,
        "block-hover-background": background.blend(foreground, 0.06).hex,
        "footer-background": background.hex,
        "footer-description-foreground": muted,
        "footer-key-foreground": accent.hex,
        "input-cursor-background": accent.hex,
        "input-selection-background": marked,
        "screen-selection-background": marked,
        "scrollbar": rule,
        "scrollbar-hover": background.blend(foreground, 0.30).hex,
        "scrollbar-active": accent.hex,
        "scrollbar-background": background.hex,
        "scrollbar-background-hover": background.hex,
        "scrollbar-background-active": background.hex,
        "button-color-foreground": background.hex,
    }
    for name in ("secondary", "success", "warning", "error"):
        if value := getattr(file, name):
            variables[f"text-{name}"] = value
    return variables


def _problems(file: ThemeFile) -> Iterator[tuple[str, str]]:
    if not _NAME.fullmatch(file.name):
        yield "name", f"«{file.name}» must be small letters, digits, «_» and «-»"
    for key, value in file.colours():
        if problem := _not_a_colour(value):
            yield key, problem
    for key, value in file.variables.items():
        if not _NAME.fullmatch(key):
            yield f"variables.{key}", "is not a variable name"
        elif problem := _not_a_variable(key, value):
            yield f"variables.{key}", problem


def _not_a_variable(key: str, value: str) -> str:
    if key.split("-")[-1] == "style" or "-style-" in key:
        wrong = [word for word in value.split() if word not in _STYLES]
        return f"«{wrong[0]}» is not a text style" if wrong or not value.split() else ""
    if part := _PERCENT.fullmatch(value):
        value = part["colour"]
    return "" if value in ("auto", "transparent", "initial") else _not_a_colour(value)


def _not_a_colour(value: str) -> str:
    try:
        colour = Color.parse(value)
    except ColorParseError:
        return f"«{value}» is not a colour"
    if colour.ansi is not None or colour.a < 1:
        return f"«{value}» must be an opaque colour such as #8ab6e8"
    return ""


def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
