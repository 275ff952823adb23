"""An answer after the check.

Not responsible for checking (engine.guard.check).
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.events import Citation, Sentence


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer after the check."""

    text: str
    """The sentences with the citations that hold, and no others."""
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    removed: int
    """Citations that the model wrote and that do not hold."""

    @property
    def grounded(self) -> bool:
        """Whether at least one sentence is supported."""
        return any(sentence.supported for sentence in self.sentences)
