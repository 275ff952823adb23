"""Which profile should answer a question once more? A short list.

Not responsible for which profiles can run (engine.models.registry) or for asking.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from argo_tui.widgets.ink import Ink, content, one_line, shorten


class ProfileList(OptionList):
    """The list. Says what enter does here."""

    BINDING_GROUP_TITLE = "Profiles"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Ask this one", id="profiles.ask")
    ]


class AskAgainScreen(ModalScreen[str | None]):
    """Dismisses with the profile, or None."""

    CSS_PATH = "../styles/runs.tcss"
    BINDING_GROUP_TITLE = "Ask again"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="ask_again.leave"),
    ]

    def __init__(self, question: str, profiles: Sequence[str], asked: str) -> None:
        """`asked` is who answered it; the first other profile is proposed."""
        super().__init__()
        self._question = question
        self._profiles = tuple(profiles)
        self._asked = asked

    def compose(self) -> ComposeResult:
        """The question and whom to ask."""
        with Vertical(id="again"):
            yield Static("Ask again", id="again-title", markup=False)
            yield Static(Content(shorten(self._question, 400)), id="again-question")
            yield ProfileList(*self._options(), id="again-list", markup=False, compact=True)
            yield Static(
                content([("enter", Ink.ACCENT), (" ask   ", Ink.MUTED)])
                + content([("esc", Ink.ACCENT), (" leave", Ink.MUTED)]),
                id="again-keys",
            )

    def on_mount(self) -> None:
        """Another profile than before is proposed."""
        others = [place for place, name in enumerate(self._profiles) if name != self._asked]
        profiles = self.query_one("#again-list", OptionList)
        profiles.highlighted = others[0] if others else 0
        profiles.focus()

    def action_leave(self) -> None:
        """Ask nobody."""
        self.dismiss(None)

    @on(OptionList.OptionSelected, "#again-list")
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._profiles[event.option_index])

    def _options(self) -> list[Option]:
        before = Content.styled("  answered it before", "$text-muted")
        return [
            Option(Content(one_line(name, 40)) + (before if name == self._asked else Content("")))
            for name in self._profiles
        ]
