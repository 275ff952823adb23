"""«Is it answered?»: one forward, no decoding. The model's yes against its no.

Not responsible for whether it is asked at all (engine.config.Profile.judges).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from engine.llm.backend import Backend, Message
from engine.roles.decompose import listed
from engine.roles.prompt import PromptSet

_WORDS: Final = ("yes", "no")


def messages(prompts: PromptSet, question: str, findings: Sequence[str]) -> list[Message]:
    """The prompt after which yes and no are scored."""
    return prompts.answered.messages(question=question, findings=listed(findings))


def answered(backend: Backend, said: Sequence[Message]) -> float:
    """Probability of yes, 0 to 1: a softmax over the log-probabilities of both words."""
    yes, no = backend.score(said, _WORDS)
    return 1 / (1 + math.exp(min(no - yes, 700.0)))
