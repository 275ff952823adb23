"""One question, two to four columns side by side, live; under them figures and a running table.

The screen asks the fleet and draws what it reports; what else it needs of the program are the
plain callables of a `Stage`. Not responsible for opening engines (argo_tui.compare.fleet), for the
state of a round (argo_tui.compare.state) or for looks (styles/compare.tcss).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Static

from argo_tui.compare.files import save
from argo_tui.compare.keys import KEYS
from argo_tui.compare.stage import Stage
from argo_tui.compare.state import Comparing
from argo_tui.options import split_options
from argo_tui.widgets import compare_bar
from argo_tui.widgets.compare_bar import Said
from argo_tui.widgets.compare_pane import ComparePane
from argo_tui.widgets.compare_prompt import ComparePrompt
from argo_tui.widgets.compare_session import CompareSession
from argo_tui.widgets.ink import Ink, content
from argo_tui.widgets.key_line import KeyLine
from argo_tui.widgets.steady_text import SteadyText
from engine.comparison.plan import Mode, Plan
from engine.comparison.table import step_rows
from engine.errors import ArgoError

CONFIRM_STOP_S = 2.0
SAY_S = 6.0
SEED = 0
"""Of the intervals: the same figures give the same table."""
WISHES: tuple[Mode | None, ...] = (None, Mode.IN_TURN, Mode.PARALLEL)
"""What f6 goes through; None leaves it to the plan."""


class CompareScreen(Screen[None]):
    """Dismisses with None; the fleet is closed when the screen goes away."""

    CSS_PATH = "../styles/compare.tcss"
    AUTO_FOCUS = "ComparePrompt"
    BINDING_GROUP_TITLE = "Compare"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-middle"), (32, "-tall"), (44, "-tallest")]
    BINDINGS: ClassVar[list[BindingType]] = KEYS

    def __init__(
        self, labels: Sequence[str], stage: Stage, *, question: str = "", blind: bool = False
    ) -> None:
        """`labels` name the columns as the fleet has them; `question` is asked at once."""
        super().__init__()
        self.left_behind = False
        self.state = Comparing.of(labels, blind=blind)
        self._stage = stage
        self._pending = question
        self._wish: Mode | None = None
        self._plan: Plan | None = None
        self._comparison = ""
        self._place = 0
        self._said = Said("", Ink.MUTED, 0.0)
        self._stop_until = 0.0
        self._title = SteadyText(id="compare-title")
        self._tabs = SteadyText(id="compare-tabs")
        self._status = SteadyText(id="compare-status")
        self._panes = [ComparePane(place) for place in range(len(labels))]
        self._session = CompareSession(id="compare-session")
        self._prompt = ComparePrompt(id="compare-prompt")

    # ------------------------------------------------------------------ layout

    def compose(self) -> ComposeResult:
        """Question, columns with their steps, session, prompt, status, keys."""
        yield self._title
        yield self._tabs
        with Horizontal(id="compare-panes"):
            yield from self._panes
        yield self._session
        with Vertical(id="compare-foot"):
            with Horizontal(id="compare-ask"):
                yield Static(content([("❯", Ink.ACCENT)]), id="compare-sign")
                yield self._prompt
            yield self._status
            yield KeyLine()

    def on_mount(self) -> None:
        """Load what the plan says; everything slow comes after the first frame."""
        self._draw()
        self.call_after_refresh(self._arrange)
        self.set_interval(1 / self._stage.refresh_hz, self._drain)
        self.set_interval(0.2, self._tick)

    def on_unmount(self) -> None:
        """Stop the words and wait for the threads, however the screen ends."""
        # A word ends within moments; loading cannot be interrupted and has nothing to lose.
        self.left_behind = not self._stage.fleet.close(0.2 if self._stage.fleet.loading else 5.0)

    def on_resize(self, event: Resize) -> None:
        """One column at a time where they do not fit beside each other."""
        columns, width = len(self._panes), event.size.width
        tabs = width < 70 or (columns > 2 and width < 100)
        self.set_class(tabs, "-tabs")
        self.set_class(width >= 120, "-wide")
        self.refresh_bindings()
        self.call_after_refresh(self._draw)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Columns are gone through where one is shown; votes count where one is open."""
        if action == "column":
            return self.has_class("-tabs")
        if action == "vote":
            return isinstance(parameters[0], int) and parameters[0] < self.state.ballots
        return True

    # ------------------------------------------------------------------ the fleet

    def _arrange(self) -> None:
        before, self._plan = self._plan, None
        try:
            self._plan = self._stage.arrange(self._wish)
            if before and before.mode is not self._plan.mode and self.state.rounds:
                self.state.rounds.clear()
                self._say("Another mode: the running table begins anew.", Ink.WARN)
        except ArgoError as error:
            # It names profiles.
            secret = "The columns could not be arranged. f12 shows the names, f6 says why."
            self._say(secret if self.state.hidden else str(error), Ink.BAD, 60.0)
        self._draw()

    def _drain(self) -> None:
        now = self._stage.clock()
        reports = self._stage.fleet.drain()
        for column, report in reports:
            self.state.columns[column].take(report, now)
        if self.state.running and not self._stage.fleet.busy:
            self._end_round()
        elif reports:
            self._draw()
        if self._pending and self._plan and not self._stage.fleet.loading:
            question, self._pending = self._pending, ""
            self._ask(question) if self._stage.fleet.ready else self._give_back(question)

    def _end_round(self) -> None:
        for column in self.state.columns:
            try:
                column.measured(self._stage.recorded(column.run))
            except ArgoError as error:
                self._say(str(error), Ink.BAD)
        self.state.close_round()
        for pane in self._panes:
            pane.end()
        self._prompt.ballots = self.state.ballots
        self.refresh_bindings()
        self._draw()

    # ------------------------------------------------------------------ keys

    @on(ComparePrompt.Sent)
    def _sent(self, event: ComparePrompt.Sent) -> None:
        if self.state.running:
            self._give_back(event.text, "Wait for the answers, or stop them with esc.")
        elif self._plan is None:
            self._give_back(event.text)
        else:
            self._pending = event.text
            self._draw()

    def _give_back(self, question: str, why: str = "No model is loaded. f6 tries again.") -> None:
        self._prompt.text = question
        self._prompt.move_cursor(self._prompt.document.end)
        self._say(why, Ink.WARN)

    def _ask(self, text: str) -> None:
        state, fleet = self.state, self._stage.fleet
        question, options = split_options(text)
        # From the second round on a place would tell the name, so places are drawn anew.
        order = self._stage.shuffled(len(state.columns)) if state.blind else state.in_order
        turns = order if state.blind else None
        runs = fleet.ask(question, options, turns)
        state.ask(question, options, runs, order)
        self._comparison = secrets.token_hex(8)
        self._prompt.ballots = 0
        named = [(column.label, column.run) for column in state.columns]
        try:
            self._stage.keep(self._comparison, question, fleet.mode, state.blind, named)
        except ArgoError as error:
            self._say(str(error), Ink.BAD)
        for pane in self._panes:
            pane.begin()
        self.refresh_bindings()
        self._draw()

    def action_vote(self, place: int) -> None:
        """Choose an answer: the names are shown."""
        if place >= self.state.ballots:
            return
        column = self.state.cast(place)
        self._prompt.ballots = 0
        try:
            self._stage.vote(self._comparison, column)
            self._say(f"The vote went to {self.state.name(place)}.", Ink.GOOD)
        except ArgoError as error:
            self._say(str(error), Ink.BAD)
        self.refresh_bindings()
        self._draw()

    def action_stop(self) -> None:
        """Twice: stop the answers. Otherwise: leave."""
        if self._pending:
            self._pending = ""
            self._draw()
        elif not self.state.running:
            self.dismiss(None)
        elif self._stage.clock() < self._stop_until:
            self._stop_until = 0.0
            self._stage.fleet.cancel()
            self._say("stopping", Ink.WARN, 1.0)
        else:
            self._stop_until = self._stage.clock() + CONFIRM_STOP_S
            self._say("press esc again to stop", Ink.WARN, CONFIRM_STOP_S)

    def action_mode(self) -> None:
        """The next mode: as planned, in turn, in parallel."""
        if self._between():
            self._wish = WISHES[(WISHES.index(self._wish) + 1) % len(WISHES)]
            self._said = Said("", Ink.MUTED, 0.0)
            self._arrange()

    def action_blind(self) -> None:
        """Hide the names until a vote, or show them."""
        if self._between():
            self.state.blind = not self.state.blind
            self._prompt.ballots = self.state.ballots
            self.refresh_bindings()
            self._draw()

    def action_view(self) -> None:
        """From the steps to the running table, to its chart, and back."""
        self._session.turn(wide=self.has_class("-wide"))
        self.set_class(self._session.open, "-session")
        self.call_after_refresh(self._draw)

    def action_column(self, by: int) -> None:
        """Another column, where one is shown at a time."""
        self._place = (self._place + by) % len(self._panes)
        self._draw()

    def action_export(self) -> None:
        """Everything of this session as Markdown, CSV and a picture; Markdown to the clipboard."""
        stage = self._stage
        text, tone, copied = save(
            stage.exports, self.state, stage.target_s, SEED, datetime.now().astimezone()
        )
        if copied:
            self.app.copy_to_clipboard(copied)
        self._say(text, tone, 2 * SAY_S)

    def _between(self) -> bool:
        if self.state.running or self._pending:
            self._say("Not in the middle of a question.", Ink.WARN)
            return False
        return True

    # ------------------------------------------------------------------ drawing

    def _say(self, text: str, tone: Ink, seconds: float = SAY_S) -> None:
        self._said = Said(text, tone, self._stage.clock() + seconds)
        self._tick()

    def _tick(self) -> None:
        """What changes by the clock alone."""
        now = self._stage.clock()
        for pane in self._panes:
            pane.tick(self.state, now, self._stage.budget_s)
        said = self._said if now < self._said.until else None
        cells = self._status.content_size.width
        waits = bool(self._pending)
        self._status.put(compare_bar.status(self.state, self._plan, said, waits, cells))

    def _draw(self) -> None:
        """Everything; each part is drawn only where it changed."""
        state, now = self.state, self._stage.clock()
        rows, spans = step_rows(state.figures()), state.differences()
        for place, pane in enumerate(self._panes):
            pane.set_class(place == self._place, "-shown")
            pane.show(state, now, self._stage.budget_s, rows, spans[place])
        self._title.put(compare_bar.title(state, self._pending, self._title.content_size.width))
        self._tabs.put(compare_bar.tabs(state, self._place, self._tabs.content_size.width))
        self._session.show(state, self._stage.target_s, SEED)
        self._tick()
