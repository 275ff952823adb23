"""A passage cut down to the sentences around what was asked.

Not responsible for choosing passages (the store) or for the length of the window (settings).
"""

from __future__ import annotations

from engine.retrieval.index_text import lexical_query, words
from engine.retrieval.sentences import sentences


def window(text: str, query: str, count: int) -> str:
    """The `count` neighbouring sentences that hold most words of the query; all for 0.

    The result is literally part of the text. Of equals the first is taken.
    """
    parts = sentences(text)
    if not 0 < count < len(parts):
        return text
    asked = set(lexical_query(query).lower().split())
    held = [asked.intersection(word.lower() for word in words(part)) for part in parts]
    starts = range(len(parts) - count + 1)
    best = max(starts, key=lambda start: len(set().union(*held[start : start + count])))
    return "".join(parts[best : best + count]).strip()
