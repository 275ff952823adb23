"""What the chat asks of the App. Messages only.

Not responsible for carrying them out (argo_tui.app).
"""

from __future__ import annotations

from textual.message import Message

from argo_tui.run_view import RunView


class Asked(Message):
    """A question for the engine."""

    def __init__(self, run: str, question: str, options: tuple[str, ...]) -> None:
        self.run = run
        self.question = question
        self.options = options
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
