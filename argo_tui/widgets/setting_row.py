"""One line of the settings: label, value, origin; edited in place.

The row draws what it is told and reports what was asked of it. Not responsible for values, for
what may be typed (settings_schema) or for what a key changes (screens.settings).
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from textual import on
from textual.app import ComposeResult, RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input

WIDE_LABEL, NARROW_LABEL = 26, 23
TAIL = 12


@dataclass(frozen=True, slots=True)
class RowView:
    """What a row shows. `arrows`: left and right change it. `style` is that of the value."""

    label: str
    value: str = ""
    style: str = ""
    note: str = ""
    note_style: str = "$text-muted"
    tail: str = ""
    arrows: bool = False
    changed: bool = False
    error: str = ""


class SettingRow(Widget, can_focus=True):
    """A focusable line. `option` is the profile that the row stands for, or ""."""

    ALLOW_SELECT = False
    BINDING_GROUP_TITLE = "A setting"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "activate", "Edit", id="row.edit"),
        Binding("left", "nudge(-1)", "Less", id="row.less", show=False),
        Binding("right", "nudge(1)", "More", id="row.more", key_display="←→"),
        Binding("r,delete", "reset", "Reset", id="row.reset", key_display="r"),
        Binding("escape", "stop_editing", "Stop editing", id="row.stop"),
    ]
    DEFAULT_CSS = """
    SettingRow { height: 1; width: 1fr; }
    SettingRow:focus, SettingRow:focus-within { background: $block-cursor-background; }
    SettingRow:hover { background: $block-hover-background; }
    SettingRow Input, SettingRow Input:focus {
        height: 1; border: none; padding: 0; margin-left: 25; width: 1fr; margin-right: 13;
        background: $background; color: $foreground;
    }
    """

    view: reactive[RowView] = reactive(RowView(""))

    @dataclass
    class Asked(Message):
        """Enter or a click."""

        row: SettingRow

    @dataclass
    class Nudged(Message):
        """Left (-1) or right (1)."""

        row: SettingRow
        by: int

    @dataclass
    class Reset(Message):
        """Back to the value beneath."""

        row: SettingRow

    @dataclass
    class Typed(Message):
        """The text in the field changed, or was entered (`final`)."""

        row: SettingRow
        text: str
        final: bool

    @dataclass
    class Left(Message):
        """Editing ended without a change."""

        row: SettingRow

    def __init__(self, key: str, option: str = "") -> None:
        super().__init__()
        self.key = key
        self.option = option

    @property
    def field(self) -> Input | None:
        """The open field; None while the row is only shown."""
        return next(iter(self.query(Input)), None)

    @property
    def editing(self) -> bool:
        """Whether the field is open."""
        return self.field is not None

    def compose(self) -> ComposeResult:
        """Nothing until edited."""
        yield from ()

    def render(self) -> RenderResult:
        """The line, columns aligned to the row's width; an error on a second one."""
        view = self.view
        width = self.size.width
        column = self._column
        end = TAIL + 1 if view.tail else 1
        room = width - column - end - 1
        bar = ("▎", "$accent") if self.has_focus or self.editing else (" ", "")
        left, right = ("‹ ", " ›") if view.arrows and self.has_focus else ("  ", "")
        value, note = view.value, view.note
        used = cell_len(left + value + right)
        line = Content.assemble(
            bar,
            ("• ", "$accent") if view.changed else "  ",
            set_cell_size(view.label, column - 3),
            (left, "$accent"),
            (_cut(value, room - 4), view.style or "$foreground"),
            (right, "$accent"),
        )
        if note and room - used > 3:
            line += Content.styled(f"  {_cut(note, room - used - 2)}", view.note_style)
        if view.tail:
            line = line.truncate(width - TAIL - 1, pad=True)
            line += Content.styled(f"{view.tail:>{TAIL}}", "$text-muted")
        if view.error:
            for words in self._error_lines():
                line += Content.assemble("\n", (" " * (column + 2) + words, "$error"))
        return line

    def watch_view(self) -> None:
        """An error takes more lines."""
        self.styles.height = 1 + len(self._error_lines())
        if self.view.error:
            self.call_after_refresh(self.scroll_visible, animate=False)

    def on_focus(self) -> None:
        """The bar and the arrows show the focus."""
        self.refresh()

    def on_blur(self) -> None:
        """Without focus, no bar and no arrows."""
        self.refresh()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the field is open only escape is the row's."""
        return (action == "stop_editing") == self.editing

    def on_click(self, event: Click) -> None:
        """A click asks, as enter does."""
        event.stop()
        if not self.editing:
            self.focus()
            self.post_message(self.Asked(self))

    def action_activate(self) -> None:
        """Ask to edit or to choose."""
        self.post_message(self.Asked(self))

    def action_nudge(self, by: int) -> None:
        """Ask for the next or the previous value."""
        self.post_message(self.Nudged(self, by))

    def action_reset(self) -> None:
        """Ask for the value beneath."""
        self.post_message(self.Reset(self))

    async def edit(self, text: str) -> None:
        """Open the field over the value."""
        field = Input(text, compact=True, select_on_focus=True)
        field.styles.margin = (0, TAIL + 1, 0, self._column + 2)
        await self.mount(field)
        field.focus()

    async def stop(self, *, focus: bool = True) -> None:
        """Close the field."""
        await self.query(Input).remove()
        if focus:
            self.focus()
        self.refresh_bindings()

    async def action_stop_editing(self) -> None:
        """Leave the field without a change."""
        await self.stop()
        self.post_message(self.Left(self))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(self, event.value, final=False))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Typed(self, event.value, final=True))

    def _error_lines(self) -> list[str]:
        return wrap(self.view.error, max(12, self.size.width - self._column - 3))

    @property
    def _column(self) -> int:
        return WIDE_LABEL if self.size.width >= 70 else NARROW_LABEL


def _cut(text: str, width: int) -> str:
    """At most `width` cells, an ellipsis where something is missing."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…" if width > 0 else ""
