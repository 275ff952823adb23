"""The drafts of one visit to the settings: undo and redo. Pure.

Not responsible for changes that were applied (argo_tui.settings.undo).
"""

from __future__ import annotations

from dataclasses import dataclass

from argo_tui.settings.draft import Draft


@dataclass(frozen=True, slots=True)
class History:
    """The draft there is, those before it, and those that were taken back."""

    now: Draft
    past: tuple[Draft, ...] = ()
    future: tuple[Draft, ...] = ()
    """The next one first."""

    def take(self, draft: Draft) -> History:
        """On to another draft; what was taken back is gone. The same one changes nothing."""
        return self if draft is self.now else History(draft, (*self.past, self.now))

    def undo(self) -> History:
        """A draft back; itself where there is none."""
        if not self.past:
            return self
        return History(self.past[-1], self.past[:-1], (self.now, *self.future))

    def redo(self) -> History:
        """A draft forward again; itself where none was taken back."""
        if not self.future:
            return self
        return History(self.future[0], (*self.past, self.now), self.future[1:])
