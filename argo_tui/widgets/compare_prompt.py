"""The prompt of a comparison: where a vote is open, a first digit is a vote and not a question.

The prompt takes its keys in order, so a digit after letters that are still on their way stays a
digit; a priority binding would overtake them. Not responsible for counting votes.
"""

from __future__ import annotations

from textual import events

from argo_tui.widgets.prompt import Prompt


class ComparePrompt(Prompt):
    """A prompt that also votes."""

    BINDING_GROUP_TITLE = "Question"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.ballots = 0
        """How many places can be voted for now."""

    async def _on_key(self, event: events.Key) -> None:
        if not self.text and event.key.isdecimal() and 1 <= int(event.key) <= self.ballots:
            event.stop()
            event.prevent_default()
            await self.run_action(f"screen.vote({int(event.key) - 1})")
            return
        await super()._on_key(event)
