"""Gets a profile ready: chooses, asks before a large download, fetches, loads, switches.

Knows no widget: it is given what to call. Not responsible for the rules (argo_tui.models.state) or
for the engine thread (argo_tui.bridge).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from argo_tui.bridge import Bridge
from argo_tui.models.downloads import Download, follow
from argo_tui.models.state import ModelState, first_fetch, must_ask, next_profile
from argo_tui.numbers import size
from argo_tui.parts import Parts
from argo_tui.reports import Loaded, LoadFailed, Loading
from engine.config import Settings
from engine.errors import ArgoError, ModelError
from engine.layers import load
from engine.paths import Home

if TYPE_CHECKING:
    from engine.models.registry import ModelStatus

Confirm = Callable[[str, str, str, str], Awaitable[bool]]
"""Title, text, yes, no."""


class ModelDesk:
    """One at a time: what is loaded, what is on its way."""

    def __init__(
        self,
        parts: Parts,
        bridge: Bridge,
        home: Home,
        *,
        show: Callable[[ModelState], None],
        say: Callable[[str], None],
        confirm: Confirm,
    ) -> None:
        self.state = ModelState()
        self._parts = parts
        self._bridge = bridge
        self._home = home
        self._show = show
        self._say = say
        self._confirm = confirm
        self._fetching: asyncio.Task[None] | None = None
        self._first_start = False

    async def use(self, settings: Settings, flags: Mapping[str, Any], wanted: str) -> None:
        """Load a profile, after fetching it where it is absent."""
        try:
            profile = await self._choose(settings, wanted)
            if profile:
                configuration = load(self._home, flags={**flags, "profile": profile})
                # The job first: questions that waited follow as soon as the state says so.
                self._bridge.load(configuration, profile)
                self._set(profile=profile, info=None, phase="waiting", trouble="", arrived="")
        except ArgoError as error:
            self._set(phase="", trouble=str(error))

    async def fetch_behind(self, settings: Settings, profile: str) -> None:
        """Fetch a profile that is not wanted yet; then a key switches to it."""
        status = self._status(settings, profile)
        if status is None:
            self._say(f"There is no profile «{profile}» to fetch.")
        elif status.directory is None and status.bytes:
            try:
                done = await self._fetch(profile)
            except ModelError as error:
                self._say(str(error))
                return
            if done:
                self._set(arrived=profile)
        elif status.can_run and profile != self.state.profile:
            self._set(arrived=profile)

    async def fetch_asked(self, settings: Settings, profile: str) -> None:
        """Fetch a profile that was picked in the palette, after a question where it is large."""
        statuses = self._parts.statuses(settings)
        self._set(offered="")
        status = self._status(settings, profile)
        if status and await self._agreed(status, statuses, settings.ask_before_mb):
            await self.fetch_behind(settings, profile)

    def offer(self, settings: Settings) -> None:
        """After a first start with the smallest model, say once that a better reader exists."""
        status = self._status(settings, settings.offer or "")
        if self._first_start and self.state.profile and status and status.directory is None:
            self._set(offered=status.profile)

    def next_profile(self, settings: Settings) -> str:
        """Where the switch key goes; empty where there is nowhere."""
        return next_profile(self._parts.statuses(settings), self.state.profile, self.state.arrived)

    def stop_fetching(self) -> bool:
        """End the download; it goes on from there another time. False where there is none."""
        if self._fetching is None or self._fetching.done():
            return False
        return self._fetching.cancel()

    def take(self, report: Loading | Loaded | LoadFailed) -> None:
        """What the engine thread says of loading."""
        match report:
            case Loading(phase=phase):
                self._set(phase=phase)
            case Loaded(profile=profile, info=info):
                self._set(profile=profile, info=info, phase="", trouble="")
                for notice in info.notices:
                    self._say(notice)
            case LoadFailed():
                error = ArgoError(report.what, where=report.where, remedy=report.remedy)
                self._set(info=None, phase="", trouble=str(error))

    async def _choose(self, settings: Settings, wanted: str) -> str:
        """The profile to load; empty where none came."""
        try:
            return self._parts.select(settings, wanted).profile_name
        except ModelError:
            statuses = self._parts.statuses(settings)
            status = first_fetch(statuses, wanted)
            if status is None:
                raise
        if not await self._agreed(status, statuses, settings.ask_before_mb):
            return "" if wanted == "auto" else await self._choose(settings, "auto")
        self._first_start = True
        if not await self._fetch(status.profile):
            self._set(trouble="The download was stopped. ctrl+r goes on with it.")
            return ""
        return self._parts.select(settings, status.profile).profile_name

    async def _agreed(
        self, status: ModelStatus, statuses: Sequence[ModelStatus], limit_mb: int
    ) -> bool:
        smallest = min(each.bytes for each in statuses if each.bytes)
        if not must_ask(status, limit_mb, smallest):
            return True
        text = f"{status.title} ({status.licence}) is {size(status.bytes)} to download, once."
        return await self._confirm(f"Fetch {status.profile}?", text, "Fetch", "Not now")

    async def _fetch(self, profile: str) -> bool:
        """Whether it came; False where the user stopped it. Raises ModelError."""
        self._set(download=Download(model=profile), trouble="")
        command = self._parts.fetch_command(profile)
        self._fetching = asyncio.create_task(
            follow(command, lambda at: self._set(download=_named(at, profile)))
        )
        try:
            await asyncio.wait([self._fetching])
            if self._fetching.cancelled():
                return False
            self._fetching.result()
            return True
        finally:
            self._fetching.cancel()
            self._set(download=None)

    def _status(self, settings: Settings, profile: str) -> ModelStatus | None:
        found = [each for each in self._parts.statuses(settings) if each.profile == profile]
        return found[0] if found else None

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


def _named(download: Download, profile: str) -> Download:
    return Download(model=profile, phase=download.phase, done=download.done, total=download.total)
