"""The answer role: answer one sub-query from passages, or say that they do not hold the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.events import Passage
from engine.llm.backend import Message
from engine.roles.prompt import PromptSet

_SPACES = re.compile(r"\s+")


def messages(prompts: PromptSet, question: str, passages: Sequence[Passage]) -> list[Message]:
    """The call. Passages are numbered from 1 in the order given (engine.roles.citations)."""
    return prompts.answer.messages(passages=shown(prompts, passages), question=question)


def shown(prompts: PromptSet, passages: Sequence[Passage]) -> str:
    """All passages as the model sees them."""
    return "\n".join(
        _FIELD.sub(
            lambda m, n=number, p=passage: _field(m[1], n, p),  # type: ignore[misc]
            prompts.passage,
        )
        for number, passage in enumerate(passages, 1)
    )


_FIELD = re.compile(r"\{(number|place|text)\}")


def _field(name: str, number: int, passage: Passage) -> str:
    if name == "number":
        return str(number)
    if name == "place":
        return " › ".join(dict.fromkeys((passage.document, *passage.section)))
    return _SPACES.sub(" ", passage.excerpt or passage.text).strip()
