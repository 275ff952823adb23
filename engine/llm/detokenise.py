"""Token ids to text as they come, never splitting a character.

A byte-level token can end inside a UTF-8 character; such text waits for the rest. Not responsible
for cleaning the text or for stop strings (engine.llm.holdback).
"""

from __future__ import annotations

from tokenizers import Tokenizer

_INCOMPLETE = "\ufffd"


class Detokeniser:
    """One call's ids, and how far their text has been given out.

    Decodes a short window instead of the whole: ids before `start` are settled; those between
    `start` and `read` are already given out and only provide context for the tokenizer.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._start = 0
        self._read = 0

    def push(self, token: int) -> str:
        """The text that this token completes; empty inside a character."""
        self._ids.append(token)
        text, known = self._window()
        if text.endswith(_INCOMPLETE):
            return ""
        self._start, self._read = self._read, len(self._ids)
        return text[known:]

    def flush(self) -> str:
        """What is left; an unfinished character as U+FFFD."""
        text, known = self._window()
        self._start = self._read = len(self._ids)
        return text[known:]

    def _window(self) -> tuple[str, int]:
        known = self._decode(self._ids[self._start : self._read])
        return self._decode(self._ids[self._start :]), len(known)

    def _decode(self, ids: list[int]) -> str:
        return self._tokenizer.decode(ids, skip_special_tokens=True)
