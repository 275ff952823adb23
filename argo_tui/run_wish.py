"""What somebody wants of a recorded run. Not responsible for carrying it out (argo_tui.app)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Want(StrEnum):
    """What to do with the run."""

    SHOW = "show"
    """In the conversation, at once."""
    REPLAY = "replay"
    """As it went, on a screen of its own."""
    ASK = "ask"
    """Its question, once more."""


@dataclass(frozen=True, slots=True)
class RunWish:
    """A run and what is wanted of it."""

    kind: Want
    run: str
    question: str = ""
    """As it was typed; to ask again."""
    options: tuple[str, ...] = ()
    profile: str = ""
    """Whom to ask; empty for the profile in use."""
