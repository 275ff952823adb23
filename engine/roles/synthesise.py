"""The synthesiser: findings with their citations in, the final answer out."""

from __future__ import annotations

from collections.abc import Sequence

from engine.llm.backend import Message
from engine.roles.decompose import listed
from engine.roles.prompt import PromptSet


def messages(prompts: PromptSet, question: str, findings: Sequence[str]) -> list[Message]:
    """The call. Findings carry the run's own citation numbers."""
    return prompts.synthesise.messages(question=question, findings=listed(findings))
