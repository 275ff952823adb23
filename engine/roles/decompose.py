"""The decomposer: what to search for next. Never cuts inside «7.2x» or «O-RAN.WG4»."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.llm.backend import Message
from engine.roles.prompt import PromptSet

_LABEL = re.compile(r"^\s*(?:(?:search |sub-?)?query|search)\s*:\s*", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")


def messages(
    prompts: PromptSet,
    question: str,
    *,
    options: Sequence[str],
    findings: Sequence[str],
    searched: Sequence[str],
    failed: Sequence[str],
) -> list[Message]:
    """The call for the next sub-query. What failed is told, so that the tactic changes."""
    return prompts.decompose.messages(
        question=with_options(question, options),
        findings=listed(findings),
        searched=listed([q for q in searched if q not in failed]),
        failed=listed(failed),
    )


def tidy(line: str) -> str:
    """One clean line: no label, bullet or quotes. Punctuation inside stays."""
    first = next((part for part in line.splitlines() if part.strip()), "")
    bare = _BULLET.sub("", _LABEL.sub("", first)).strip()
    return bare.strip("\"'`«»“”").strip()


def with_options(question: str, options: Sequence[str]) -> str:
    """The question, followed by its options, numbered once."""
    if not options:
        return question
    return "\n".join([question, *(f"{n}. {text}" for n, text in enumerate(options, 1))])


def listed(items: Sequence[str]) -> str:
    """One item a line, or «none»."""
    return "\n".join(f"- {item}" for item in items) if items else "none"
