"""Recorded runs: find one, read its answer, show it again, export it.

Not responsible for recording (the bridge), for the store (engine.runs) or for replay (the App).
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from argo_tui.clipboard import save
from argo_tui.numbers import plural, seconds
from argo_tui.widgets.ink import Ink, Piece, content, crop, one_line
from argo_tui.widgets.key_line import KeyLine
from engine.errors import ArgoError
from engine.paths import Home

if TYPE_CHECKING:
    from engine.runs import RunStore, RunSummary

OF_STATUS: dict[str, Ink] = {
    "answered": Ink.GOOD,
    "not_found": Ink.WARN,
    "cancelled": Ink.WARN,
    "interrupted": Ink.WARN,
    "failed": Ink.BAD,
    "running": Ink.ACCENT,
}

_LIMIT = 200
_PREVIEW_FROM = 110
_ALL_COLUMNS_FROM = 90


class RunList(OptionList):
    """The list. Says what enter does here."""

    BINDING_GROUP_TITLE = "List of runs"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Show again")]


class RunsScreen(Screen[str | None]):
    """Dismisses with the run to show again, or None."""

    CSS_PATH = "../styles/runs.tcss"
    AUTO_FOCUS = "#runs-list"
    BINDING_GROUP_TITLE = "Runs"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "export", "Export", id="runs.export"),
        Binding("slash", "search", "Search", key_display="/", id="runs.search"),
        Binding("escape", "leave", "Leave", id="runs.leave"),
    ]

    def __init__(self, store: RunStore, directory: Path | None = None) -> None:
        super().__init__()
        self._store = store
        self._directory = directory
        self._runs: list[RunSummary] = []

    def compose(self) -> ComposeResult:
        """Search, list and preview, message, keys."""
        with Horizontal(id="runs-head"):
            yield Static("Runs", id="runs-title", markup=False)
            yield Static("", id="runs-status", markup=False)
            yield Input(placeholder="/ search", id="runs-search", compact=True)
        yield Static("", id="runs-columns", markup=False)
        with Horizontal(id="runs-body"):
            yield RunList(id="runs-list", markup=False, compact=True)
            with VerticalScroll(id="runs-preview", can_focus=False):
                yield Static("", id="runs-answer", markup=False)
        yield Static("", id="runs-message", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """List the newest runs."""
        self._list("")

    def on_resize(self, event: Resize) -> None:
        """Without the preview, then without some columns, where it is narrow."""
        self.set_class(event.size.width < _PREVIEW_FROM, "-narrow")
        self.set_class(event.size.width < 70, "-slim")
        self.call_after_refresh(self._draw)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters typed into the search are no commands; without a run, nothing to do with it."""
        if action == "export":
            return self._chosen is not None and not isinstance(self.focused, Input)
        return action != "search" or not isinstance(self.focused, Input)

    def _list(self, search: str) -> None:
        try:
            self._runs = self._store.runs(search=search, limit=_LIMIT)
            self._say("")
        except ArgoError as error:
            self._runs = []
            self._say(str(error))
        status = plural(len(self._runs), "run") if len(self._runs) < _LIMIT else f"newest {_LIMIT}"
        self.query_one("#runs-status", Static).update(status)
        self._draw()
        if not self._runs:
            empty = "No run matches." if search else "Nothing is recorded yet. Ask something first."
            self.query_one("#runs-answer", Static).update(Content.styled(empty, "$text-muted"))
            self.query_one("#runs-columns", Static).update(Content.styled(empty, "$text-muted"))
        self.refresh_bindings()

    def _draw(self) -> None:
        """Lines for the width there is, the highlighted run kept."""
        runs = self.query_one("#runs-list", OptionList)
        width = runs.content_size.width - 2
        if width < 1 or not self._runs:
            runs.clear_options()
            return
        wide = width >= _ALL_COLUMNS_FROM
        self.query_one("#runs-columns", Static).update(content(_columns(wide, width)))
        kept = runs.highlighted or 0
        runs.set_options([Option(content(_line(run, wide, width))) for run in self._runs])
        runs.highlighted = min(kept, len(self._runs) - 1)

    @property
    def _chosen(self) -> RunSummary | None:
        with suppress(Exception):
            place = self.query_one("#runs-list", OptionList).highlighted
            return self._runs[place] if place is not None else None
        return None

    @on(OptionList.OptionHighlighted, "#runs-list")
    def _preview(self) -> None:
        if run := self._chosen:
            self.query_one("#runs-answer", Static).update(_page(run))
            self.query_one("#runs-preview").scroll_home(animate=False)

    @on(Input.Changed, "#runs-search")
    def _searched(self, event: Input.Changed) -> None:
        self._list(event.value)

    @on(Input.Submitted, "#runs-search")
    def _found(self) -> None:
        self.query_one("#runs-list").focus()

    @on(OptionList.OptionSelected, "#runs-list")
    def _open(self) -> None:
        """Show the run again."""
        if run := self._chosen:
            self.dismiss(run.run)

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


def when(started: str) -> str:
    """Local time of an ISO 8601 moment, `24 Nov 16:03`; the text itself where it is not one."""
    try:
        return datetime.fromisoformat(started).astimezone().strftime("%d %b %H:%M")
    except ValueError:
        return one_line(started, 12)


def _columns(wide: bool, width: int) -> list[Piece]:
    cells = [f"{'When':<14}", f"{'Status':<13}", f"{'Seconds':>7}"]
    if wide:
        cells += [f"{'Steps':>7}", f"   {'Profile':<12}"]
    return crop([("".join([*cells, "  Question"]), Ink.MUTED)], width + 2)


def _line(run: RunSummary, wide: bool, width: int) -> list[Piece]:
    pieces: list[Piece] = [
        (f"{when(run.started):<14}", Ink.MUTED),
        (f"{run.status.replace('_', ' '):<13}", OF_STATUS.get(run.status, Ink.PLAIN)),
        (f"{seconds(run.seconds):>7}", Ink.PLAIN),
    ]
    if wide:
        pieces.append((f"{run.steps:>7}", Ink.MUTED))
        pieces.append((f"   {one_line(run.profile, 12):<12}", Ink.MUTED))
    pieces.append((f"  {one_line(run.question)}", Ink.PLAIN))
    return crop(pieces, width)


def _page(run: RunSummary) -> Content:
    facts = [
        when(run.started),
        run.profile,
        plural(run.steps, "step"),
        plural(run.tokens, "token"),
        f"{seconds(run.seconds)} s",
    ]
    return content(
        [
            (run.question, Ink.STRONG),
            ("\n\n", Ink.PLAIN),
            (run.status.replace("_", " "), OF_STATUS.get(run.status, Ink.PLAIN)),
            (f" · {' · '.join(facts)}", Ink.MUTED),
            ("\n\n", Ink.PLAIN),
            (run.answer, Ink.PLAIN) if run.answer else ("No answer was written.", Ink.MUTED),
            (f"\n\n{run.run}", Ink.FAINT),
        ]
    )
