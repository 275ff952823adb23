"""One model call as a role makes it: pieces out as they come, a Reply at the end.

A small model can fall into a loop and say one phrase until its cap. The call is ended then, and
the Reply holds the phrase once.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from engine.events import Usage
from engine.llm.backend import Backend, Cancel, Finish, Kind, Message, Sampling


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call gave, complete."""

    text: str
    usage: Usage
    finish: Finish
    mean_logprob: float | None


Speech = Generator[str, None, Reply]
"""Yields text as it is decoded, returns the Reply."""


_LOOP = re.compile(r"(.{12,200}?)\1{2,}", re.DOTALL)
"""A phrase said three times without a pause."""
_TAIL = 700
"""Characters at the end of a text in which a loop is looked for."""


@dataclass(slots=True)
class _Ended:
    """The user's cancel, or a loop."""

    cancel: Cancel | None
    looped: bool = False

    def is_set(self) -> bool:
        return self.looped or (self.cancel is not None and self.cancel.is_set())


def speak(
    backend: Backend,
    messages: Sequence[Message],
    sampling: Sampling,
    *,
    kind: Kind,
    stop: Sequence[str] = (),
    cancel: Cancel | None = None,
) -> Speech:
    """Run one call to its end."""
    text, usage, logprob = "", Usage(), None
    finish: Finish = "stop"
    ended = _Ended(cancel)
    for piece in backend.stream(messages, sampling, kind=kind, stop=stop, cancel=ended):
        if piece.text:
            text += piece.text
            ended.looped = _LOOP.search(text[-_TAIL:]) is not None
            yield piece.text
        if piece.finish:
            usage = piece.usage or Usage()
            finish = "cap" if ended.looped and piece.finish == "cancelled" else piece.finish
            logprob = piece.mean_logprob
    return Reply(without_loops(text), usage, finish, logprob)


def without_loops(text: str) -> str:
    """Each phrase that is said three times or more in a row, once."""
    return _LOOP.sub(r"\1", text)
