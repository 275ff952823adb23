"""A small list over the chat: type to narrow it, enter to go there.

Dismisses a Jump and goes nowhere itself (the chat does). Not responsible for what the list holds
(argo_tui.jumps).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Click, Resize
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from argo_tui.jumps import Jump, Target, narrowed
from argo_tui.numbers import plural
from argo_tui.widgets.ink import Ink, Piece, content, crop
from argo_tui.widgets.key_line import KeyLine

_MARK = 6
_PAGE = 8


class JumpField(Input):
    """The field. Says what enter does here."""

    BINDING_GROUP_TITLE = "Field of a jump"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", "Jump", id="jump.go")]


class JumpScreen(ModalScreen[Jump | None]):
    """Headings and places; the keys stay in the field, the arrows move in the list."""

    CSS_PATH = "../styles/jump.tcss"
    AUTO_FOCUS = "#jump-typed"
    BINDING_GROUP_TITLE = "Jump"
    BINDINGS: ClassVar[list[BindingType]] = [
        # Without priority: a key must not overtake letters that are still queued for the field.
        Binding("up", "move(-1)", "Move", id="jump.up", key_display="↑↓"),
        Binding("down", "move(1)", "Next place", id="jump.down", show=False),
        Binding("pageup", f"move(-{_PAGE})", "Places up", id="jump.page_up", show=False),
        Binding("pagedown", f"move({_PAGE})", "Places down", id="jump.page_down", show=False),
        Binding("escape", "close", "Close", id="jump.close"),
    ]

    def __init__(self, places: Sequence[Target]) -> None:
        super().__init__()
        self._all = tuple(places)
        self._shown: tuple[Target, ...] = ()
        self._rows: list[Target | str] = []
        """What each line of the list stands for; words are a heading."""

    def compose(self) -> ComposeResult:
        """Field, list, keys."""
        with Vertical(id="jump"):
            yield Static("Jump to", id="jump-title", markup=False)
            hint = "a number, or a few letters"
            yield JumpField(placeholder=hint, id="jump-typed", compact=True)
            places = OptionList(id="jump-places", markup=False, compact=True)
            places.can_focus = False
            yield places
            yield Static("Nothing matches.", id="jump-none", markup=False)
            yield KeyLine()

    def on_mount(self) -> None:
        """Everything, before a letter is typed."""
        self._narrow("")

    def on_resize(self, event: Resize) -> None:
        """All of the screen where it is narrow; lines follow the width."""
        self.set_class(event.size.width < 80, "-narrow")
        self.call_after_refresh(self._draw)

    def on_click(self, event: Click) -> None:
        """A click beside the list closes it."""
        if event.widget is self:
            self.dismiss(None)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._narrow(event.value)

    def _narrow(self, typed: str) -> None:
        self._shown = narrowed(self._all, typed)
        self._rows = []
        for target in self._shown:
            if target.group not in self._rows:
                self._rows.append(target.group)
            self._rows.append(target)
        title = plural(len(self._shown), "place") if typed else ""
        self.query_one("#jump-title", Static).update(
            content([("Jump to", Ink.STRONG), (f"   {title}", Ink.MUTED)])
        )
        self._draw()
        self._highlight(1)

    def _draw(self) -> None:
        places = self.query_one("#jump-places", OptionList)
        kept, width = places.highlighted, places.content_size.width - 2
        places.display = bool(self._shown)
        self.query_one("#jump-none").display = not self._shown
        places.set_options(
            [
                Option(content([(row, Ink.MUTED)]), disabled=True)
                if isinstance(row, str)
                else Option(content(line(row, max(width, 1))))
                for row in self._rows
            ]
        )
        if kept is not None and self._rows:
            self._highlight(min(kept, len(self._rows) - 1))

    def _highlight(self, row: int) -> None:
        places = self.query_one("#jump-places", OptionList)
        places.highlighted = row if row < len(self._rows) else None
        if row == 1:
            places.scroll_home(animate=False)  # the heading above it too

    def action_move(self, by: int) -> None:
        """So many places on, headings left out; stops at the ends."""
        rows = [at for at, row in enumerate(self._rows) if isinstance(row, Target)]
        now = self.query_one("#jump-places", OptionList).highlighted
        if rows:
            at = rows.index(now) if now in rows else 0
            self._highlight(rows[max(0, min(at + by, len(rows) - 1))])

    @on(Input.Submitted)
    def _entered(self) -> None:
        now = self.query_one("#jump-places", OptionList).highlighted
        if now is not None:
            self._go(now)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self._go(event.option_index)

    def _go(self, row: int) -> None:
        if isinstance(target := self._rows[row], Target):
            self.dismiss(target.jump)

    def action_close(self) -> None:
        """Back, without a jump."""
        self.dismiss(None)


def line(target: Target, cells: int) -> list[Piece]:
    """Mark, name and what follows, at most so many cells wide."""
    pieces: list[Piece] = [
        (f"{target.mark:>{_MARK}} ", Ink.ACCENT if target.mark.startswith("[") else Ink.MUTED),
        (target.name, target.ink),
    ]
    if target.about:
        pieces.append((f"  {target.about}", Ink.MUTED))
    return crop(pieces, cells)
