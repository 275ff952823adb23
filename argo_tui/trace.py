"""Marks for measuring the start: a name and a monotonic time, one line each.

Written to the file named by ARGO_TRACE, and nowhere without it. Not responsible for spans of a
run (engine.timing).
"""

from __future__ import annotations

import os
import time
from pathlib import Path


def mark(name: str) -> None:
    """Append `name nanoseconds` (CLOCK_MONOTONIC)."""
    if path := os.environ.get("ARGO_TRACE"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{name} {time.monotonic_ns()}\n")
