"""The last look at every line before it goes to the terminal: nothing in it but text and style.

What the engine says is clean already (engine.text); a pasted search, a name from a settings file or
a record written elsewhere need not be. Not responsible for choosing colours (the theme) or for what
a terminal with few colours makes of them (Textual).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter, Monochrome

MOST_MARKS: Final = 8
"""On one letter; no script needs more, and a tower of them would cross the lines above."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
"""Half a character, as in a file name that is not UTF-8; no terminal can be sent one."""
# What takes no room, so that no width keeps it out of a line.
_MARK: Final = (
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    r"\u0f71-\u0f84\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff"
    r"\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\U000e0000-\U000e01ef]"
)
_TOWER: Final = re.compile(f"({_MARK}{{{MOST_MARKS}}}){_MARK}+")


class PlainText(LineFilter):
    """Takes out control characters, and of a tower of marks all but its foot."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """As wide as before, in the same styles."""
        if all(text.isascii() and text.isprintable() for text, _, _ in segments):
            return segments
        return [Segment(harmless(text), style, control) for text, style, control in segments]


class Colourless(LineFilter):
    """For NO_COLOR: no colour at all. What only a background told, a cursor, is told in reverse."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """`background` is that of the widget."""
        plain = background.rich_color
        return [
            Segment(text, style and _colourless(style, style.bgcolor not in (None, plain)), control)
            for text, style, control in segments
        ]


def last_look(
    before: Iterable[LineFilter], environment: Mapping[str, str]
) -> tuple[LineFilter, ...]:
    """Textual's filters and ours after them. NO_COLOR counts where it is not empty (no-color.org).

    Textual's own answer to it is shades of grey, which are colours to a terminal.
    """
    if not environment.get("NO_COLOR"):
        return (*before, _PLAIN)
    return (*(each for each in before if not isinstance(each, Monochrome)), _PLAIN, _COLOURLESS)


def harmless(text: str) -> str:
    """Text that a terminal can only show."""
    if text.isascii() and text.isprintable():
        return text
    return _TOWER.sub(r"\1", _SURROGATE.sub("?", _CONTROL.sub("", text)))


def _colourless(style: Style, marked: bool) -> Style:
    return style.without_color + Style(reverse=True) if marked else style.without_color


# One object each: a line remembers what a filter made of it.
_PLAIN: Final = PlainText()
_COLOURLESS: Final = Colourless()
