"""The list of settings: groups and rows, moved through by arrows, narrowed by a search.

Not responsible for what the rows show (screens.settings).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from argo_tui.settings.listed import GROUPS, OTHER, SCHEMA, setting
from argo_tui.widgets.setting_row import SettingRow


class SettingRows(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The list; arrows move the focus instead of scrolling."""

    BINDING_GROUP_TITLE = "List of settings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Previous setting", id="rows.previous", show=False),
        Binding("down", "move(1)", "Next setting", id="rows.next", show=False),
        Binding("pageup", "move(-10)", "Ten up", id="rows.ten_up", show=False),
        Binding("pagedown", "move(10)", "Ten down", id="rows.ten_down", show=False),
        Binding("home", "move(-999)", "First setting", id="rows.first", show=False),
        Binding("end", "move(999)", "Last setting", id="rows.last", show=False),
    ]

    def __init__(self, profiles: Sequence[str], at: str = "", *, id: str | None = None) -> None:
        """`at`: where to start, as in `go_to`; "" is the first row."""
        super().__init__(id=id)
        self._options = ("auto", *profiles, OTHER)
        self._at = at

    def compose(self) -> ComposeResult:
        """Groups with their rows; the profile has a row for each option."""
        for group in GROUPS:
            yield Static(group, classes="group", markup=False)
            for item in SCHEMA:
                if item.group == group:
                    options = self._options if item.key == "profile" else ("",)
                    yield from (SettingRow(item.key, option) for option in options)
        yield Static("Nothing matches. Escape shows all.", id="settings-none", markup=False)

    def on_mount(self) -> None:
        """Start where it was asked for, once there are lines to scroll."""
        if self._at:
            self.call_after_refresh(self.go_to, self._at)

    @property
    def current(self) -> SettingRow | None:
        """The row that has the focus, or whose field is open."""
        return next((row for row in self.query(SettingRow) if row.has_focus or row.field), None)

    def show_first_heading(self) -> None:
        """With the focus on the first row the heading above it is seen too."""
        rows = self.rows()
        if rows and rows[0].has_focus:
            self.scroll_home(animate=False)

    def rows(self) -> list[SettingRow]:
        """The rows that the filter leaves."""
        return [row for row in self.query(SettingRow) if row.display]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No moving while a field is open."""
        return not any(row.editing for row in self.query(SettingRow))

    def action_move(self, by: int) -> None:
        """Focus the row so many places on."""
        rows = self.rows()
        now = next((place for place, row in enumerate(rows) if row.has_focus), -by)
        if rows:
            rows[max(0, min(len(rows) - 1, now + by))].focus()

    def go_to(self, place: str) -> None:
        """Focus the setting of a key, or the first one of a group, its heading in view."""
        heads: dict[str, Widget] = dict(zip(GROUPS, self.query(".group"), strict=True))
        for row in self.rows():
            group = setting(row.key).group
            above: Widget = heads.pop(group, row)  # the heading, of the first row of a group
            if place in (row.key, group):
                row.focus(scroll_visible=False)
                self.scroll_to_widget(above, top=True, animate=False)
                return

    def filter(self, query: str) -> None:
        """Leave the rows that match, and the headings of groups that have some."""
        found = {item.key for item in SCHEMA if item.matches(query)}
        for row in self.query(SettingRow):
            row.display = row.key in found or _is_about(row, query)
        shown = {setting(row.key).group for row in self.rows()}
        for head, group in zip(self.query(".group"), GROUPS, strict=True):
            head.display = group in shown
        self.query_one("#settings-none").display = not shown


def _is_about(row: SettingRow, query: str) -> bool:
    about = f"{row.option} {row.view.label} {row.view.note}".casefold()
    return bool(row.option) and all(word in about for word in query.casefold().split())
