"""Where quotes lie in a text. Pure.

Not responsible for choosing quotes (engine.grounding) or for marking them (screens.passage).
"""

from __future__ import annotations

import re
from collections.abc import Sequence


def find_quotes(text: str, quotes: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Spans [start, end) of the quotes in order of place, without overlaps.

    White space matches any white space, because a quote may have been joined across lines.
    A quote that is not in the text has no span; overlapping ones become one.
    """
    found: list[tuple[int, int]] = []
    for quote in quotes:
        words = [re.escape(word) for word in quote.split()]
        if words and (match := re.search(r"\s+".join(words), text)):
            found.append(match.span())
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
