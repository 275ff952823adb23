"""A recorded run plays again, as it looked: the turn, its steps, and a line to steer by.

No model, no thread, no store: it is given events. Not responsible for where it stands
(argo_tui.replay), for reading recordings, or for looks (styles/chat.tcss, styles/replay.tcss).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from argo_tui.replay import Move, Player
from argo_tui.run_view import RunView, activity
from argo_tui.widgets.ink import Ink, Piece, content, justify, one_line
from argo_tui.widgets.key_line import KeyLine
from argo_tui.widgets.sources import Sources, presentable
from argo_tui.widgets.status import Figures, StatusLine
from argo_tui.widgets.step_tree import StepTree
from argo_tui.widgets.timings import Timings
from argo_tui.widgets.transport import Standing, Transport
from argo_tui.widgets.turn import Turn
from engine.events import Event, RunStarted

REFRESH_HZ = 15
LONGEST_TICK_S = 0.5
"""A terminal that stood still must not make the replay jump."""
SEEK_SHARE = 20
"""Up and down move by one of so many parts."""


class ReplayScreen(Screen[None]):
    """Begins to play as soon as it is shown."""

    CSS_PATH = ["../styles/chat.tcss", "../styles/replay.tcss"]
    AUTO_FOCUS = "Transport"
    BINDING_GROUP_TITLE = "Replay"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-medium"), (120, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall")]
    # Space, the arrows and the digits steer wherever the focus is: a tree would fold on space.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Pause, play", id="replay.pause", priority=True),
        Binding("left", "back", "Step back", id="replay.back", priority=True),
        Binding("right", "step", "Next step", id="replay.step", priority=True),
        Binding("1", "speed(1)", "1x", id="replay.speed_1", priority=True),
        Binding("2", "speed(2)", "2x", id="replay.speed_2", priority=True),
        Binding("0", "speed(10)", "10x", id="replay.speed_10", priority=True),
        Binding("f4", "steps", "Steps", id="replay.steps"),
        Binding("up", "seek(1)", "Forward a little", id="replay.forward", show=False),
        Binding("down", "seek(-1)", "Back a little", id="replay.rewind", show=False),
        Binding("home", "start", "Beginning", id="replay.start", show=False),
        Binding("end", "end", "End", id="replay.end", show=False),
        Binding("escape", "leave", "Leave", id="replay.leave"),
    ]

    def __init__(
        self,
        events: Sequence[Event],
        title: str = "",
        *,
        speed: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`title` says where the run is from; `clock` gives seconds, monotonic."""
        super().__init__()
        self.player = Player(events, speed)
        self._title = title
        self._clock = clock
        self._ticked = clock()
        self.view = self._empty()
        self._top = Static("", id="top", markup=False)
        self._turn = Turn(self.view)
        self._tree = StepTree(id="tree")
        self._timings = Timings(id="timings")
        self._status = StatusLine(id="status")
        self._transport = Transport()

    def compose(self) -> ComposeResult:
        """The two panes of the chat; below them the line to steer by."""
        yield self._top
        with Horizontal(id="body"):
            with VerticalScroll(id="conversation"), Vertical(id="turns"):
                yield self._turn
            with Vertical(id="side"):
                yield self._tree
                yield self._timings
        yield self._transport
        yield self._status
        yield KeyLine()

    async def on_mount(self) -> None:
        """Play."""
        self.query_one("#conversation").anchor()
        self._ticked = self._clock()
        await self._show(self.player.seek(0))
        self.set_interval(1 / REFRESH_HZ, self.tick)

    def on_resize(self) -> None:
        """The top line follows the width."""
        self.call_after_refresh(self._show_top)

    # ------------------------------------------------------------------ time

    async def tick(self) -> None:
        """Show what is due by the clock. Time stands still while something lies above."""
        now = self._clock()
        passed, self._ticked = now - self._ticked, now
        if self.is_active:
            await self._show(self.player.advance(min(passed, LONGEST_TICK_S)))

    async def action_pause(self) -> None:
        """Pause or play; at the end, again from the beginning."""
        await self._show(self.player.toggle())

    async def action_step(self) -> None:
        """On to the next step."""
        await self._show(self.player.step())

    async def action_back(self) -> None:
        """Back to where the step began."""
        await self._show(self.player.back())

    async def action_speed(self, speed: int) -> None:
        """So many times as fast as it was."""
        self.player.speed = speed
        await self._show(Move())

    async def action_seek(self, parts: int) -> None:
        """A little forward or back."""
        player = self.player
        await self._show(player.seek(player.position + parts * player.total // SEEK_SHARE))

    async def action_start(self) -> None:
        """To the beginning."""
        await self._show(self.player.seek(0))

    async def action_end(self) -> None:
        """To the end."""
        await self._show(self.player.seek(self.player.total))

    @on(Transport.Sought)
    async def _sought(self, event: Transport.Sought) -> None:
        await self._show(self.player.seek(event.ns))

    # ------------------------------------------------------------------ looking around

    def action_steps(self) -> None:
        """To the steps, or back."""
        if self.has_class("-wide"):
            (self._transport if self._tree.has_focus else self._tree).focus()
            return
        self.toggle_class("-steps")
        self._show_top()
        (self._tree if self.has_class("-steps") else self._transport).focus()

    def action_leave(self) -> None:
        """Back to where it was opened."""
        self.dismiss(None)

    @on(Sources.Opened)
    @on(StepTree.PassageChosen)
    def _opened(self, event: Sources.Opened | StepTree.PassageChosen) -> None:
        from argo_tui.screens.passage import PassageScreen

        if passage := self.view.passages().get(event.number):
            quotes = self.view.quotes(event.number)
            self.app.push_screen(PassageScreen(presentable(passage), quotes))

    # ------------------------------------------------------------------ drawing

    def _empty(self) -> RunView:
        """Before the first event, with the question: a turn shows it from the beginning."""
        kinds = (event for event in self.player.events if isinstance(event, RunStarted))
        start = next(kinds, None)
        return RunView(start.run, start.question, start.options) if start else RunView("", "")

    async def _show(self, move: Move) -> None:
        if move.again:
            self.view = self._empty()
        for event in move.events:
            self.view.apply(event)
        if move.again:
            await self._begin_again()
        elif move.events:
            self._turn.refresh_view()
        if move.events or move.again:
            self._tree.show(self.view)
            self._timings.show(self.view)
            if not self._tree.has_focus:
                self._tree.scroll_end(animate=False)
        self._show_top()
        self._status.show(self.figures())
        player = self.player
        self._transport.standing = Standing(
            position=player.position,
            total=player.total,
            marks=player.marks,
            speed=player.speed,
            paused=player.paused,
            ended=player.at_end,
        )

    async def _begin_again(self) -> None:
        """A turn only grows, so an earlier one is another turn. Drawn at once, without a gap."""
        old, self._turn = self._turn, Turn(self.view)
        self._tree.show(None)
        with self.app.batch_update():
            await self.query_one("#turns").mount(self._turn)
            await old.remove()
        self.query_one("#conversation").anchor()

    def _show_top(self) -> None:
        left: list[Piece] = [("Replay", Ink.STRONG), (f"  {one_line(self._title)}", Ink.MUTED)]
        right: list[Piece] = []
        if not self.has_class("-wide"):
            steps = self.has_class("-steps")
            here, there = (Ink.MUTED, Ink.STRONG) if steps else (Ink.STRONG, Ink.MUTED)
            right = [("Answer", here), ("   ", Ink.PLAIN), ("Steps", there), ("   f4", Ink.FAINT)]
        self._top.update(content(justify(left, right, self._top.content_size.width)))

    def figures(self) -> Figures:
        """Everything for the status line: of the run as it was."""
        view, started = self.view, self.view.started
        done = view.finished
        return Figures(
            profile=started.profile if started else "",
            device=started.device if started else "",
            dtype=started.dtype if started else "",
            tokens_per_second=view.tokens_per_second,
            u=view.u,
            u_max=view.u_max,
            regions=view.regions,
            elapsed_s=(done.ns if done else self.player.position) / 1e9,
            budget_s=started.budget_s if started else 0.0,
            doing=self._doing(),
        )

    def _doing(self) -> str:
        if self.player.at_end and self.view.finished is None:
            return "the record ends here, the run was cut off"
        return activity(self.view)
