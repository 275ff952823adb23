"""Text with a meaning instead of a colour, so that a theme decides and nothing is markup.

Not responsible for layout (the widgets) or for colours (the theme).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual.color import Color, ColorParseError
from textual.content import Content

from engine.events import Action


class Ink(StrEnum):
    """What a stretch of text means. The value is a Textual style."""

    PLAIN = ""
    STRONG = "bold"
    MUTED = "$text-muted"
    FAINT = "$text-disabled"
    ACCENT = "$accent"
    SECOND = "$secondary"
    GOOD = "$success"
    WARN = "$warning"
    BAD = "$error"
    DOUBT = "$text-muted underline"


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What a styled piece must not hold: Textual takes a backspace out and then misses a letter."""

Piece = tuple[str, str]
"""Text and its style, an Ink or words before one: `bold $accent`."""

OF_ACTION: dict[Action, Ink] = {
    Action.RETRIEVE: Ink.ACCENT,
    Action.REASON: Ink.WARN,
    Action.STOP: Ink.GOOD,
}
"""The colour of an action, everywhere the same."""


def content(pieces: Iterable[Piece]) -> Content:
    """For a Static: colours resolve when it is drawn. Control characters are left out."""
    return Content.assemble(
        *((_CONTROL.sub("", text), str(ink)) if ink else text for text, ink in pieces)
    )


def rich_text(pieces: Iterable[Piece], variables: Mapping[str, str]) -> Text:
    """For a tree: `variables` are the theme's."""
    text = Text(no_wrap=True, end="")
    for part, ink in pieces:
        text.append(part, rich_style(ink, variables))
    return text


def rich_style(ink: str, variables: Mapping[str, str]) -> str:
    """A Rich style; `dim` where the theme's colour depends on its background."""
    words = []
    for word in ink.split():
        if not word.startswith("$"):
            words.append(word)
            continue
        try:
            words.append(Color.parse(variables[word[1:]]).rich_color.name)
        except (KeyError, ColorParseError):
            words.append("dim")
    return " ".join(words)


def width(pieces: Iterable[Piece]) -> int:
    """In cells."""
    return sum(cell_len(text) for text, _ in pieces)


def crop(pieces: Iterable[Piece], cells: int) -> list[Piece]:
    """At most `cells` wide, with an ellipsis where something was cut."""
    taken = list(pieces)
    if width(taken) <= cells:
        return taken
    result: list[Piece] = []
    left = max(cells - 1, 0)
    for text, ink in taken:
        size = cell_len(text)
        if size > left:
            result.append((set_cell_size(text, left).rstrip() + "…", ink))
            break
        result.append((text, ink))
        left -= size
    return result if cells > 0 else []


def justify(left: Iterable[Piece], right: Iterable[Piece], cells: int) -> list[Piece]:
    """`left` and `right` at the two ends of a line; `left` gives way."""
    end = list(right)
    start = crop(left, cells - width(end) - (1 if end else 0))
    gap = cells - width(start) - width(end)
    return [*start, (" " * max(gap, 0), Ink.PLAIN), *end] if end else start


def one_line(text: str, limit: int = 400) -> str:
    """White space joined, for labels; never longer than a label can be."""
    return " ".join(text[: limit * 2].split())[:limit]


def shorten(text: str, limit: int) -> str:
    """What is shown of a text that is longer than anybody reads."""
    return text if len(text) <= limit else f"{text[:limit]} … ({len(text)} characters)"
