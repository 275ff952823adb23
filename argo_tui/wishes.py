"""What the chat asks of the App. Messages only.

Not responsible for carrying them out (argo_tui.app).
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from argo_tui.run_view import RunView


@dataclass(frozen=True, slots=True)
class Before:
    """The turn before a question. It may still run, so its question may not be understood yet."""

    run: str
    question: str
    """As it was understood, else as it was typed."""


class Asked(Message):
    """A question for the engine; `before` is what it may be a follow-up to."""

    def __init__(
        self, run: str, question: str, options: tuple[str, ...], before: Before | None = None
    ) -> None:
        self.run = run
        self.question = question
        self.options = options
        self.before = before
        super().__init__()


class Stopped(Message):
    """A run should end."""

    def __init__(self, run: str) -> None:
        self.run = run
        super().__init__()


class Exported(Message):
    """An answer should leave the screen: to a file, and with `copy` to the clipboard too."""

    def __init__(self, view: RunView, *, copy: bool) -> None:
        self.view = view
        self.copy = copy
        super().__init__()


class PassageWanted(Message):
    """A passage should be shown in full."""

    def __init__(self, view: RunView, number: int) -> None:
        self.view = view
        self.number = number
        super().__init__()


class ReplayWanted(Message):
    """A recorded run should be shown again, at its own speed."""

    def __init__(self, run: str) -> None:
        self.run = run
        super().__init__()
