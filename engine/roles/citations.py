"""Citation numbers between a prompt and a run.

A prompt numbers its passages from 1, as in its examples; a run numbers passages as they are first
retrieved. `Renumber` translates while text streams. Not responsible for whether a citation
holds (engine.grounding).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_CITATION = re.compile(r"\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_OPEN = re.compile(r"\[[\d\s,;]*$")


@dataclass(slots=True)
class Renumber:
    """Translate prompt numbers to run numbers; a number that points nowhere is removed."""

    numbers: Sequence[int]
    """Run numbers, by position in the prompt."""
    removed: int = 0
    _held: str = field(default="", init=False)

    def feed(self, piece: str) -> str:
        """Text that can be shown now; an unfinished «[1» is held back."""
        text = self._held + piece
        if found := _OPEN.search(text):
            self._held, text = text[found.start() :], text[: found.start()]
        else:
            self._held = ""
        return _CITATION.sub(self._translate, text)

    def rest(self) -> str:
        """What was held back at the end of the stream."""
        held, self._held = self._held, ""
        return "" if _OPEN.fullmatch(held) and len(held) > 1 else held

    def _translate(self, match: re.Match[str]) -> str:
        kept: list[int] = []
        for number in map(int, re.findall(r"\d+", match[1])):
            if 1 <= number <= len(self.numbers):
                kept.append(self.numbers[number - 1])
            else:
                self.removed += 1
        return "".join(f"[{number}]" for number in dict.fromkeys(kept))
