"""Engines of several threads are opened one after the other.

transformers fills its module as names are first asked for, and two threads that do so at once get
an ImportError for a name that is there; and two models read at once need the most memory of both.
Not responsible for the threads (argo_tui.bridge).
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from argo_tui.edges import Engine, OpenEngine
from engine.layers import Configuration


def one_after_the_other(open_engine: OpenEngine) -> OpenEngine:
    """The same, but whoever comes while another one opens waits, and says so."""
    opening = threading.Lock()

    def opened(configuration: Configuration, profile: str, phase: Callable[[str], None]) -> Engine:
        if not opening.acquire(blocking=False):
            phase("waiting for the one before")
            opening.acquire()
        try:
            return open_engine(configuration, profile, phase)
        finally:
            opening.release()

    return opened
