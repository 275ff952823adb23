"""The restater: a follow-up and the question before it in, one question that needs no other out.

What the model writes is checked in code: a restated question that loses a name, or brings one in,
would ruin an answer. Not responsible for deciding that there is anything to restate
(engine.followup).
"""

from __future__ import annotations

import re
from typing import Final

from engine.followup_words import FUNCTION, VERBS, literals, stem, tokens
from engine.llm.backend import Message
from engine.roles.decompose import tidy
from engine.roles.prompt import PromptSet

LONGEST: Final = 300
"""Characters of a restated question, and of the earlier one as the model sees it."""

_QUESTION = re.compile(
    r"(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|may"
    r"|must|should|will|would|has|have|in|on|at|for|to|from|with|by|explain|describe|compare|list"
    r"|name|define)\b",
    re.I,
)
_LABEL = re.compile(r"^(?:follow-?up|question|restated|rewritten)(?: question)?\s*:\s*", re.I)
_ASKING: Final = frozenset("why when where who how".split())
_LITTLE: Final = frozenset(map(stem, VERBS))
_NEW: Final = 1
"""Words that the model may add besides those that say little."""


def messages(prompts: PromptSet, question: str, earlier: str) -> list[Message]:
    """The call."""
    return prompts.restate.messages(question=question, earlier=earlier)


def tidied(line: str) -> str:
    """One clean line, without a label."""
    return _LABEL.sub("", tidy(line)).strip()


def holds(restated: str, question: str, earlier: str) -> bool:
    """Whether a restated question asks for what the follow-up asks, of what was asked about."""
    if not restated or "\n" in restated or len(restated) > LONGEST:
        return False
    if not _QUESTION.match(restated) or restated.rstrip("?").lower() == earlier.lower().rstrip("?"):
        return False
    said, asked, known = (literals(text) for text in (restated, question, earlier))
    if not set(asked) <= set(said) or not set(said) <= {*asked, *known}:
        return False
    new, follow, before = (_words(text) for text in (restated, question, earlier))
    if not follow <= new or not new & before - follow:
        return False
    # «Why?» is about the whole question before it.
    if not follow and not before - _LITTLE <= new:
        return False
    whys = {token.low for token in tokens(question)} & _ASKING
    added = {word for word in new - follow - before if word not in _LITTLE}
    return len(added) <= _NEW and whys <= {token.low for token in tokens(restated)}


def _words(text: str) -> set[str]:
    return {stem(word.text) for word in tokens(text) if word.low not in FUNCTION}


def beside(question: str, earlier: str) -> str:
    """Both questions as one text to search for and to read, where neither can be rewritten."""
    return f"{question.rstrip(' ?!.')} ({earlier})"


def shortened(earlier: str) -> str:
    """The earlier question on one line, cut between words where it is long."""
    line = " ".join(earlier.split())
    return line if len(line) <= LONGEST else line[:LONGEST].rpartition(" ")[0]
