"""Ask for a download where a profile's weights are missing and somebody is there to answer.

Not responsible for the download (engine.models.fetch) or the choice of profile
(engine.models.registry).
"""

from __future__ import annotations

import sys

from argo_tui.interrupt import stoppable
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
    from engine.models.fetch import FetchProgress, fetch
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
    if sys.stdin.readline().strip().lower() not in ("", "y", "yes"):
        _say("\n")
        return False

    def show(progress: FetchProgress) -> None:
        share = f" {progress.done / progress.total:.0%}" if progress.total else ""
        _say(f"\r\x1b[2K{progress.phase}{share} {progress.text}")

    with stoppable() as stop:
        fetch(wanted.profile, settings, home, progress=show, cancel=stop)
    _say("\r\x1b[2K")
    return True


def _say(text: str) -> None:
    print(text, end="", file=sys.stderr, flush=True)  # noqa: T201
