"""What the step pane says before there are steps: what the three actions mean.

Not responsible for the steps (argo_tui.widgets.step_tree).
"""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from argo_tui.widgets.ink import OF_ACTION, Ink, content
from engine.events import Action

MEANING = {
    Action.RETRIEVE: "write a sub-query, search, read",
    Action.REASON: "combine what is known so far",
    Action.STOP: "write the answer",
}


def note() -> Content:
    """The three actions in their colours."""
    lines = [content([("Each question becomes steps. The policy picks", Ink.MUTED)])]
    lines.append(content([("the action with the largest Q:", Ink.MUTED)]))
    lines.append(Content(""))
    for action, text in MEANING.items():
        pieces = [(f"{action.value:<10}", OF_ACTION[action]), (text, Ink.MUTED)]
        lines.append(content(pieces))
    return Content("\n").join(lines)


class SideNote(Static):
    """Shown until the first step."""

    def __init__(self) -> None:
        super().__init__(note(), id="note")
