"""An exception as part of a notice: its kind and its first line.

Libraries write whole reports into their exceptions, and a notice has one line. Not responsible for
our own errors (engine.errors).
"""

from __future__ import annotations


def reason(error: Exception) -> str:
    """`RuntimeError: no kernel image is available`; only the kind where it says nothing."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0].rstrip('.')}" if lines else type(error).__name__
