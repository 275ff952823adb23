"""From the chat to another screen and back: what comes of what a screen leaves behind.

Every visit is called from a worker. What goes wrong is said in the chat's status line. Not
responsible for opening screens (argo_tui.doors) or for keys (argo_tui.app).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from argo_tui.doors import Doors
from argo_tui.jumps import Jump, ToStep, targets
from argo_tui.models.desk import ModelDesk
from argo_tui.palette import Situation
from argo_tui.parts import Parts
from argo_tui.run_wish import RunWish, Want
from argo_tui.screens.chat import ChatScreen
from argo_tui.settings.desk import SettingsDesk
from argo_tui.widgets.ink import Ink
from engine.errors import ArgoError

Follow = Callable[[Mapping[str, Any]], Awaitable[None]]
"""What changed settings, by dotted key, mean for the screen and the engine."""


class Visits:
    """One at a time, as screens are."""

    def __init__(
        self,
        doors: Doors,
        chat: ChatScreen,
        desk: ModelDesk,
        settings: SettingsDesk,
        parts: Parts,
        follow: Follow,
    ) -> None:
        self._doors = doors
        self._chat = chat
        self._desk = desk
        self._settings = settings
        self._parts = parts
        self._follow = follow

    async def settings(self, at: str = "") -> None:
        """Change settings, from a group or key on; in force when the screen closes."""
        configuration = self._settings.configuration
        running = self._chat.conversation.unfinished is not None
        try:
            changes, file = await self._doors.settings(configuration, running=running, at=at)
            if changes:
                await self.apply(changes, file)
        except ArgoError as error:
            self._say(error)

    async def apply(
        self, changes: Mapping[str, Any], file: Mapping[str, Any] | None = None
    ) -> None:
        """Put settings in force; `file` as SettingsDesk.apply has it. Raises ConfigError."""
        self._settings.apply(changes, file)
        await self._follow(changes)

    async def undo(self) -> None:
        """Take back the latest change of settings, in the file too if it was saved."""
        try:
            change = self._settings.take_back()
        except ArgoError as error:
            self._say(error)
            return
        self._chat.say(change.words() if change else "No change of settings to take back.")
        await self._follow(change.flags if change else {})

    async def jump(self) -> None:
        """Choose a step, passage or sentence of the selected run, and go there."""
        view = self._chat.conversation.selected
        if view is None or view.queued:
            self._chat.say("There is nothing to jump to yet.", Ink.WARN)
        elif jump := await self._doors.jump(view):
            self.go(jump)

    def go(self, jump: Jump) -> None:
        """To a place of the selected run."""
        if isinstance(jump, ToStep):
            self._chat.go_to_step(jump.number)
        elif view := self._chat.conversation.selected:
            self._doors.passage(view, jump.number, jump.quotes)

    async def runs(self) -> None:
        """Recorded runs; one of them may be shown, played or asked again."""
        try:
            if wish := await self._doors.runs(self._settings.configuration.settings):
                await self._carry_out(wish)
        except ArgoError as error:
            self._say(error)

    async def _carry_out(self, wish: RunWish) -> None:
        match wish.kind:
            case Want.SHOW:
                self._chat.replay(wish.run, self._parts.recorded(wish.run))
            case Want.REPLAY:
                self._doors.replay(wish.run)
            case Want.ASK:
                if wish.profile not in ("", self._desk.state.profile):
                    await self.use(wish.profile)
                self._chat.ask_alone(wish.question, wish.options)

    def situation(self, *, at_chat: bool) -> Situation:
        """What the palette's commands are about."""
        settings, view = self._settings.configuration.settings, self._chat.conversation.selected
        return Situation(
            at_chat,
            targets(view) if view else (),
            settings.policy.strategy,
            self._desk.state.profile,
            self._parts.statuses(settings),
        )

    def replay(self, run: str) -> None:
        """A recorded run, as it went."""
        try:
            self._doors.replay(run)
        except ArgoError as error:
            self._say(error)

    async def compare(self) -> None:
        """Profiles beside each other, on the question of the prompt if there is one."""
        settings = self._settings.configuration.settings
        try:
            if chosen := await self._doors.contenders(settings, self._desk.state.profile):
                await self._doors.compare(chosen, self._settings.flags, self._chat.taken())
        except ArgoError as error:
            self._say(error)

    async def policy(self) -> None:
        """The policy of the selected run, drawn; what is applied holds for this session."""
        settings, view = self._settings.configuration.settings, self._chat.conversation.selected
        try:
            if changes := await self._doors.policy(settings, view, self._desk.state.profile):
                await self.apply(changes)
        except ArgoError as error:
            self._say(error)

    async def use(self, profile: str) -> None:
        """Load a profile."""
        settings = self._settings.configuration.settings
        await self._desk.use(settings, self._settings.flags, profile)

    def _say(self, error: ArgoError) -> None:
        self._chat.say(str(error), Ink.BAD)
