"""The passages below an answer: cited ones, or the nearest ones where nothing was found.

Each line opens its passage. Not responsible for showing it (the screen does on `Opened`).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from argo_tui.run_view import RunView
from argo_tui.widgets.ink import Ink, Piece, content, one_line, shorten
from engine.events import Passage

LONGEST_TEXT = 20_000


def sources(view: RunView) -> list[Passage]:
    """What the answer rests on, by number; the nearest passages where it rests on nothing."""
    if view.synthesis is None:
        return []
    seen = view.passages()
    numbers = sorted({citation.number for citation in view.synthesis.citations})
    return [seen[number] for number in numbers if number in seen] or [*view.synthesis.nearest]


def presentable(passage: Passage) -> Passage:
    """No part longer than anybody reads; a line of a megabyte would hold up the screen."""
    return msgspec.structs.replace(
        passage,
        text=shorten(passage.text, LONGEST_TEXT),
        document=one_line(passage.document),
        source=one_line(passage.source),
        section=tuple(one_line(heading) for heading in passage.section),
    )


def line(passage: Passage) -> list[Piece]:
    """`[1] document › section · line 12`."""
    parts: list[Piece] = [(f"[{passage.number}] ", Ink.ACCENT)]
    parts.append((one_line(passage.document), Ink.PLAIN))
    for heading in passage.section:
        if heading != passage.document:
            parts += [(" › ", Ink.MUTED), (one_line(heading), Ink.PLAIN)]
    if passage.page is not None:
        parts.append((f" · page {passage.page}", Ink.MUTED))
    elif passage.line is not None:
        parts.append((f" · line {passage.line}", Ink.MUTED))
    return parts


class Sources(OptionList):
    """A list of passages."""

    class Opened(Message):
        """Enter, or a click, on a passage."""

        def __init__(self, run: str, number: int) -> None:
            self.run = run
            self.number = number
            super().__init__()

    def __init__(self, run: str) -> None:
        super().__init__(compact=True)
        self._run = run
        self._numbers: list[int] = []
        self.display = False

    def show(self, passages: Iterable[Passage]) -> None:
        """Replace the list."""
        shown = list(passages)
        numbers = [passage.number for passage in shown]
        if numbers == self._numbers:
            return
        self._numbers = numbers
        self.clear_options()
        self.add_options([Option(content(line(passage))) for passage in shown])
        self.display = bool(shown)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open it."""
        event.stop()
        self.post_message(self.Opened(self._run, self._numbers[event.option_index]))
