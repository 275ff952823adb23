"""The reasoner: combine the findings so far, or speak from the model's own knowledge."""

from __future__ import annotations

from collections.abc import Sequence

from engine.llm.backend import Message
from engine.roles.decompose import listed
from engine.roles.prompt import PromptSet

UNKNOWN = "Not known"
"""What the prompts ask the model to write where it has no answer of its own."""


def messages(prompts: PromptSet, question: str, findings: Sequence[str]) -> list[Message]:
    """Over the findings where there are any, else the model's own knowledge."""
    if findings:
        return prompts.reason.messages(question=question, findings=listed(findings))
    return prompts.recall.messages(question=question)
