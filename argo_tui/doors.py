"""The screens that open over the chat: what each is given, and what it leaves behind.

Screens are imported when they are opened, for the first frame must not wait for them. Not
responsible for carrying out what a screen leaves behind (argo_tui.app).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from textual.app import App

from argo_tui.jumps import Jump, targets
from argo_tui.parts import Parts
from argo_tui.run_view import RunView
from argo_tui.run_wish import RunWish
from argo_tui.widgets.sources import presentable
from engine.config import Settings
from engine.layers import Configuration, read
from engine.paths import Home

if TYPE_CHECKING:
    from argo_tui.screens.compare import CompareScreen
    from engine.comparison.contender import Contender


class Doors:
    """Opens screens on an app. The waiting ones are called from a worker."""

    def __init__(self, app: App[Any], parts: Parts, home: Home) -> None:
        self._app = app
        self._parts = parts
        self._home = home
        self.comparison: CompareScreen | None = None

    def passage(self, view: RunView, number: int, quotes: Sequence[str] = ()) -> None:
        """One passage in full, `quotes` or else all that was cited of it marked.

        Nothing where the run has none of that number.
        """
        from argo_tui.screens.passage import PassageScreen

        if passage := view.passages().get(number):
            marked = quotes or view.quotes(number)
            self._app.push_screen(PassageScreen(presentable(passage), marked))

    async def jump(self, view: RunView) -> Jump | None:
        """Where in a run to go."""
        from argo_tui.screens.jump import JumpScreen

        return await self._app.push_screen_wait(JumpScreen(targets(view)))

    async def confirm(self, title: str, text: str, yes: str, no: str) -> bool:
        """Whether the user says yes."""
        from argo_tui.screens.confirm import ConfirmScreen

        return await self._app.push_screen_wait(ConfirmScreen(title, text, yes, no))

    async def settings(
        self, configuration: Configuration, *, running: bool, at: str = ""
    ) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
        """What was changed, by dotted key; where it was saved, the user's file before that.

        `at`: the group or key to start at. Raises ConfigError.
        """
        from argo_tui.screens.settings import SettingsScreen

        statuses = self._parts.statuses(configuration.settings)
        screen = SettingsScreen(configuration, statuses, self._home, running, at)
        file = read(self._home.settings)
        changes = await self._app.push_screen_wait(screen)
        return changes or {}, file if screen.saved else None

    async def runs(self, settings: Settings) -> RunWish | None:
        """What is wanted of a recorded run. Raises StoreError."""
        from argo_tui.screens.runs import RunsScreen
        from engine.runs import RunStore

        able = [each.profile for each in self._parts.statuses(settings) if each.can_run]
        with closing(RunStore.open(self._home.runs)) as store:
            return await self._app.push_screen_wait(RunsScreen(store, profiles=able))

    def replay(self, run: str) -> None:
        """A recorded run, as it went. Raises StoreError."""
        from argo_tui.screens.replay import ReplayScreen

        self._app.push_screen(ReplayScreen(self._parts.recorded(run), run))

    async def contenders(self, settings: Settings, here: str) -> tuple[Contender, ...] | None:
        """Whom to compare; None for nobody. `here` is the profile in use."""
        from argo_tui.screens.contenders import ContendersScreen
        from engine.strategies import SAYS

        able = [each.profile for each in self._parts.statuses(settings) if each.can_run]
        others = [name for name in able if name != here]
        pair = [here, others[0]] if here and others else [f"{here}:mdp", f"{here}:one_shot"]
        screen = ContendersScreen(", ".join(pair), able, tuple(SAYS.items()))
        return await self._app.push_screen_wait(screen)

    async def compare(
        self, chosen: Sequence[Contender], flags: Mapping[str, Any], question: str
    ) -> None:
        """Until it is left. Raises ArgoError where a contender cannot run."""
        from argo_tui.compare.opened import opened
        from argo_tui.screens.compare import CompareScreen

        with opened(chosen, self._home, self._parts, flags) as stage:
            self.comparison = CompareScreen([one.label for one in chosen], stage, question=question)
            await self._app.push_screen_wait(self.comparison)

    @property
    def left_behind(self) -> bool:
        """Whether a comparison's model was still being loaded when it was left."""
        return self.comparison is not None and self.comparison.left_behind

    async def policy(
        self, settings: Settings, view: RunView | None, profile: str
    ) -> Mapping[str, Any]:
        """What to change in the settings, by dotted key."""
        from argo_tui.screens.policy import PolicyScreen

        name = view.started.profile if view and view.started else profile
        screen = PolicyScreen(
            settings, view, profile=profile, seconds=lambda: self._parts.seconds(name)
        )
        return await self._app.push_screen_wait(screen) or {}
