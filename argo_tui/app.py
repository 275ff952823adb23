"""The App: starts the engine thread, carries wishes between screens and engine, sets the theme.

Thin: what is shown is the screens' business, getting a model ready is model_desk's, threads are
in the bridge. Imports no torch; the first frame comes before it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import ModalScreen, Screen

from argo_tui import palette
from argo_tui.bridge import Bridge
from argo_tui.careful_app import CarefulApp
from argo_tui.clipboard import export, hindrance
from argo_tui.doors import Doors
from argo_tui.interrupted import offer
from argo_tui.keyboard.check import key_map_problems
from argo_tui.models.desk import ModelDesk
from argo_tui.models.state import ModelState
from argo_tui.parts import Parts
from argo_tui.reports import Happened, Report
from argo_tui.screens.chat import ChatScreen
from argo_tui.settings.desk import SettingsDesk
from argo_tui.settings.flags import needs_reload
from argo_tui.trace import mark
from argo_tui.visits import Visits
from argo_tui.waiting import WaitingQuestions
from argo_tui.widgets.ink import Ink
from argo_tui.wishes import Asked, Exported, PassageWanted, ReplayWanted, Stopped
from engine.errors import ArgoError
from engine.layers import Configuration
from engine.paths import Home

if TYPE_CHECKING:
    from engine.runs import RunSummary

OVER_THE_CHAT = ("settings", "runs", "jump", "undo", "compare", "policy")
"""Actions that only the chat in front allows: they change what lies below another screen."""


class ArgoApp(CarefulApp):
    """argo-tui on the screen."""

    TITLE = "argo-tui"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", id="app.help", priority=True),
        Binding("f2", "settings", "Settings", id="app.settings", priority=True),
        Binding("f3", "runs", "Runs", id="app.runs", priority=True),
        Binding("f5", "switch_profile", "Next profile", id="app.switch", priority=True),
        Binding("ctrl+r", "retry", "Load the model again", id="app.retry", priority=True),
        Binding("f8", "stop_download", "Stop the download", id="app.stop_download"),
        Binding("ctrl+t", "undo", "Undo settings change", id="app.undo", priority=True),
        Binding("ctrl+p", "command_palette", "All commands", id="app.palette", priority=True),
        Binding("ctrl+q", "quit", "Quit", id="app.quit", priority=True),
    ]

    class Drained(Message):
        """What the engine thread reported since the last tick."""

        def __init__(self, reports: list[Report]) -> None:
            self.reports = reports
            super().__init__()

    def __init__(
        self,
        configuration: Configuration,
        home: Home,
        parts: Parts,
        flags: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(home, parts.report_crash)
        self._home = home
        self._parts = parts
        self._settings = SettingsDesk(home, configuration, flags or {})
        self._bridge = Bridge(parts.open_engine, parts.open_recorder, parts.report_crash)
        settings = configuration.settings
        self._chat = ChatScreen(
            parts.clock, parts.memory, settings.budget_s, motion=settings.screen.motion
        )
        self._doors = Doors(self, parts, home)
        self._desk = ModelDesk(
            parts,
            self._bridge,
            home,
            show=self._show_model,
            say=lambda text: self._chat.say(text, Ink.WARN),
            confirm=self._doors.confirm,
        )
        self._visits = Visits(
            self._doors, self._chat, self._desk, self._settings, parts, self._follow
        )
        self._waiting = WaitingQuestions(self._ask, self._chat.take)

    @property
    def configuration(self) -> Configuration:
        """Settings in force."""
        return self._settings.configuration

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key opens nothing over another screen, and no help over a dialogue."""
        if action == "help":
            return not isinstance(self.screen, ModalScreen)
        return action not in OVER_THE_CHAT or self.screen is self._chat

    def on_mount(self) -> None:
        """The first frame; everything slow comes after it."""
        self.watch_over(self.configuration.settings)
        self._set_keys()
        self.push_screen(self._chat)
        self._chat.call_after_refresh(self._after_first_frame)

    def _after_first_frame(self) -> None:
        mark("first_frame")
        self._bridge.start()
        self.set_interval(1 / self.configuration.settings.screen.refresh_hz, self._drain)
        try:
            self._chat.remember(self._parts.questions())
            self._offer(self._parts.cut_off())
        except ArgoError as error:
            self._chat.say(str(error), Ink.BAD)
        self._begin()

    def _offer(self, run: RunSummary | None) -> None:
        """The run that was going on when the program was cut off last time."""
        if run is not None:
            key = self.configuration.settings.screen.keys.get("chat.replay", "f9")
            self._chat.offer(run.run, offer(run, key))

    @work(group="models")
    async def _begin(self) -> None:
        settings = self.configuration.settings
        await self._visits.use(settings.profile)
        if behind := os.environ.get("ARGO_BACKGROUND_FETCH"):
            await self._desk.fetch_behind(settings, behind)
        else:
            self._desk.offer(settings)

    def on_unmount(self) -> None:
        """Stop the token and wait for the thread, however the program ends."""
        self._desk.stop_fetching()
        # A token ends within moments; loading cannot be interrupted and has nothing to lose.
        ended = self._bridge.close(0.2 if self._desk.state.phase else 5.0)
        self.left_behind = not ended or self._doors.left_behind

    def _drain(self) -> None:
        if reports := self._bridge.drain():
            self.post_message(self.Drained(reports))

    def on_argo_app_drained(self, message: Drained) -> None:
        """Hand each report to whom it concerns."""
        happened = [report for report in message.reports if isinstance(report, Happened)]
        for report in message.reports:
            if not isinstance(report, Happened):
                self._desk.take(report)
                if self._desk.state.ready:
                    mark("ready")
        if happened:
            self._chat.take(happened)

    def _show_model(self, state: ModelState) -> None:
        self._chat.show_model(state)
        self._waiting.changed(state)

    # ------------------------------------------------------------------ wishes of the chat

    @on(Asked)
    def _asked(self, message: Asked) -> None:
        self._waiting.put(message)

    def _ask(self, asked: Asked) -> None:
        self._bridge.ask(asked.run, asked.question, asked.options, asked.before)

    @on(Stopped)
    def _stopped(self, message: Stopped) -> None:
        if not self._waiting.drop(message.run):
            self._bridge.cancel(message.run)

    @on(Exported)
    def _exported(self, message: Exported) -> None:
        copy = self.copy_to_clipboard if message.copy else None
        between = hindrance() if message.copy else ""
        self._chat.say(*export(self._home.data / "answers", message.view, copy, between))

    @on(PassageWanted)
    def _passage_wanted(self, message: PassageWanted) -> None:
        self._doors.passage(message.view, message.number)

    @on(ReplayWanted)
    def _replay_wanted(self, message: ReplayWanted) -> None:
        self._visits.replay(message.run)

    # ------------------------------------------------------------------ other screens

    @work(group="screens", exclusive=True)
    async def action_settings(self, at: str = "") -> None:
        """Change settings, from a group or key on."""
        await self._visits.settings(at)

    @work(group="models")
    async def action_undo(self) -> None:
        """Take back the latest change of settings."""
        await self._visits.undo()

    @work(group="screens", exclusive=True)
    async def action_jump(self) -> None:
        """To a step, passage or sentence of the selected run."""
        await self._visits.jump()

    @work(group="screens", exclusive=True)
    async def action_runs(self) -> None:
        """Recorded runs."""
        await self._visits.runs()

    @work(group="screens", exclusive=True)
    async def action_compare(self) -> None:
        """Two to four profiles beside each other."""
        await self._visits.compare()

    @work(group="screens", exclusive=True)
    async def action_policy(self) -> None:
        """The policy of the selected run, drawn."""
        await self._visits.policy()

    @work(group="models")
    async def _change(self, changes: Mapping[str, Any]) -> None:
        await self._visits.apply(changes)

    async def _follow(self, changes: Mapping[str, Any]) -> None:
        """What changed settings mean for the screen and the engine."""
        settings = self.configuration.settings
        self._chat.budget_s = settings.budget_s
        self.wear(settings)
        self._set_keys()
        if needs_reload(changes):
            await self._visits.use(settings.profile)

    # ------------------------------------------------------------------ models

    @work(group="models")
    async def action_switch_profile(self) -> None:
        """To the model that has just arrived, else to the next; an offered one is fetched first."""
        settings = self.configuration.settings
        if offered := self._desk.state.offered:
            await self._desk.fetch_asked(settings, offered)
        elif profile := self._desk.next_profile(settings):
            await self._visits.use(profile)
        else:
            self._chat.say("No other model is here. f2 lists them all.")

    @work(group="models")
    async def action_retry(self) -> None:
        """Once more from the beginning: choose, fetch, load."""
        await self._visits.use(self._desk.state.profile or self.configuration.settings.profile)

    def action_stop_download(self) -> None:
        """End the background fetch."""
        if self._desk.stop_fetching():
            self._chat.say("download stopped; it goes on from there another time")

    @work(group="models")
    async def _use(self, profile: str) -> None:
        await self._visits.use(profile)

    @work(group="models")
    async def _fetch(self, profile: str) -> None:
        await self._desk.fetch_asked(self.configuration.settings, profile)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every action, place, strategy, group of settings, theme and model."""
        now = self._visits.situation(at_chat=screen is self._chat)
        do = palette.Doings(
            self._visits.go, self._change, self.action_settings, self._use, self._fetch
        )
        yield from palette.everything(self, screen, now, do)

    def _set_keys(self) -> None:
        keymap = self.configuration.settings.screen.keys
        self.set_keymap(keymap)
        if keymap:
            self.call_after_refresh(self._check_keys, keymap)

    def _check_keys(self, keymap: Mapping[str, str]) -> None:
        # Imports every screen: only a user with a key map pays, and after the first frame.
        from argo_tui.keyboard.places import key_places

        self.complain(key_map_problems(key_places(type(self), OVER_THE_CHAT), keymap))
