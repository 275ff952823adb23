"""One model call as a role makes it: pieces out as they come, a Reply at the end."""

from __future__ import annotations

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
    parts: list[str] = []
    usage, logprob = Usage(), None
    finish: Finish = "stop"
    for piece in backend.stream(messages, sampling, kind=kind, stop=stop, cancel=cancel):
        if piece.text:
            parts.append(piece.text)
            yield piece.text
        if piece.finish:
            usage = piece.usage or Usage()
            finish = piece.finish
            logprob = piece.mean_logprob
    return Reply("".join(parts), usage, finish, logprob)
