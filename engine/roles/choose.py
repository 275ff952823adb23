"""Multiple choice from probabilities, never parsed out of prose."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Literal

from engine.events import Choice
from engine.llm.backend import Backend, Message
from engine.roles.decompose import listed, with_options
from engine.roles.prompt import PromptSet

_NUMBERED = re.compile(r"^\s*(?:\d+|[A-Da-d])\s*[.)]\s+")


def bare(option: str) -> str:
    """An option without its own number, so that it is never numbered twice."""
    return _NUMBERED.sub("", option).strip()


def messages(
    prompts: PromptSet, question: str, options: Sequence[str], findings: Sequence[str]
) -> list[Message]:
    """The prompt after which each option is scored."""
    return prompts.choose.messages(
        question=with_options(question, options), findings=listed(findings)
    )


def choose(
    backend: Backend,
    said: Sequence[Message],
    options: Sequence[str],
    by: Literal["labels", "texts"],
) -> Choice:
    """The most probable option; probabilities are a softmax over the options' log-probabilities."""
    marks = [str(n) for n in range(1, len(options) + 1)] if by == "labels" else list(options)
    scores = backend.score(said, marks)
    top = max(scores)
    weights = [math.exp(score - top) for score in scores]
    total = sum(weights)
    probabilities = tuple(weight / total for weight in weights)
    index = max(range(len(options)), key=probabilities.__getitem__)
    return Choice(index=index, option=options[index], probabilities=probabilities)
