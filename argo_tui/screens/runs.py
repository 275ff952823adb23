"""Recorded runs: find one, read its answer, show or replay it, ask it again, export it.

Not responsible for recording (the bridge), for the store (engine.runs), for how a run is written
(argo_tui.widgets.run_rows) or for carrying out a wish (the App).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from argo_tui.clipboard import save
from argo_tui.numbers import plural
from argo_tui.read_only import allows
from argo_tui.run_wish import RunWish, Want
from argo_tui.widgets.ink import content
from argo_tui.widgets.key_line import KeyLine
from argo_tui.widgets.run_rows import columns, line, page
from argo_tui.widgets.trend import trend
from engine.errors import ArgoError
from engine.events import RunStarted
from engine.paths import Home

if TYPE_CHECKING:
    from engine.runs import RunStore, RunSummary

_WATCH_S = 2.0
_LIMIT = 200
_PREVIEW_FROM = 110
_ALL_COLUMNS_FROM = 90
_WHOLE = ("answered", "not_found")
"""Only these took as long as their question takes."""
_OF_A_RUN = ("export", "replay", "again")


class RunList(OptionList):
    """The list. Says what enter does here."""

    BINDING_GROUP_TITLE = "List of runs"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Show again", id="runs.show")
    ]


class RunsScreen(Screen[RunWish | None]):
    """Dismisses with what is wanted of a run, or None."""

    CSS_PATH = "../styles/runs.tcss"
    AUTO_FOCUS = "#runs-list"
    BINDING_GROUP_TITLE = "Runs"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "replay", "Replay", id="runs.replay"),
        Binding("a", "again", "Ask again", id="runs.again"),
        Binding("p", "profile", "Profile", id="runs.profile"),
        Binding("e", "export", "Export", id="runs.export"),
        Binding("slash", "search", "Search", key_display="/", id="runs.search"),
        Binding("escape", "leave", "Leave", id="runs.leave"),
    ]

    def __init__(
        self,
        store: RunStore,
        directory: Path | None = None,
        profiles: Sequence[str] = (),
        *,
        watching: bool = False,
    ) -> None:
        """Exports go to `directory`; `profiles` are those that can answer a question again.

        `watching`: others fill the record meanwhile, and nothing is asked from here.
        """
        super().__init__()
        self._store = store
        self._directory = directory
        self._able = tuple(profiles)
        self._watching = watching
        self._runs: list[RunSummary] = []
        self._search = ""
        self._profile = ""
        """Only its runs are listed; empty: all."""

    def compose(self) -> ComposeResult:
        """Search, list and preview, message, keys."""
        with Horizontal(id="runs-head"):
            yield Static("Runs", id="runs-title", markup=False)
            yield Static("", id="runs-status", markup=False)
            yield Input(placeholder="/ search", id="runs-search", compact=True)
        yield Static("", id="runs-trend", markup=False)
        yield Static("", id="runs-columns", markup=False)
        with Horizontal(id="runs-body"):
            yield RunList(id="runs-list", markup=False, compact=True)
            with VerticalScroll(id="runs-preview", can_focus=False):
                yield Static("", id="runs-answer", markup=False)
        yield Static("", id="runs-message", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """List the newest runs."""
        self._list()
        if self._watching:
            self.set_interval(_WATCH_S, self._list_what_came)

    def on_resize(self, event: Resize) -> None:
        """Without the preview, then without some columns, where it is narrow."""
        self.set_class(event.size.width < _PREVIEW_FROM, "-narrow")
        self.set_class(event.size.width < 70, "-slim")
        self.call_after_refresh(self._draw)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters typed into the search are no commands; without a run, nothing to do with it."""
        typing = isinstance(self.focused, Input)
        if self._watching and not allows(action):
            return False
        if action in _OF_A_RUN:
            return self._chosen is not None and not typing
        return action not in ("search", "profile") or not typing

    def _list(self) -> None:
        try:
            found = self._store.runs(search=self._search, profile=self._profile, limit=_LIMIT)
            self._runs = found
            self._say("")
        except ArgoError as error:
            self._runs = []
            self._say(str(error))
        status = plural(len(self._runs), "run") if len(self._runs) < _LIMIT else f"newest {_LIMIT}"
        status += f" of {self._profile}" if self._profile else ""
        self.query_one("#runs-status", Static).update(Content(status))
        self._draw()
        if not self._runs:
            empty = "Nothing is recorded yet. Ask something first."
            if self._search or self._profile:
                empty = "No run matches."
            self.query_one("#runs-answer", Static).update(Content.styled(empty, "$text-muted"))
            self.query_one("#runs-columns", Static).update(Content.styled(empty, "$text-muted"))
        self.refresh_bindings()

    def _list_what_came(self) -> None:
        """The list again where a run began or ended, the highlighted run kept."""
        chosen, before = self._chosen, [(run.run, run.status) for run in self._runs]
        with suppress(ArgoError):
            found = self._store.runs(search=self._search, profile=self._profile, limit=_LIMIT)
            if [(run.run, run.status) for run in found] != before:
                self._list()
                names = [run.run for run in self._runs]
                if chosen is not None and chosen.run in names:
                    runs = self.query_one("#runs-list", OptionList)
                    runs.highlighted = names.index(chosen.run)

    def _draw(self) -> None:
        """Lines for the width there is, the highlighted run kept."""
        runs = self.query_one("#runs-list", OptionList)
        self._draw_trend()
        width = runs.content_size.width - 2
        if width < 1 or not self._runs:
            runs.clear_options()
            return
        wide = width >= _ALL_COLUMNS_FROM
        self.query_one("#runs-columns", Static).update(content(columns(wide, width)))
        kept = runs.highlighted or 0
        runs.set_options([Option(content(line(run, wide, width))) for run in self._runs])
        runs.highlighted = min(kept, len(self._runs) - 1)

    def _draw_trend(self) -> None:
        strip = self.query_one("#runs-trend", Static)
        took = [run.seconds for run in reversed(self._runs) if run.status in _WHOLE]
        strip.update(content(trend(took, strip.content_size.width)))

    @property
    def _chosen(self) -> RunSummary | None:
        with suppress(Exception):
            place = self.query_one("#runs-list", OptionList).highlighted
            return self._runs[place] if place is not None else None
        return None

    @on(OptionList.OptionHighlighted, "#runs-list")
    def _preview(self) -> None:
        if run := self._chosen:
            self.query_one("#runs-answer", Static).update(page(run))
            self.query_one("#runs-preview").scroll_home(animate=False)

    @on(Input.Changed, "#runs-search")
    def _searched(self, event: Input.Changed) -> None:
        self._search = event.value
        self._list()

    @on(Input.Submitted, "#runs-search")
    def _found(self) -> None:
        self.query_one("#runs-list").focus()

    @on(OptionList.OptionSelected, "#runs-list")
    def _open(self) -> None:
        """Show the run again."""
        if run := self._chosen:
            self.dismiss(RunWish(Want.SHOW, run.run))

    def action_replay(self) -> None:
        """Play the run again."""
        if run := self._chosen:
            self.dismiss(RunWish(Want.REPLAY, run.run))

    @work(group="again", exclusive=True)
    async def action_again(self) -> None:
        """Ask its question once more, another profile where there is one."""
        from argo_tui.screens.ask_again import AskAgainScreen

        if not (run := self._chosen):
            return
        profile = ""
        if self._able:
            screen = AskAgainScreen(run.question, self._able, run.profile)
            chosen = await self.app.push_screen_wait(screen)
            if chosen is None:
                return
            profile = chosen
        try:
            started = self._store.events(run.run)[:1]
        except ArgoError as error:
            self._say(str(error))
            return
        options = next((each.options for each in started if isinstance(each, RunStarted)), ())
        self.dismiss(RunWish(Want.ASK, run.run, run.question, options, profile))

    def action_profile(self) -> None:
        """Only the runs of the next profile that occurs; after the last, all of them."""
        try:
            names = ["", *self._store.profiles()]
        except ArgoError as error:
            self._say(str(error))
            return
        at = names.index(self._profile) if self._profile in names else 0
        self._profile = names[(at + 1) % len(names)]
        self._list()

    def action_search(self) -> None:
        """Type to search questions and answers."""
        self.query_one("#runs-search", Input).focus()

    def action_leave(self) -> None:
        """Clear the search, or leave."""
        search = self.query_one("#runs-search", Input)
        if search.value or search.has_focus:
            search.value = ""
            self.query_one("#runs-list").focus()
        else:
            self.dismiss(None)

    def action_export(self) -> None:
        """Write the run as Markdown to a new file, and say where."""
        from engine.export import markdown

        if not (run := self._chosen):
            return
        try:
            text = markdown(self._store.events(run.run))
        except ArgoError as error:
            self._say(str(error))
            return
        places = [self._directory or Path.cwd(), Home.find().data / "exports"]
        problem = ""
        for place in places:
            try:
                path = save(place, f"argo {run.question}", text)
            except OSError as error:
                problem = f"Cannot write to {place}: {error.strerror or error}."
                continue
            self.notify(f"Exported to {path}", markup=False)
            self._say("")
            return
        self._say(f"{problem} Free some space, or start argo-tui in a directory you may write to.")

    def _say(self, words: str) -> None:
        message = self.query_one("#runs-message", Static)
        message.update(Content(words))
        message.display = bool(words)
