"""Settings: a searchable list of every setting, where each value comes from, and what it takes.

Changes are a draft until saved (ctrl+s, the user's file) or applied (a, this session). Not
responsible for what a change does to a loaded model (the App) or for the files (engine.layers).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.events import DescendantFocus, Resize
from textual.screen import Screen
from textual.widgets import Input, Static

from argo_tui.screens import settings_text as text
from argo_tui.screens.confirm import ConfirmScreen
from argo_tui.settings.draft import Draft
from argo_tui.settings.file import parse, save_draft
from argo_tui.settings.history import History
from argo_tui.settings.listed import OTHER, setting
from argo_tui.settings.schema import Choice, Number, Setting
from argo_tui.theming.preview import ThemePreview
from argo_tui.widgets.key_line import KeyLine
from argo_tui.widgets.preset_bar import PresetBar
from argo_tui.widgets.setting_row import RowView, SettingRow
from argo_tui.widgets.setting_rows import SettingRows
from engine.errors import ArgoError
from engine.layers import Configuration
from engine.paths import Home
from engine.text import clean

if TYPE_CHECKING:
    from engine.models.registry import ModelStatus

_DETAIL_FROM = 104  # columns from which the explanation stands beside the list


class SettingsScreen(Screen[dict[str, Any] | None]):
    """Dismisses with the changed dotted keys (None: reset), or None where nothing changed.

    `saved` says whether they are in the user's file already; else they are for this session.
    """

    CSS_PATH = "../styles/settings.tcss"
    AUTO_FOCUS = "SettingRow"
    BINDING_GROUP_TITLE = "Settings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", id="settings.save"),
        Binding("a,f10", "apply", "Apply", key_display="a", id="settings.apply"),
        Binding("ctrl+z", "undo", "Undo", id="settings.undo"),
        Binding("ctrl+y", "redo", "Redo", id="settings.redo"),
        Binding("slash", "filter", "Filter", key_display="/", id="settings.filter"),
        Binding("escape", "leave", "Leave", id="settings.leave"),
        *(
            Binding(str(n), f"wear({n})", f"Preset {n}", id=f"settings.preset_{n}", show=False)
            for n in range(1, 10)
        ),
    ]

    def __init__(
        self,
        configuration: Configuration,
        statuses: Sequence[ModelStatus],
        home: Home,
        running: bool = False,
        at: str = "",
    ) -> None:
        """`at`: the group, or the key of the setting, to start at."""
        super().__init__()
        self.saved = False
        self._home = home
        self._answering = running
        self._at = at
        self._history = History(Draft.begin(configuration, statuses, home))
        self._errors: dict[tuple[str, str], str] = {}

    @property
    def _draft(self) -> Draft:
        return self._history.now

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While text is typed, its letters are no commands; redo is one after an undo."""
        if action == "redo":
            return bool(self._history.future)
        return not (action in ("filter", "apply", "wear") and isinstance(self.focused, Input))

    def compose(self) -> ComposeResult:
        """Head, presets, list and explanation, message, keys."""
        with Horizontal(id="settings-head"):
            yield Static("Settings", id="settings-title", markup=False)
            yield Static("", id="settings-status", markup=False)
            yield Input(placeholder="/ filter", id="settings-filter", compact=True)
        yield PresetBar(self._draft.configuration.settings.presets)
        with Horizontal(id="settings-body"):
            profiles = (status.profile for status in self._draft.statuses)
            yield SettingRows(tuple(profiles), self._at, id="settings-rows")
            with VerticalScroll(id="settings-detail", can_focus=False):
                yield Static("", id="settings-detail-text", markup=False)
        yield Static("", id="settings-message", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Show the draft."""
        self._themes = ThemePreview(self.app)
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
        self.query_one(PresetBar).mark(self._draft.wears)
        status = text.status(self._draft, answering=self._answering)
        self.query_one("#settings-status", Static).update(status)
        self._show_detail()
        self.refresh_bindings()

    def _view(self, row: SettingRow) -> RowView:
        error = self._errors.get((row.key, row.option), "")
        return text.row_view(self._draft, row.key, row.option, error)

    def _show_detail(self) -> None:
        if row := self.query_one(SettingRows).current:
            page = text.page(self._draft, row.key, row.option, brief=self.has_class("-narrow"))
            self.query_one("#settings-detail-text", Static).update(page)

    @on(DescendantFocus)
    async def _focused(self) -> None:
        self.query_one(SettingRows).show_first_heading()
        for row in self.query(SettingRow):
            if (field := row.field) and not field.has_focus and not await self._enter(row):
                self._errors.pop((row.key, row.option), None)
                await row.stop(focus=False)
                self._show()
        self._show_detail()

    def _say(self, words: str) -> None:
        message = self.query_one("#settings-message", Static)
        message.update(clean(words))
        message.display = bool(words)

    def _take(self, draft: Draft) -> None:
        """Make it the draft; the old one is kept for undo."""
        self._turn(self._history.take(draft))

    def _turn(self, history: History) -> None:
        """To another draft, with its theme previewed."""
        self._history = history
        self._say("")
        if self._draft.changed("theme"):
            self._themes.show(self._draft.value("theme"))
        else:
            self._themes.restore()
        self._show()

    def _choices(self, item: Setting) -> tuple[str, ...]:
        if item.key == "theme":
            return self._themes.names()
        return item.kind.values if isinstance(item.kind, Choice) else ()

    @on(SettingRow.Asked)
    async def _asked(self, event: SettingRow.Asked) -> None:
        row = event.row
        if row.key == "profile" and row.option != OTHER:
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
        choices = self._choices(item)
        if choices or isinstance(item.kind, Number):
            self._nudge(event.row, event.by, choices)

    def _nudge(self, row: SettingRow, by: int, choices: tuple[str, ...]) -> None:
        value = setting(row.key).nudged(self._draft.effective(row.key) or 0, by, choices)
        self._take(self._draft.set(row.key, value))

    @on(SettingRow.Reset)
    def _reset(self, event: SettingRow.Reset) -> None:
        draft = self._draft.reset(event.row.key)
        if draft is self._draft:
            self._say(text.no_reset(draft, event.row.key))
        else:
            self._take(draft)

    @on(SettingRow.Typed)
    async def _typed(self, event: SettingRow.Typed) -> None:
        row = event.row
        self._errors[row.key, row.option] = parse(row.key, row.option, event.text)[1]
        row.view = self._view(row)
        if event.final:
            await self._enter(row, focus=True)

    async def _enter(self, row: SettingRow, *, focus: bool = False) -> bool:
        """Take what an open field holds and close it; False where it is wrong."""
        value, problem = parse(row.key, row.option, row.field.value if row.field else "")
        if problem:
            return False
        await row.stop(focus=focus)
        draft = self._draft
        self._take(draft.reset(row.key) if value is None else draft.set(row.key, value))
        return True

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
        self._turn(self._history.undo())

    def action_redo(self) -> None:
        """Make the change again that was taken back last."""
        self._turn(self._history.redo())

    def action_filter(self) -> None:
        """Type to search."""
        self.query_one("#settings-filter", Input).focus()

    @on(Input.Changed, "#settings-filter")
    def _filter(self, event: Input.Changed) -> None:
        self.query_one(SettingRows).filter(event.value)

    @on(Input.Submitted, "#settings-filter")
    def _found(self) -> None:
        self.query_one(SettingRows).action_move(0)

    async def _settled(self) -> bool:
        """Close an open field; False where what is typed there is wrong."""
        for row in self.query(SettingRow):
            if (field := row.field) and not await self._enter(row, focus=True):
                field.focus()
                return False
        return True

    async def action_save(self) -> None:
        """Write the changes to the user's file and leave."""
        if not await self._settled():
            return
        if not self._draft.changes:
            self._say("Nothing to save: no value is changed.")
            return
        try:
            words = save_draft(self._home, self._draft)
        except ArgoError as error:
            self._say(str(error))
            return
        self.saved = True
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
            words = "The changes would be lost. Ctrl+s saves them, a applies them to this session."
            question = ConfirmScreen("Leave without saving?", words, "Discard", "Stay")
            if not await self.app.push_screen_wait(question):
                return
        self._themes.restore()
        self.dismiss(None)
