"""Whom to compare: two to four profiles, each with a strategy or caps of its own.

Not responsible for what a contender is (engine.comparison.contender) or for comparing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from argo_tui.widgets.ink import Ink, Piece, content
from engine.comparison.contender import Contender, contenders
from engine.errors import ConfigError


class ContendersScreen(ModalScreen[tuple[Contender, ...] | None]):
    """Dismisses with the contenders, or None."""

    CSS_PATH = "../styles/contenders.tcss"
    BINDING_GROUP_TITLE = "Whom to compare"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="contenders.leave"),
    ]

    def __init__(
        self, proposed: str, profiles: Sequence[str], strategies: Sequence[tuple[str, str]]
    ) -> None:
        """`proposed` stands in the field; `strategies` are names with what they do."""
        super().__init__()
        self._proposed = proposed
        self._profiles = profiles
        self._strategies = strategies

    def compose(self) -> ComposeResult:
        """Title, field, trouble, what can be named."""
        with Vertical(id="contenders"):
            yield Static("Compare", id="contenders-title", markup=False)
            yield Input(self._proposed, id="contenders-field", compact=True)
            yield Static("", id="contenders-trouble", markup=False)
            yield Static(content(self._help()), id="contenders-help", markup=False)

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one(Input).focus()

    def action_leave(self) -> None:
        """Compare nothing."""
        self.dismiss(None)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        try:
            chosen = contenders(event.value)
            for one in chosen:
                self._check(one.profile)
        except ConfigError as error:
            self.query_one("#contenders-trouble", Static).update(str(error))
            return
        self.dismiss(chosen)

    def _check(self, profile: str) -> None:
        if profile not in self._profiles:
            raise ConfigError(
                f"«{profile}» cannot run here",
                remedy=f"Take of: {', '.join(self._profiles)}; f2 fetches others.",
            )

    def _help(self) -> list[Piece]:
        pieces: list[Piece] = [
            ("Two to four, with commas: 0.5b, 1.5b-coder\n", Ink.PLAIN),
            (
                "One profile with two strategies or caps: 0.5b:mdp, 0.5b:one_shot:50/200\n\n",
                Ink.PLAIN,
            ),
            ("here   ", Ink.FAINT),
            (", ".join(self._profiles), Ink.MUTED),
        ]
        width = max(len(name) for name, _ in self._strategies)
        for name, says in self._strategies:
            pieces += [(f"\n{name:<{width}}  ", Ink.PLAIN), (says, Ink.MUTED)]
        return pieces
