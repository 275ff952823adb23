"""The empty conversation teaches: what this is, what to ask, which keys matter.

Also shows how far the model is. Not responsible for asking (the screen does on `Picked`).
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from argo_tui.models.state import ModelState
from argo_tui.numbers import size
from argo_tui.widgets.ink import Ink, Piece, content

EXAMPLES = (
    "What does the A1 interface carry, and between whom?",
    "How fast are near-RT and non-RT RIC control loops?",
    "What does Split 7.2x leave in the radio unit?",
)
KEYS: list[Piece] = [
    ("esc esc", Ink.ACCENT),
    (" stop   ", Ink.MUTED),
    ("ctrl+j", Ink.ACCENT),
    (" new line   ", Ink.MUTED),
    ("↑", Ink.ACCENT),
    (" earlier question   ", Ink.MUTED),
    ("tab", Ink.ACCENT),
    (" move", Ink.MUTED),
]
PURPOSE = "Answers O-RAN questions from the documents, with citations, and shows every step."


def progress(share: float | None, text: str, cells: int = 32) -> list[Piece]:
    """A bar with its text; no bar where the share is unknown."""
    if share is None:
        return [("● ", Ink.ACCENT), (text, Ink.MUTED)]
    filled = round(max(0.0, min(share, 1.0)) * cells)
    return [
        ("━" * filled, Ink.ACCENT),
        ("━" * (cells - filled), Ink.FAINT),
        (f" {share * 100:3.0f} %  ", Ink.PLAIN),
        (text, Ink.MUTED),
    ]


def progress_of(state: ModelState) -> list[Piece]:
    """How far the model is; nothing once it is ready."""
    if state.trouble:
        return [("! ", Ink.WARN), (state.trouble, Ink.PLAIN)]
    download = state.download
    if download is not None and not state.ready:
        text = f"{download.model} · {download.phase}"
        if download.share is not None:
            text = f"fetching {download.model}, {size(download.total)}, once"
        return progress(download.share, text)
    return progress(None, state.doing()) if state.phase else []


class Welcome(Vertical):
    """Shown until the first question."""

    class Picked(Message):
        """An example was chosen."""

        def __init__(self, question: str) -> None:
            self.question = question
            super().__init__()

    def __init__(self, state: ModelState | None = None) -> None:
        super().__init__(id="welcome")
        self._line = Static(Content(""), id="state")
        self._first = state or ModelState()

    def compose(self) -> ComposeResult:
        """Purpose, examples, keys, state."""
        yield Static(content([("ARGO", Ink.STRONG)]), classes="name")
        yield Static(Content(PURPOSE), classes="purpose")
        options = [
            Option(content([(f"{number}  ", Ink.ACCENT), (question, Ink.PLAIN)]))
            for number, question in enumerate(EXAMPLES, 1)
        ]
        yield OptionList(*options, id="examples", compact=True)
        yield Static(content([("type a number and press enter", Ink.MUTED)]), classes="hint")
        yield Static(content(KEYS), classes="keys")
        yield self._line

    def on_mount(self) -> None:
        """What is known already."""
        self.say(self._first)

    def say(self, state: ModelState) -> None:
        """What the model is doing, or why there is none."""
        pieces = progress_of(state)
        self._line.update(content(pieces))
        self._line.display = bool(pieces)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Ask it."""
        event.stop()
        self.post_message(self.Picked(EXAMPLES[event.option_index]))
