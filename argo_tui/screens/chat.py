"""The main screen: conversation, steps, prompt, status.

Holds what is shown of each run and hands wishes to the App as messages. Not responsible for the
engine (argo_tui.bridge), for models (argo_tui.app) or for looks (styles/chat.tcss).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from argo_tui.model_state import ModelState
from argo_tui.options import split_options
from argo_tui.reports import Happened
from argo_tui.run_view import RunView, activity
from argo_tui.widgets.hint_line import HintLine
from argo_tui.widgets.ink import Ink, Piece, content
from argo_tui.widgets.prompt import Prompt
from argo_tui.widgets.side_note import SideNote
from argo_tui.widgets.sources import Sources
from argo_tui.widgets.status import Figures, StatusLine
from argo_tui.widgets.step_tree import StepTree
from argo_tui.widgets.timings import Timings
from argo_tui.widgets.turn import Turn
from argo_tui.widgets.welcome import EXAMPLES, Welcome, progress
from engine.events import Event

CONFIRM_STOP_S = 2.0
SAY_S = 6.0
HINTS = (
    ("send", "send"),
    ("stop", "stop"),
    ("steps", "steps"),
    ("settings", "settings"),
    ("runs", "runs"),
    ("help", "help"),
    ("command_palette", "all commands"),
    ("quit", "quit"),
)


class Conversation(VerticalScroll):
    """Turns, the newest at the bottom; stays there while an answer grows."""


class ChatScreen(Screen[None]):
    """Questions and answers."""

    CSS_PATH = "../styles/chat.tcss"
    AUTO_FOCUS = "Prompt"
    BINDING_GROUP_TITLE = "Chat"
    HORIZONTAL_BREAKPOINTS = [
        (0, "-narrow"),
        (60, "-medium"),
        (120, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "Stop", id="chat.stop"),
        Binding("f4", "steps", "Steps", id="chat.steps"),
        Binding("ctrl+n", "new", "New conversation", id="chat.new", show=False, priority=True),
        Binding("ctrl+y", "copy", "Copy answer", id="chat.copy", show=False, priority=True),
        Binding("ctrl+s", "save", "Save answer", id="chat.save", show=False, priority=True),
        Binding("ctrl+up", "turn(-1)", "Turn before", id="chat.before", show=False),
        Binding("ctrl+down", "turn(1)", "Turn after", id="chat.after", show=False),
    ]

    class Asked(Message):
        """A question for the engine."""

        def __init__(self, run: str, question: str, options: tuple[str, ...]) -> None:
            self.run, self.question, self.options = run, question, options
            super().__init__()

    class Stopped(Message):
        """The run should end."""

        def __init__(self, run: str) -> None:
            self.run = run
            super().__init__()

    class Exported(Message):
        """An answer should leave the screen."""

        def __init__(self, view: RunView, copy: bool) -> None:
            self.view, self.copy = view, copy
            super().__init__()

    class PassageWanted(Message):
        """A passage should be shown in full."""

        def __init__(self, view: RunView, number: int) -> None:
            self.view, self.number = view, number
            super().__init__()

    def __init__(
        self, clock: Callable[[], float], memory: Callable[[], int], budget: float
    ) -> None:
        super().__init__()
        self.budget_s = budget
        self.model = ModelState()
        self._clock = clock
        self._memory = memory
        self._turns: dict[str, Turn] = {}
        self._began: dict[str, float] = {}
        self._shown = ""
        self._message: tuple[str, Ink, float] = ("", Ink.MUTED, 0.0)
        self._stop_until = 0.0
        self._bytes = 0

    # ------------------------------------------------------------------ layout

    def compose(self) -> ComposeResult:
        """Top line, two panes, prompt, status, keys."""
        yield Static(id="top")
        with Horizontal(id="body"):
            with Conversation(id="conversation"), Vertical(id="turns"):
                yield Welcome()
            with Vertical(id="side"):
                yield SideNote()
                yield StepTree(id="tree")
                yield Timings(id="timings")
        with Horizontal(id="ask"):
            yield Static(content([("❯", Ink.ACCENT)]), id="sign")
            yield Prompt(id="prompt")
        yield StatusLine(id="status")
        yield HintLine(HINTS)

    def on_mount(self) -> None:
        """Start the clocks of the status line."""
        self.query_one(Conversation).anchor()
        self.set_interval(1.0, self._measure)
        self.set_interval(0.2, self._show_status)
        self._measure()
        self._show_top()

    # ------------------------------------------------------------------ what comes in

    def take(self, reports: Iterable[Happened]) -> None:
        """Events of runs, as one batch: each widget is drawn once."""
        touched: dict[str, Turn] = {}
        for report in reports:
            turn = self._turns.get(report.event.run)
            if turn is None:
                continue
            if turn.view.queued:
                self._began[turn.view.run] = self._clock()
            notices = len(turn.view.notices)
            turn.view.apply(report.event, report.pieces)
            for notice in turn.view.notices[notices:]:
                self.say(notice.text, Ink.WARN)
            touched[turn.view.run] = turn
        for run, turn in touched.items():
            turn.refresh_view()
            if run == self._shown:
                self._show_steps()
        if touched:
            self._show_status()

    def show_model(self, state: ModelState) -> None:
        """What models do."""
        self.model = state
        for welcome in self.query(Welcome):
            welcome.say(_welcome_state(state))
        self._show_status()

    def say(self, text: str, tone: Ink = Ink.PLAIN, seconds: float = SAY_S) -> None:
        """Something for the status line, for a while."""
        self._message = (text, tone, self._clock() + seconds)
        self._show_status()

    # ------------------------------------------------------------------ asking and stopping

    @on(Prompt.Sent)
    def _sent(self, event: Prompt.Sent) -> None:
        text = event.text
        if not self._turns and text in ("1", "2", "3"):
            text = EXAMPLES[int(text) - 1]
        self.ask(text)

    @on(Welcome.Picked)
    def _picked(self, event: Welcome.Picked) -> None:
        self.ask(event.question)

    def ask(self, text: str) -> None:
        """Show a question and hand it over."""
        question, options = split_options(text)
        view = RunView(secrets.token_hex(8), question, options)
        self.add(view)
        self.query_one(Prompt).focus()
        self.post_message(self.Asked(view.run, question, options))

    def add(self, view: RunView) -> None:
        """A turn for a run, live or recorded, at the end of the conversation."""
        conversation = self.query_one(Conversation)
        for welcome in conversation.query(Welcome):
            welcome.remove()
        turn = Turn(view)
        self._turns[view.run] = turn
        self.query_one("#turns").mount(turn)
        conversation.anchor()
        self._select(view.run)

    def replay(self, run: str, events: Iterable[Event]) -> None:
        """Show a recorded run again, at once."""
        if run in self._turns:
            self._select(run)
            return
        view = RunView(run, "")
        for event in events:
            view.apply(event)
        self.add(view)

    def running(self) -> RunView | None:
        """The run in progress, else the first one that waits."""
        views = [turn.view for turn in self._turns.values() if turn.view.finished is None]
        return next((view for view in views if view.running), views[0] if views else None)

    def action_stop(self) -> None:
        """Twice: stop the answer. Otherwise: back to the prompt."""
        view = self.running()
        if view is None:
            self.query_one(Prompt).focus()
            return
        if self._clock() < self._stop_until:
            self._stop_until = 0.0
            self.post_message(self.Stopped(view.run))
            self.say("stopping", Ink.WARN, 1.0)
        else:
            self._stop_until = self._clock() + CONFIRM_STOP_S
            self.say("press esc again to stop", Ink.WARN, CONFIRM_STOP_S)

    def action_new(self) -> None:
        """An empty conversation; a run in progress goes on into the record."""
        for turn in self._turns.values():
            turn.remove()
        self._turns.clear()
        self._select("")
        if not self.query(Welcome):
            self.query_one("#turns").mount(Welcome())
            self.call_after_refresh(self.show_model, self.model)
        self.remove_class("-steps")
        self.query_one(Prompt).focus()

    # ------------------------------------------------------------------ looking around

    def action_steps(self) -> None:
        """To the steps, or back to the conversation."""
        tree = self.query_one(StepTree)
        if self.has_class("-wide"):
            (self.query_one(Prompt) if tree.has_focus else tree).focus()
            return
        self.toggle_class("-steps")
        self._show_top()
        (tree if self.has_class("-steps") else self.query_one(Prompt)).focus()

    def action_turn(self, by: int) -> None:
        """Show the steps of the turn before or after."""
        runs = list(self._turns)
        if self._shown in runs:
            at = max(0, min(runs.index(self._shown) + by, len(runs) - 1))
            self._select(runs[at])
            self._turns[runs[at]].scroll_visible()

    @on(Turn.Chosen)
    def _chosen(self, event: Turn.Chosen) -> None:
        self._select(event.run)

    @on(Sources.Opened)
    def _opened(self, event: Sources.Opened) -> None:
        self.post_message(self.PassageWanted(self._turns[event.run].view, event.number))

    @on(StepTree.PassageChosen)
    def _passage(self, event: StepTree.PassageChosen) -> None:
        if view := self.selected:
            self.post_message(self.PassageWanted(view, event.number))

    @property
    def selected(self) -> RunView | None:
        """The run whose steps are shown."""
        turn = self._turns.get(self._shown)
        return turn.view if turn else None

    def action_copy(self) -> None:
        """The selected answer, to the clipboard and to a file."""
        self._export(copy=True)

    def action_save(self) -> None:
        """The selected answer, to a file."""
        self._export(copy=False)

    def _export(self, *, copy: bool) -> None:
        view = self.selected
        if view is None or not view.answer:
            self.say("There is no answer yet.", Ink.WARN)
        else:
            self.post_message(self.Exported(view, copy))

    def _select(self, run: str) -> None:
        self._shown = run
        for name, turn in self._turns.items():
            turn.set_class(name == run and len(self._turns) > 1, "-selected")
        self._show_steps()
        self._show_top()

    # ------------------------------------------------------------------ drawing

    def _show_steps(self) -> None:
        view = self.selected
        self.query_one(SideNote).display = view is None
        self.query_one(StepTree).display = view is not None
        self.query_one(StepTree).show(self.selected)
        self.query_one(Timings).show(self.selected)

    def _show_top(self) -> None:
        steps = self.has_class("-steps")
        here, there = (Ink.MUTED, Ink.STRONG) if steps else (Ink.STRONG, Ink.MUTED)
        tabs: list[Piece] = [("Conversation", here), ("   ", Ink.PLAIN), ("Steps", there)]
        self.query_one("#top", Static).update(content([*tabs, ("   f4", Ink.FAINT)]))

    def _measure(self) -> None:
        self._bytes = self._memory()

    def _show_status(self) -> None:
        self.query_one(StatusLine).show(self.figures())

    def figures(self) -> Figures:
        """Everything for the status line."""
        text, tone, until = self._message
        view = self.running() or self.selected
        info = self.model.info
        doing = (activity(view) if view else "") or self.model.doing()
        if not doing and self.model.arrived:
            doing = f"{self.model.arrived} is here · ctrl+b to switch"
        return Figures(
            profile=self.model.profile,
            device=info.device if info else "",
            dtype=info.dtype if info else "",
            memory_bytes=self._bytes,
            tokens_per_second=view.tokens_per_second if view else 0.0,
            u=view.u if view else 0.0,
            u_max=view.u_max if view else 0.0,
            regions=view.regions if view else (),
            elapsed_s=self._elapsed(view) if view else None,
            budget_s=view.started.budget_s if view and view.started else self.budget_s,
            doing=doing,
            message=text if self._clock() < until else "",
            tone=tone,
        )

    def _elapsed(self, view: RunView) -> float | None:
        if view.finished is not None:
            return view.finished.ns / 1e9
        began = self._began.get(view.run)
        return None if began is None else self._clock() - began


def _welcome_state(state: ModelState) -> list[Piece]:
    if state.trouble:
        return [("! ", Ink.WARN), (state.trouble, Ink.PLAIN)]
    if state.download is not None and not state.ready:
        return progress(state.download.share, state.doing())
    if state.phase:
        return progress(None, state.doing())
    return []
