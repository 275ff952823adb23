"""Settings: a searchable list of every setting, where each value comes from, and what it takes.

Changes are a draft until saved (ctrl+s, the user's file) or applied (a, this session). Not
responsible for what a change does to a loaded model (the App) or for the files (engine.layers).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus, Resize
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES
from textual.widgets import Input, Static

from argo_tui.screens import settings_text as text
from argo_tui.screens.confirm import ConfirmScreen
from argo_tui.settings_draft import Draft
from argo_tui.settings_list import GROUPS, SCHEMA, setting
from argo_tui.settings_schema import Choice, Number, Setting
from argo_tui.widgets.key_line import KeyLine
from argo_tui.widgets.preset_bar import PresetBar
from argo_tui.widgets.setting_row import RowView, SettingRow
from engine import layers
from engine.errors import ArgoError
from engine.layers import Configuration
from engine.paths import Home
from engine.text import clean

if TYPE_CHECKING:
    from engine.models.registry import ModelStatus

_DETAIL_FROM = 104
"""Columns from which the explanation stands beside the list."""


class SettingRows(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The list; arrows move the focus instead of scrolling."""

    BINDING_GROUP_TITLE = "List of settings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Previous setting", show=False),
        Binding("down", "move(1)", "Next setting", show=False),
        Binding("pageup", "move(-10)", "Ten up", show=False),
        Binding("pagedown", "move(10)", "Ten down", show=False),
        Binding("home", "move(-999)", "First setting", show=False),
        Binding("end", "move(999)", "Last setting", show=False),
    ]

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


class SettingsScreen(Screen[dict[str, Any] | None]):
    """Dismisses with the changed dotted keys (None: reset), or None where nothing changed.

    `saved` says whether they are in the user's file already; else they are for this session.
    """

    CSS_PATH = "../styles/settings.tcss"
    AUTO_FOCUS = "SettingRow"
    BINDING_GROUP_TITLE = "Settings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", id="settings.save"),
        Binding(
            "a,f10",
            "apply",
            "Apply",
            key_display="a",
            id="settings.apply",
            tooltip="For this session, without saving",
        ),
        Binding("ctrl+z", "undo", "Undo", id="settings.undo"),
        Binding("slash", "filter", "Filter", key_display="/", id="settings.filter"),
        Binding("escape", "leave", "Leave", id="settings.leave"),
        *(
            Binding(str(number), f"wear({number})", f"Preset {number}", show=False)
            for number in range(1, 10)
        ),
    ]

    def __init__(
        self,
        configuration: Configuration,
        statuses: Sequence[ModelStatus],
        home: Home,
        running: bool = False,
    ) -> None:
        super().__init__()
        self.saved = False
        self._home = home
        self._answering = running
        self._draft = Draft.begin(configuration, statuses, home)
        self._history: list[Draft] = []
        self._errors: dict[tuple[str, str], str] = {}
        self._theme = ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While text is typed, its letters are no commands."""
        return not (action in ("filter", "apply", "wear") and isinstance(self.focused, Input))

    # ------------------------------------------------------------------ what is on the screen

    def compose(self) -> ComposeResult:
        """Head, presets, list and explanation, message, keys."""
        with Horizontal(id="settings-head"):
            yield Static("Settings", id="settings-title", markup=False)
            yield Static("", id="settings-status", markup=False)
            yield Input(placeholder="/ filter", id="settings-filter", compact=True)
        yield PresetBar(self._draft.configuration.settings.presets)
        with Horizontal(id="settings-body"):
            with SettingRows(id="settings-rows"):
                yield from self._rows()
                yield Static("Nothing matches. Escape shows all.", id="settings-none")
            with VerticalScroll(id="settings-detail", can_focus=False):
                yield Static("", id="settings-detail-text", markup=False)
        yield Static("", id="settings-message", markup=False)
        yield KeyLine()

    def _rows(self) -> Iterator[Static | SettingRow]:
        for group in GROUPS:
            yield Static(group, classes="group", markup=False)
            for item in SCHEMA:
                if item.group == group and item.key != "profile":
                    yield SettingRow(item.key)
                elif item.group == group:
                    yield SettingRow("profile", "auto")
                    for status in self._draft.statuses:
                        yield SettingRow("profile", status.profile)
                    yield SettingRow("profile", text.OTHER)

    def on_mount(self) -> None:
        """Show the draft."""
        self._theme = self.app.theme
        self._show()

    def on_resize(self, event: Resize) -> None:
        """Explanation beside the list where there is room, else below it."""
        self.set_class(event.size.width < _DETAIL_FROM, "-narrow")
        self.set_class(event.size.width < 70, "-slim")
        self.set_class(event.size.height < 30, "-short")
        self._show_detail()

    def _show(self) -> None:
        for row in self.query(SettingRow):
            row.view = self._view(row)
        presets = self.query_one(PresetBar)
        known = self._draft.configuration.settings.presets.values()
        presets.mark(next((preset for preset in known if self._draft.wears(preset)), None))
        self._show_status()
        self._show_detail()
        self.refresh_bindings()

    def _view(self, row: SettingRow) -> RowView:
        draft, error = self._draft, self._errors.get((row.key, row.option), "")
        if row.key != "profile":
            return text.view(draft, setting(row.key), error)
        if row.option == "auto":
            return text.auto_view(draft)
        if row.option == text.OTHER:
            return text.other_view(draft, error)
        return text.profile_view(draft, self._status(row.option))

    def _status(self, profile: str) -> ModelStatus:
        return next(item for item in self._draft.statuses if item.profile == profile)

    def _show_status(self) -> None:
        count = len([key for key in self._draft.changes if key not in ("caps", "temperatures")])
        words = f"{count} change{'s' * (count != 1)}, not saved" if count else ""
        if self._answering:
            words += " · " * bool(words) + "an answer is running: it keeps its settings"
        self.query_one("#settings-status", Static).update(
            Content.styled(words, "$accent" if count else "")
        )

    def _show_detail(self) -> None:
        brief = self.has_class("-narrow")
        row = self._row
        if row is None:
            return
        page = (
            text.profile_detail(self._draft, row.option, brief=brief)
            if row.key == "profile"
            else text.detail(self._draft, setting(row.key), brief=brief)
        )
        self.query_one("#settings-detail-text", Static).update(page)

    @property
    def _row(self) -> SettingRow | None:
        return next((row for row in self.query(SettingRow) if row.has_focus or row.editing), None)

    @on(DescendantFocus)
    def _focused(self) -> None:
        rows = self.query_one(SettingRows)
        if rows.rows() and rows.rows()[0].has_focus:
            rows.scroll_home(animate=False)  # the heading above it too
        self._show_detail()

    def _say(self, words: str) -> None:
        message = self.query_one("#settings-message", Static)
        message.update(Content(clean(words)))
        message.display = bool(words)

    # ------------------------------------------------------------------ changing

    def _take(self, draft: Draft) -> None:
        """Make it the draft, keep the old one for undo, preview the theme."""
        if draft is not self._draft:
            self._history.append(self._draft)
            self._draft = draft
        self._say("")
        self._preview()
        self._show()

    def _preview(self) -> None:
        theme = self._theme
        if self._draft.changed("theme"):
            theme = str(self._draft.value("theme"))
        if theme in self.app.available_themes:
            self.app.theme = theme

    def _choices(self, item: Setting) -> tuple[str, ...]:
        if item.key != "theme":
            return item.kind.values if isinstance(item.kind, Choice) else ()
        own = [name for name in self.app.available_themes if name not in BUILTIN_THEMES]
        return tuple(sorted(own or self.app.available_themes))

    @on(SettingRow.Asked)
    async def _asked(self, event: SettingRow.Asked) -> None:
        row = event.row
        if row.key == "profile" and row.option != text.OTHER:
            self._take(self._draft.set("profile", row.option))
        elif row.key == "profile":
            name = str(self._draft.value("profile"))
            known = name == "auto" or name in self._draft.configuration.settings.profiles
            await row.edit("" if known else name)
        elif choices := self._choices(setting(row.key)):
            self._nudge(row, 1, choices)
        else:
            force = self._draft.effective(row.key)
            await row.edit("" if force is None else text.shown(force))

    @on(SettingRow.Nudged)
    def _nudged(self, event: SettingRow.Nudged) -> None:
        item = setting(event.row.key)
        if isinstance(item.kind, Number) or (item.kind is not None and self._choices(item)):
            self._nudge(event.row, event.by, self._choices(item))

    def _nudge(self, row: SettingRow, by: int, choices: tuple[str, ...]) -> None:
        force = self._draft.effective(row.key)
        start = 0 if force is None else force
        self._take(self._draft.set(row.key, setting(row.key).nudged(start, by, choices)))

    @on(SettingRow.Reset)
    def _reset(self, event: SettingRow.Reset) -> None:
        key = event.row.key
        draft = self._draft.reset(key)
        origin = self._draft.configuration.origin(key)
        if draft is self._draft and origin in ("environment", "./argo.toml"):
            self._say(f"{key} is set by {origin}: take it out there to reset it.")
        else:
            self._take(draft)

    @on(SettingRow.Typed)
    async def _typed(self, event: SettingRow.Typed) -> None:
        row = event.row
        value, problem = self._parse(row, event.text)
        self._errors[row.key, row.option] = problem
        row.view = self._view(row)
        if event.final and not problem:
            await row.stop()
            draft = self._draft
            self._take(draft.reset(row.key) if value is None else draft.set(row.key, value))

    def _parse(self, row: SettingRow, typed: str) -> tuple[Any, str]:
        value, problem = setting(row.key).parse(typed)
        if not problem and row.option == text.OTHER:
            path = Path(value).expanduser()
            if not (path.is_dir() or (path.suffix == ".gguf" and path.is_file())):
                return None, f"profile must be a directory or a .gguf file, not «{clean(value)}»"
        return value, problem

    @on(SettingRow.Left)
    def _left(self, event: SettingRow.Left) -> None:
        self._errors.pop((event.row.key, event.row.option), None)
        self._show()

    @on(PresetBar.Chosen)
    def _chosen(self, event: PresetBar.Chosen) -> None:
        self.action_wear(event.number)

    def action_wear(self, number: int) -> None:
        """Take a preset's profile and caps."""
        if preset := self.query_one(PresetBar).preset(number):
            self._take(self._draft.wear(preset))

    def action_undo(self) -> None:
        """Take back the last change."""
        if self._history:
            self._draft = self._history.pop()
            self._take(self._draft)

    # ------------------------------------------------------------------ searching

    def action_filter(self) -> None:
        """Type to search."""
        self.query_one("#settings-filter", Input).focus()

    @on(Input.Changed, "#settings-filter")
    def _filter(self, event: Input.Changed) -> None:
        found = {item.key for item in SCHEMA if item.matches(event.value)}
        for row in self.query(SettingRow):
            row.display = row.key in found or self._is_about(row, event.value)
        rows = self.query_one(SettingRows)
        shown = {setting(row.key).group for row in rows.rows()}
        for head, group in zip(rows.query(".group"), GROUPS, strict=True):
            head.display = group in shown
        self.query_one("#settings-none").display = not rows.rows()

    def _is_about(self, row: SettingRow, query: str) -> bool:
        about = f"{row.option} {row.view.label} {row.view.note}".casefold()
        return bool(row.option) and all(word in about for word in query.casefold().split())

    @on(Input.Submitted, "#settings-filter")
    def _found(self) -> None:
        self.query_one(SettingRows).action_move(0)

    # ------------------------------------------------------------------ leaving

    async def _settled(self) -> bool:
        """Close an open field; False where what is typed there is wrong."""
        for row in self.query(SettingRow):
            if row.editing:
                await self._typed(SettingRow.Typed(row, row.query_one(Input).value, final=True))
        return not any(self._errors.values())

    async def action_save(self) -> None:
        """Write the changes to the user's file and leave."""
        if not await self._settled():
            return
        if not self._draft.changes:
            self._say("Nothing to save: no value is changed.")
            return
        try:
            commented = "#" in _text(self._home.settings)
            path = layers.save(self._home, self._draft.changes)
        except ArgoError as error:
            self._say(str(error))
            return
        self.saved = True
        words = f"Saved to {path}." + " Its comments were kept." * commented
        if losing := self._draft.stronger():
            words += f" A stronger layer still sets {', '.join(losing)}."
        self.notify(clean(words), markup=False)
        self.dismiss(dict(self._draft.changes))

    async def action_apply(self) -> None:
        """Leave with the changes for this session, without writing them."""
        if await self._settled():
            self.dismiss(self._draft.for_session() or None)

    @work
    async def action_leave(self) -> None:
        """Clear the filter, or leave; unsaved changes are asked about."""
        search = self.query_one("#settings-filter", Input)
        if search.has_focus or search.value:
            search.value = ""
            self.query_one(SettingRows).action_move(0)
            return
        if self._draft.changes:
            question = ConfirmScreen(
                "Leave without saving?",
                "The changes would be lost. Ctrl+s saves them, a applies them to this session.",
                "Discard",
                "Stay",
            )
            if not await self.app.push_screen_wait(question):
                return
        self.app.theme = self._theme
        self.dismiss(None)


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""
