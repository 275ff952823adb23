"""Why one source failed. Not shown by itself: the next source is tried first.

Not responsible for what the user reads in the end (engine.models.fetch).
"""

from __future__ import annotations


class SourceError(Exception):
    """One source could not deliver; the message is the reason."""
