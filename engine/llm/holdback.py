"""Filters over streamed text that hold back what is not decided yet.

Whatever the pieces are cut like, the output joined is the same as of the whole text at once.
Not responsible for what is removed (engine.text.clean) or for tokens (engine.llm.detokenise).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.text import clean

# Everything that can begin an escape sequence. None of them reaches past the end of its line.
_INTRODUCER = re.compile("[\x1b\x90\x98\x9b\x9d-\x9f]")


class Cleaner:
    """`clean`, for text in pieces: from an introducer on, a line waits for its end."""

    def __init__(self) -> None:
        self._held = ""

    def push(self, text: str) -> str:
        """Clean text that nothing later can change."""
        text = self._held + text
        cut = len(text) - text.endswith("\r")  # the other half of a line ending may follow
        line = max(text.rfind("\n", 0, cut), text.rfind("\r", 0, cut)) + 1
        if found := _INTRODUCER.search(text, line, cut):
            cut = found.start()
        self._held = text[cut:]
        return clean(text[:cut])

    def flush(self) -> str:
        """The rest, cleaned."""
        text, self._held = self._held, ""
        return clean(text)


class StopStrings:
    """Ends the text before the first stop string, also one that spans pieces.

    First means: complete first. Of two that end together, the longer.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self.found = False

    def push(self, text: str) -> str:
        """Text that is certainly before any stop string. Empty once one was found."""
        if self.found:
            return ""
        text = self._held + text
        if (start := self._match(text)) is not None:
            self.found, self._held = True, ""
            return text[:start]
        keep = self._beginning(text)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def flush(self) -> str:
        """What was held back and turned out not to be a stop string."""
        text, self._held = self._held, ""
        return text

    def _match(self, text: str) -> int | None:
        ends = [(at + len(stop), at) for stop in self._stops if (at := text.find(stop)) >= 0]
        return min(ends)[1] if ends else None

    def _beginning(self, text: str) -> int:
        """Length of the longest suffix with which a stop string may begin."""
        longest = max((len(stop) - 1 for stop in self._stops), default=0)
        for size in range(min(longest, len(text)), 0, -1):
            if any(stop.startswith(text[-size:]) for stop in self._stops):
                return size
        return 0
