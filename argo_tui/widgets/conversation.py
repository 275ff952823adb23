"""The turns, oldest first. Stays at the bottom while an answer grows.

One turn is selected: its steps are shown beside it. Not responsible for the steps or for asking.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Static

from argo_tui.models.state import ModelState
from argo_tui.numbers import plural
from argo_tui.reports import Happened
from argo_tui.run_view import RunView
from argo_tui.widgets.ink import Ink, content
from argo_tui.widgets.turn import Turn
from argo_tui.widgets.welcome import Welcome

KEPT = 12
"""Turns on the screen: memory and the time of a frame grow with every one. Older ones are in the
record (docs/bench/endurance.md)."""


class Conversation(VerticalScroll):
    """Everything asked since the program, or the conversation, began."""

    class Selected(Message):
        """Another turn is the selected one, or none is."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._turns: dict[str, Turn] = {}
        self._selected = ""
        self._following = True
        """Whether the selection goes along with the run in progress; until somebody chooses."""
        self._model = ModelState()
        self._folded = 0
        """Turns that were here and are only in the record now."""

    def compose(self) -> ComposeResult:
        """Empty: the welcome."""
        with Vertical(id="turns"):
            yield Static("", id="folded", classes="-empty", markup=False)
            yield Welcome()

    def on_mount(self) -> None:
        """Keep to the bottom."""
        self.anchor()

    @property
    def empty(self) -> bool:
        """Whether nothing was asked."""
        return not self._turns

    @property
    def last(self) -> RunView | None:
        """The turn that a follow-up follows."""
        return next((turn.view for turn in reversed(self._turns.values())), None)

    @property
    def selected(self) -> RunView | None:
        """The run whose steps are shown."""
        turn = self._turns.get(self._selected)
        return turn.view if turn else None

    @property
    def unfinished(self) -> RunView | None:
        """The run in progress, else the first one that waits."""
        views = [turn.view for turn in self._turns.values() if turn.view.finished is None]
        return next((view for view in views if view.running), views[0] if views else None)

    def __contains__(self, run: object) -> bool:
        return run in self._turns

    def view(self, run: str) -> RunView:
        """What is known of a run of this conversation."""
        return self._turns[run].view

    def add(self, view: RunView) -> None:
        """A turn at the end, in place of an older one of the same run."""
        for welcome in self.query(Welcome):
            welcome.remove()
        turn = Turn(view)
        if old := self._turns.pop(view.run, None):
            old.remove()
        self._turns[view.run] = turn
        self._fold()
        self.query_one("#turns").mount(turn)
        self.anchor()
        self._following = True
        running = self.unfinished
        self.select(running.run if running and running.running else view.run)

    def _fold(self) -> None:
        """Let go of the oldest turns that have ended, and say so."""
        ended = [run for run, turn in self._turns.items() if turn.view.finished]
        for run in ended[: max(len(self._turns) - KEPT, 0)]:
            self._turns.pop(run).remove()
            self._folded += 1
        self._say_folded()

    def _say_folded(self) -> None:
        words = f"{plural(self._folded, 'earlier question')} · in the recorded runs"
        folded = self.query_one("#folded", Static)
        folded.update(content([(words, Ink.FAINT)]))
        folded.set_class(not self._folded, "-empty")

    def clear(self) -> None:
        """Begin again. Runs in progress go on, unseen."""
        self._folded = 0
        self._say_folded()
        for turn in self._turns.values():
            turn.remove()
        self._turns.clear()
        if not self.query(Welcome):
            self.query_one("#turns").mount(Welcome(self._model))
        self.select("")

    def take(self, reports: Iterable[Happened]) -> set[str]:
        """Events as one batch: each turn is drawn once. The runs that changed are returned."""
        touched: dict[str, Turn] = {}
        for report in reports:
            if turn := self._turns.get(report.event.run):
                waited = turn.view.queued
                turn.view.apply(report.event, report.pieces)
                touched[turn.view.run] = turn
                if waited and self._following and self._selected != turn.view.run:
                    self.select(turn.view.run)
        for turn in touched.values():
            turn.refresh_view()
        return set(touched)

    def select(self, run: str) -> None:
        """Show the steps of this run."""
        self._selected = run
        for name, turn in self._turns.items():
            turn.set_class(name == run and len(self._turns) > 1, "-selected")
        self.post_message(self.Selected())

    def select_by(self, by: int) -> None:
        """Move the selection and bring it into view."""
        runs = list(self._turns)
        if self._selected in runs:
            self._following = False
            at = max(0, min(runs.index(self._selected) + by, len(runs) - 1))
            self.select(runs[at])
            self._turns[runs[at]].scroll_visible()

    def show_model(self, state: ModelState) -> None:
        """The welcome says how far the model is."""
        self._model = state
        for welcome in self.query(Welcome):
            welcome.say(state)

    def on_turn_chosen(self, event: Turn.Chosen) -> None:
        """A click."""
        event.stop()
        self._following = False
        self.select(event.run)
