"""What `ask` was asked for, and which questions are admitted at all.

Not responsible for asking (argo_tui.commands.ask, argo_tui.commands.batch).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from argo_tui.commands.options import STDIN
from argo_tui.guard import UsageError
from engine.argo import LONGEST_QUESTION
from engine.events import Event
from engine.layers import Configuration
from engine.llm.backend import Cancel
from engine.paths import Home
from engine.text import clean


class Answerer(Protocol):
    """What a command needs of the engine."""

    def answer(
        self,
        question: str,
        *,
        options: Sequence[str] = (),
        earlier: str | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[Event]:
        """The events of one run."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


Opener = Callable[[Configuration, Home, bool], Answerer]
"""The last argument: whether the user may be asked for a download."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for, besides settings."""

    question: str = ""
    options: tuple[str, ...] = ()
    after: str | None = None
    """The question before, where this one may be a follow-up to it."""
    json: bool = False
    quiet: bool = False
    no_input: bool = False
    record: bool = True
    batch: str | None = None
    out: Path | None = None
    resume: bool = True


def given(question: str) -> str:
    """A question of the command line; standard input's, where it was a lone dash."""
    if question != STDIN:
        return question
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def admit(question: str) -> str:
    """The question, cleaned. Raises UsageError where it is empty or too long."""
    text = clean(question).strip()
    if not text:
        raise UsageError(
            "the question is empty", remedy='Try: argo-tui ask "What is a near-RT RIC?"'
        )
    if len(text) > LONGEST_QUESTION:
        raise UsageError(
            f"the question has {len(text):,} characters; the limit is {LONGEST_QUESTION:,}",
            remedy="Shorten it, or ingest the text as a document.",
        )
    return text
