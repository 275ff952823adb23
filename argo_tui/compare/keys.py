"""The keys of the comparison.

Not responsible for what they do (argo_tui.screens.compare).
"""

from __future__ import annotations

from textual.binding import Binding, BindingType

from argo_tui.compare.state import LETTERS

KEYS: list[BindingType] = [
    Binding("f4", "column(1)", "Next column", id="compare.column", priority=True),
    # A text area has f6 and f7 for itself, hence priority.
    Binding("f6", "mode", "Mode", id="compare.mode", priority=True),
    Binding("f7", "view", "Table", id="compare.view", priority=True),
    # ctrl+b is the prefix of tmux, so it is not the only key.
    Binding("f12,ctrl+b", "blind", "Blind", id="compare.blind", priority=True),
    Binding("f9", "export", "Export", id="compare.export", priority=True),
    Binding("left", "column(-1)", "Column before", id="compare.left", show=False),
    Binding("right", "column(1)", "Column after", id="compare.right", show=False),
    *(
        Binding(
            str(place + 1),
            f"vote({place})",
            f"Vote for {letter}",
            id=f"compare.vote_{letter.lower()}",
            show=False,
        )
        for place, letter in enumerate(LETTERS)
    ),
    Binding("escape", "stop", "Stop or leave", id="compare.stop"),
]
