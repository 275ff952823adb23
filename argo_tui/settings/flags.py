"""What a change of settings means for the running program. Pure.

Not responsible for the layers (engine.layers) or for carrying a change out (argo_tui.app).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ENGINE_FREE = ("theme", "budget_s", "ask_before_mb")
"""Settings that the engine reads never, or with each question."""


def after(flags: Mapping[str, Any], changes: Mapping[str, Any], *, saved: bool) -> dict[str, Any]:
    """The flags in force after a change: a saved value needs no flag, a reset one loses it."""
    kept = {key: value for key, value in flags.items() if key not in changes}
    if saved:
        return kept
    return kept | {key: value for key, value in changes.items() if value is not None}


def needs_reload(changes: Mapping[str, Any]) -> bool:
    """Whether the engine must be opened again."""
    return any(
        key not in ENGINE_FREE and not key.startswith(("screen.", "presets.")) for key in changes
    )
