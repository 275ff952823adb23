"""Prompt lookup: tokens that will probably come next, copied from where the last ones stood before.

A grounded answer copies spans of its passages. A draft is verified in one forward, which costs
little more than one token, and only what the model would have said is kept: the text is the same.
Not responsible for verifying (engine.llm.decode).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_LONG: Final = 3
"""Tokens that must have stood together before, at best."""
_SHORT: Final = 2
"""The least."""
_EMPTY_ROUNDS: Final = 3
"""Rejected drafts in a row after which only long matches are tried."""


class Lookup:
    """The prompt and the answer so far, indexed by runs of tokens.

    Matches in the prompt come before those in the answer, late ones before early ones: the passages
    and the question stand at the end of a prompt, the examples at its start.
    """

    def __init__(self, prompt: Sequence[int], most: int) -> None:
        self._most = most
        self._ids = list(prompt)
        self._prompt = len(prompt)
        self._after: dict[tuple[int, ...], int] = {}
        """Where the tokens after a run stand."""
        self._size = max(1, most // 2)
        self._rejected = 0
        for at in range(len(prompt) if most else 0):
            self._index(at)

    def add(self, token: int) -> None:
        """The answer goes on with this token."""
        self._ids.append(token)
        # A run is known once something follows it: the newest one would only find itself.
        if self._most and (at := len(self._ids) - 2) >= self._prompt - 1:
            self._index(at)

    def draft(self, room: int) -> list[int]:
        """Up to `room` tokens that may come next; often none."""
        most = min(self._size, room)
        if most < 1:
            return []
        lengths = (_LONG,) if self._rejected >= _EMPTY_ROUNDS else (_LONG, _SHORT)
        for length in lengths:
            at = self._after.get(tuple(self._ids[-length:]))
            if at is not None:
                return self._ids[at : at + most]
        return []

    def verified(self, drafted: int, accepted: int) -> None:
        """Longer drafts after one that was right to its end, short ones after a wrong one."""
        if accepted == drafted:
            self._size, self._rejected = self._most, 0
        elif accepted == 0:
            self._size = max(1, self._most // 2)
            self._rejected += 1
        else:
            self._rejected = 0

    def _index(self, at: int) -> None:
        """The runs that end at `at`, and what follows them."""
        for length in (_LONG, _SHORT):
            if at + 1 >= length and at + 1 < len(self._ids):
                run = tuple(self._ids[at + 1 - length : at + 1])
                known = self._after.get(run, len(self._ids))
                if at + 1 < self._prompt or known >= self._prompt:
                    self._after[run] = at + 1
