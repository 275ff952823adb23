"""The App: starts the engine thread, carries wishes between screens and engine, sets the theme.

Thin: what is shown is the screens' business, getting a model ready is model_desk's, threads are
in the bridge. Imports no torch; the first frame comes before it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from argo_tui.terminal import calm, quiet

os.environ.update(calm(os.environ))  # Textual reads these when it is imported.

from textual import on, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen

from argo_tui.bridge import Bridge
from argo_tui.clipboard import answer_text, save
from argo_tui.model_desk import ModelDesk
from argo_tui.parts import Parts, real_parts
from argo_tui.reports import Happened, Report
from argo_tui.screens.chat import ChatScreen
from argo_tui.session_flags import after, needs_reload
from argo_tui.theme_watch import ThemeWatch
from argo_tui.themes import load_themes
from argo_tui.trace import mark
from argo_tui.widgets.ink import Ink
from engine.errors import ArgoError
from engine.layers import Configuration, load
from engine.paths import Home, shipped


class ArgoApp(App[None]):
    """argo-tui on the screen."""

    TITLE = "argo-tui"
    CSS_PATH = "styles/app.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", id="app.help", priority=True),
        Binding("f2", "settings", "Settings", id="app.settings", priority=True),
        Binding("f3", "runs", "Runs", id="app.runs", priority=True),
        Binding("ctrl+b", "switch_profile", "Next profile", id="app.switch", priority=True),
        Binding("ctrl+r", "retry", "Load the model again", id="app.retry", priority=True),
        Binding("f8", "stop_download", "Stop the download", id="app.stop_download"),
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
        super().__init__()
        self.configuration = configuration
        self.crash: Path | None = None
        self._home = home
        self._parts = parts
        self._flags: dict[str, Any] = dict(flags or {})
        self._bridge = Bridge(parts.open_engine, parts.open_recorder, parts.report_crash)
        self._theme_directories = (shipped("themes"), home.themes)
        self._watch = ThemeWatch(self._theme_directories)
        self._chat = ChatScreen(parts.clock, parts.memory, configuration.settings.budget_s)
        self._desk = ModelDesk(
            parts,
            self._bridge,
            home,
            show=self._chat.show_model,
            say=lambda text: self._chat.say(text, Ink.WARN),
            confirm=self._ask_yes_no,
        )
        self._clashes: set[str] = set()

    # ------------------------------------------------------------------ start and end

    def on_mount(self) -> None:
        """The first frame; everything slow comes after it."""
        self._load_themes(self.configuration.settings.theme)
        self._set_keys()
        self.push_screen(self._chat)
        self._chat.call_after_refresh(self._after_first_frame)

    def _after_first_frame(self) -> None:
        mark("first_frame")
        self._bridge.start()
        self.set_interval(1 / self.configuration.settings.screen.refresh_hz, self._drain)
        self.set_interval(1.0, self._reload_changed_themes)
        self._begin()

    @work(group="models")
    async def _begin(self) -> None:
        settings = self.configuration.settings
        await self._desk.use(settings, self._flags, settings.profile)
        if behind := os.environ.get("ARGO_BACKGROUND_FETCH"):
            await self._desk.fetch_behind(settings, behind)

    async def action_quit(self) -> None:
        """Stop the token, wait for the thread, leave."""
        self._desk.stop_fetching()
        self._bridge.close()
        self.exit()

    def _fatal_error(self) -> None:
        # Textual would print local variables, which are questions and documents.
        error = sys.exc_info()[1]
        if error is not None:
            self.crash = self._parts.report_crash(error)
        self._close_messages_no_wait()

    # ------------------------------------------------------------------ from the engine

    def _drain(self) -> None:
        if reports := self._bridge.drain():
            self.post_message(self.Drained(reports))

    def on_argo_app_drained(self, message: Drained) -> None:
        """Hand each report to whom it concerns."""
        happened = []
        for report in message.reports:
            if isinstance(report, Happened):
                happened.append(report)
            else:
                self._desk.take(report)
                if self._desk.state.ready:
                    mark("ready")
        if happened:
            self._chat.take(happened)

    # ------------------------------------------------------------------ from the chat

    @on(ChatScreen.Asked)
    def _asked(self, message: ChatScreen.Asked) -> None:
        self._bridge.ask(message.run, message.question, message.options)

    @on(ChatScreen.Stopped)
    def _stopped(self, message: ChatScreen.Stopped) -> None:
        self._bridge.cancel(message.run)

    @on(ChatScreen.Exported)
    def _exported(self, message: ChatScreen.Exported) -> None:
        view = message.view
        text = answer_text(view)
        try:
            path = save(self._home.data / "answers", view.question, text)
        except OSError as error:
            self._chat.say(f"The answer could not be saved: {error.strerror}", Ink.BAD)
            return
        if message.copy:
            self.copy_to_clipboard(text)
            self._chat.say(f"sent to the terminal's clipboard, and saved in {path}")
        else:
            self._chat.say(f"saved in {path}")

    @on(ChatScreen.PassageWanted)
    def _passage_wanted(self, message: ChatScreen.PassageWanted) -> None:
        from argo_tui.screens.passage import PassageScreen

        if passage := message.view.passages().get(message.number):
            self.push_screen(PassageScreen(passage, message.view.quotes(message.number)))

    async def _ask_yes_no(self, title: str, text: str, yes: str, no: str) -> bool:
        from argo_tui.screens.confirm import ConfirmScreen

        return await self.push_screen_wait(ConfirmScreen(title, text, yes, no))

    # ------------------------------------------------------------------ actions

    def action_help(self) -> None:
        """Keys that work now."""
        from argo_tui.screens.help import HelpScreen

        self.push_screen(HelpScreen.of(self.screen))

    @work(group="screens", exclusive=True)
    async def action_settings(self) -> None:
        """Change settings; they are in force when the screen closes."""
        from argo_tui.screens.settings import SettingsScreen

        statuses = self._parts.statuses(self.configuration.settings)
        running = self._chat.running() is not None
        screen = SettingsScreen(self.configuration, statuses, self._home, running)
        changes = await self.push_screen_wait(screen)
        if changes:
            await self._apply(changes, saved=screen.saved)

    async def _apply(self, changes: Mapping[str, Any], *, saved: bool) -> None:
        self._flags = after(self._flags, changes, saved=saved)
        self.configuration = load(self._home, flags=self._flags)
        settings = self.configuration.settings
        self._chat.budget_s = settings.budget_s
        self._load_themes(settings.theme)
        self._set_keys()
        if needs_reload(changes):
            await self._desk.use(settings, self._flags, settings.profile)

    @work(group="screens", exclusive=True)
    async def action_runs(self) -> None:
        """Recorded runs; one of them may be shown again."""
        from argo_tui.screens.runs import RunsScreen
        from engine.runs import RunStore

        try:
            store = RunStore.open(self._home.runs)
        except ArgoError as error:
            self._chat.say(str(error), Ink.BAD)
            return
        try:
            if run := await self.push_screen_wait(RunsScreen(store, self._home.data / "answers")):
                self._chat.replay(run, store.events(run))
        finally:
            store.close()

    @work(group="models")
    async def action_switch_profile(self) -> None:
        """To the model that has just arrived, else to the next that can run."""
        settings = self.configuration.settings
        if profile := self._desk.next_profile(settings):
            await self._desk.use(settings, self._flags, profile)
        else:
            self._chat.say("No other model is here. f2 lists them all.")

    @work(group="models")
    async def action_retry(self) -> None:
        """Once more from the beginning: choose, fetch, load."""
        settings = self.configuration.settings
        await self._desk.use(settings, self._flags, self._desk.state.profile or settings.profile)

    def action_stop_download(self) -> None:
        """End the background fetch."""
        if self._desk.stop_fetching():
            self._chat.say("download stopped; it goes on from there another time")

    @work(group="models")
    async def fetch_profile(self, profile: str) -> None:
        """From the palette."""
        await self._desk.fetch_asked(self.configuration.settings, profile)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every action by its name, every theme, every model that could be fetched."""
        for node, binding, enabled, _ in screen.active_bindings.values():
            if enabled and binding.description:
                run = partial(self.run_action, binding.action, node)
                key = self.get_key_display(binding)
                yield SystemCommand(binding.description, key, run)
        for name in self.available_themes:
            yield SystemCommand(f"Theme {name}", "for this session", partial(self._wear, name))
        for status in self._parts.statuses(self.configuration.settings):
            if status.directory is None:
                fetch = partial(self.fetch_profile, status.profile)
                yield SystemCommand(f"Fetch {status.profile}", status.title, fetch)

    # ------------------------------------------------------------------ theme and keys

    def _wear(self, name: str) -> None:
        self.theme = name

    def _load_themes(self, wanted: str) -> None:
        themes, messages = load_themes(self._theme_directories)
        for name in set(self.available_themes) - set(themes):
            self.unregister_theme(name)
        for theme in themes.values():
            self.register_theme(theme)
        if wanted not in themes:
            messages = (*messages, f"There is no theme «{wanted}».")
            wanted = self.theme if self.theme in themes else next(iter(themes))
        if self.theme == wanted:
            self.mutate_reactive(App.theme)
        self.theme = wanted
        for message in messages:
            self.notify(Content(message).plain, severity="warning", markup=False)

    def _reload_changed_themes(self) -> None:
        if self._watch.changed():
            self._load_themes(self.theme)

    def _set_keys(self) -> None:
        self._clashes.clear()
        self.set_keymap(self.configuration.settings.screen.keys)

    def handle_bindings_clash(self, clashed_bindings: set[Binding], node: Any) -> None:
        """Two actions on one key: say so, once."""
        names = ", ".join(sorted(binding.id or binding.action for binding in clashed_bindings))
        if names not in self._clashes:
            self._clashes.add(names)
            self.notify(f"These share a key: {names}", severity="warning", markup=False)


def run(flags: Mapping[str, Any] | None = None) -> int:
    """Run the program; the exit status. `flags` are dotted keys."""
    home = Home.find()
    try:
        configuration = load(home, flags=flags)
    except ArgoError as error:
        sys.stderr.write(f"argo-tui: {error}\n")
        return 1
    app = ArgoApp(configuration, home, real_parts(home), flags)
    with quiet(home.data / "log" / "native.log"):
        app.run()
    if app.crash:
        sys.stderr.write(f"argo-tui stopped on a defect. The report: {app.crash}\n")
        return 1
    return app.return_code or 0
