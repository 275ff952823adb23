"""Ask for a download where a profile's weights are missing and somebody is there to answer.

Not responsible for the download (argo_tui.commands.models) or the choice of profile
(engine.models.registry).
"""

from __future__ import annotations

import sys

from argo_tui.guard import CANCELLED, OK
from engine.config import Settings
from engine.errors import ModelError
from engine.paths import Home


def ensure_weights(settings: Settings, home: Home, *, may_ask: bool) -> None:
    """Return when the profile in force can be loaded. Raises ModelError, with the remedy."""
    from engine.models.registry import select

    try:
        select(settings, home, settings.profile)
    except ModelError:
        watched = sys.stdin.isatty() and sys.stderr.isatty()
        if not (may_ask and watched and _fetched(settings, home)):
            raise


def _fetched(settings: Settings, home: Home) -> bool:
    from engine.models.registry import statuses

    named = settings.profile
    missing = [
        status
        for status in statuses(settings, home)
        if status.directory is None and status.bytes and named in ("auto", status.profile)
    ]
    if not missing:
        return False
    # The smallest is there soonest; who wants another one names it.
    wanted = min(missing, key=lambda status: status.bytes)
    size = f"{wanted.bytes / 1e6:,.0f} MB"
    _say(f"No weights for «{named}» yet. Fetch {wanted.title} ({size}, {wanted.licence})? [Y/n] ")
    reply = sys.stdin.readline()
    if not reply or reply.strip().lower() not in ("", "y", "yes"):
        return False
    from argo_tui.commands.models import fetch_model

    code = fetch_model(wanted.profile)
    if code == CANCELLED:
        raise KeyboardInterrupt
    return code == OK


def _say(text: str) -> None:
    print(text, end="", file=sys.stderr, flush=True)  # noqa: T201
