"""The main screen: conversation, steps, prompt, status.

Hands wishes to the App as messages. Not responsible for the engine (argo_tui.bridge), for models
(argo_tui.models.desk) or for looks (styles/chat.tcss).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from argo_tui.keyboard.chat import HINTS, KEYS
from argo_tui.models.state import ModelState
from argo_tui.options import split_options
from argo_tui.reports import Happened
from argo_tui.run_view import RunView, activity
from argo_tui.widgets.conversation import Conversation
from argo_tui.widgets.hint_line import HintLine
from argo_tui.widgets.ink import Ink, Piece, content
from argo_tui.widgets.prompt import Prompt
from argo_tui.widgets.side_note import SideNote
from argo_tui.widgets.sources import Sources
from argo_tui.widgets.status import Figures, StatusLine
from argo_tui.widgets.step_tree import StepTree
from argo_tui.widgets.timings import Timings
from argo_tui.widgets.welcome import EXAMPLES, Welcome
from argo_tui.wishes import Asked, Before, Exported, PassageWanted, ReplayWanted, Stopped
from engine.events import Event, Notice

CONFIRM_STOP_S = 2.0
SAY_S = 6.0
OFFER_S = 20.0


class ChatScreen(Screen[None]):
    """Questions and answers."""

    CSS_PATH = "../styles/chat.tcss"
    AUTO_FOCUS = "Prompt"
    BINDING_GROUP_TITLE = "Chat"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-medium"), (120, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = KEYS

    def __init__(
        self,
        clock: Callable[[], float],
        memory: Callable[[], int],
        budget: float,
        *,
        motion: bool = True,
    ) -> None:
        super().__init__()
        self.budget_s = budget
        self.model = ModelState()
        self.conversation = Conversation(id="conversation")
        self._top = Static(id="top")
        self._note = SideNote()
        self._tree = StepTree(id="tree")
        self._timings = Timings(id="timings")
        self._prompt = Prompt(id="prompt")
        self._prompt.cursor_blink = motion
        self._status = StatusLine(id="status")
        self._hints = HintLine(HINTS)
        self._clock = clock
        self._memory = memory
        self._began: dict[str, float] = {}
        self._message: tuple[str, Ink, float] = ("", Ink.MUTED, 0.0)
        self._stop_until = 0.0
        self._offered = ""
        """A run of an earlier session that was cut off."""
        self._bytes = 0

    # ------------------------------------------------------------------ layout

    def compose(self) -> ComposeResult:
        """Top line, two panes, prompt, status, keys."""
        yield self._top
        with Horizontal(id="body"):
            yield self.conversation
            with Vertical(id="side"):
                yield self._note
                yield self._tree
                yield self._timings
        with Horizontal(id="ask"):
            yield Static(content([("❯", Ink.ACCENT)]), id="sign")
            yield self._prompt
        yield self._status
        yield self._hints

    def on_mount(self) -> None:
        """Start the clocks of the status line."""
        self.set_interval(1.0, self._measure)
        self.set_interval(0.2, self._show_status)
        self._measure()
        self._show_steps()

    # ------------------------------------------------------------------ what comes in

    def take(self, reports: Iterable[Happened]) -> None:
        """Events of runs, as one batch."""
        batch = list(reports)
        for report in batch:
            self._began.setdefault(report.event.run, self._clock())
            if isinstance(report.event, Notice):
                self.say(report.event.text, Ink.WARN)
        touched = self.conversation.take(batch)
        selected = self.conversation.selected
        if selected and selected.run in touched:
            self._show_steps()
        self._show_status()

    def taken(self) -> str:
        """The question that was being typed, for another screen to ask."""
        return self._prompt.taken()

    def remember(self, questions: Iterable[str]) -> None:
        """Earlier questions, for the prompt."""
        self._prompt.remember(questions)

    def offer(self, run: str, words: str) -> None:
        """Say that a run can be replayed, and let the key do it."""
        self._offered = run
        self.say(words, Ink.WARN, OFFER_S)

    def show_model(self, state: ModelState) -> None:
        """What models do."""
        self.model = state
        self.conversation.show_model(state)
        self._show_status()

    def say(self, text: str, tone: Ink = Ink.PLAIN, seconds: float = SAY_S) -> None:
        """Something for the status line, for a while."""
        self._message = (text, tone, self._clock() + seconds)
        self._show_status()

    # ------------------------------------------------------------------ asking and stopping

    @on(Prompt.Sent)
    def _sent(self, event: Prompt.Sent) -> None:
        numbers = {str(number): example for number, example in enumerate(EXAMPLES, 1)}
        self.ask(numbers.get(event.text, event.text) if self.conversation.empty else event.text)

    @on(Welcome.Picked)
    def _picked(self, event: Welcome.Picked) -> None:
        self.ask(event.question)

    def ask(self, text: str) -> None:
        """Show a question and hand it over."""
        last = self.conversation.last
        self._hand_over(*split_options(text), Before(last.run, last.understood) if last else None)

    def ask_alone(self, question: str, options: tuple[str, ...]) -> None:
        """Ask a recorded question again, not as a follow-up to what stands here."""
        self._hand_over(question, options, None)

    def _hand_over(self, question: str, options: tuple[str, ...], before: Before | None) -> None:
        view = RunView(secrets.token_hex(8), question, options)
        self.conversation.add(view)
        self._prompt.focus()
        self.post_message(Asked(view.run, question, options, before))

    def replay(self, run: str, events: Iterable[Event]) -> None:
        """Show a recorded run again, at once."""
        view = RunView(run, "")
        for event in events:
            view.apply(event)
        self.conversation.add(view)

    def action_stop(self) -> None:
        """Twice: stop the answer. Otherwise: back to the prompt."""
        view = self.conversation.unfinished
        if view is None:
            self._prompt.focus()
        elif self._clock() < self._stop_until:
            self._stop_until = 0.0
            self.post_message(Stopped(view.run))
            self.say("stopping", Ink.WARN, 1.0)
        else:
            self._stop_until = self._clock() + CONFIRM_STOP_S
            self.say("press esc again to stop", Ink.WARN, CONFIRM_STOP_S)

    def action_new(self) -> None:
        """An empty conversation; a run in progress goes on into the record."""
        self.conversation.clear()
        self.remove_class("-steps")
        self._prompt.focus()

    # ------------------------------------------------------------------ looking around

    def action_steps(self) -> None:
        """To the steps, or back to the conversation."""
        tree, prompt = self._tree, self._prompt
        if self.has_class("-wide"):
            (prompt if tree.has_focus or not tree.display else tree).focus()
            return
        self.toggle_class("-steps")
        self._show_top()
        (tree if self.has_class("-steps") and tree.display else prompt).focus()

    def action_turn(self, by: int) -> None:
        """Show the steps of the turn before or after."""
        self.conversation.select_by(by)

    def go_to_step(self, number: int) -> None:
        """Show the steps of the selected run, this one unfolded."""
        if not self.has_class("-wide"):
            self.add_class("-steps")
            self._show_top()
        self._tree.go_to_step(number)

    @on(Conversation.Selected)
    def _selected(self) -> None:
        self._show_steps()

    @on(Sources.Opened)
    def _opened(self, event: Sources.Opened) -> None:
        self.post_message(PassageWanted(self.conversation.view(event.run), event.number))

    @on(StepTree.PassageChosen)
    def _passage(self, event: StepTree.PassageChosen) -> None:
        if view := self.conversation.selected:
            self.post_message(PassageWanted(view, event.number))

    def action_replay(self) -> None:
        """The selected run again, as it went."""
        view = self.conversation.selected
        if run := view.run if view and view.finished else self._offered:
            self.post_message(ReplayWanted(run))
        else:
            self.say("There is no finished run to replay.", Ink.WARN)

    def action_export(self, copy: bool) -> None:
        """The selected answer to a file, and with `copy` to the clipboard."""
        view = self.conversation.selected
        if view is None or not view.answer:
            self.say("There is no answer yet.", Ink.WARN)
        else:
            self.post_message(Exported(view, copy=copy))

    # ------------------------------------------------------------------ drawing

    def _show_steps(self) -> None:
        view = self.conversation.selected
        self._note.display = view is None
        self._tree.display = view is not None
        self._tree.show(view)
        self._timings.show(view)
        self._show_top()

    def _show_top(self) -> None:
        steps = self.has_class("-steps")
        here, there = (Ink.MUTED, Ink.STRONG) if steps else (Ink.STRONG, Ink.MUTED)
        tabs: list[Piece] = [("Conversation", here), ("   ", Ink.PLAIN), ("Steps", there)]
        self._top.update(content([*tabs, ("   f4", Ink.FAINT)]))

    def _measure(self) -> None:
        self._bytes = self._memory()

    def _show_status(self) -> None:
        self._status.show(self.figures())
        idle = self.conversation.unfinished is None
        self._hints.hidden = frozenset({"stop"} if idle else ())

    def figures(self) -> Figures:
        """Everything for the status line."""
        text, tone, until = self._message
        view = self.conversation.unfinished or self.conversation.selected
        info = self.model.info
        return Figures(
            profile=self.model.profile,
            device=info.device if info else "",
            dtype=info.precision if info else "",
            memory_bytes=self._bytes,
            tokens_per_second=view.tokens_per_second if view else 0.0,
            u=view.u if view else 0.0,
            u_max=view.u_max if view else 0.0,
            regions=view.regions if view else (),
            elapsed_s=self._elapsed(view) if view else None,
            budget_s=view.started.budget_s if view and view.started else self.budget_s,
            doing=(activity(view) if view else "") or self.model.doing(),
            message=text if self._clock() < until else "",
            tone=tone,
        )

    def _elapsed(self, view: RunView) -> float | None:
        if view.finished is not None:
            return view.finished.ns / 1e9
        began = self._began.get(view.run)
        return None if began is None else self._clock() - began
