"""A recorded run again, at its own speed: a demonstration without a GPU, a bug report to watch.

Not responsible for the record (engine.runs) or for showing events.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from engine.events import Event


async def play(events: Iterable[Event], show: Callable[[Event], None], skip: asyncio.Event) -> None:
    """Show each event when its time has come; at once from when `skip` is set."""
    at = 0
    for event in events:
        pause = (event.at_ns - at) / 1e9
        at = max(at, event.at_ns)
        if pause > 0 and not skip.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(skip.wait(), pause)
        show(event)
