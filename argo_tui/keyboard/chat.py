"""The keys of the chat, and which of them its last line names.

Not responsible for what they do (argo_tui.screens.chat, argo_tui.app).
"""

from __future__ import annotations

from textual.binding import Binding, BindingType

KEYS: list[BindingType] = [
    Binding("escape", "stop", "Stop", id="chat.stop"),
    Binding("f4", "steps", "Steps", id="chat.steps"),
    # A text area has f6 and f7 for itself, hence priority.
    Binding("f6", "app.compare", "Compare profiles", id="chat.compare", priority=True),
    Binding("f7", "app.policy", "Policy", id="chat.policy", priority=True),
    Binding("ctrl+g", "app.jump", "Jump", id="chat.jump", show=False, priority=True),
    Binding("f9", "replay", "Replay at its own speed", id="chat.replay", show=False),
    Binding("ctrl+n", "new", "New conversation", id="chat.new", show=False, priority=True),
    Binding("ctrl+y", "export(True)", "Copy answer", id="chat.copy", show=False, priority=True),
    Binding("ctrl+s", "export(False)", "Save answer", id="chat.save", show=False, priority=True),
    Binding("ctrl+up", "turn(-1)", "Turn before", id="chat.before", show=False, priority=True),
    Binding("ctrl+down", "turn(1)", "Turn after", id="chat.after", show=False, priority=True),
]

HINTS = (
    ("send", "send"),
    ("stop", "stop"),
    ("steps", "steps"),
    ("settings", "settings"),
    ("runs", "runs"),
    ("app.compare", "compare"),
    ("app.policy", "policy"),
    ("help", "help"),
    ("command_palette", "all commands"),
    ("quit", "quit"),
)
