"""Prompt sets: the words of every role, one TOML file per model family in `engine/prompts/`.

The constant part (instruction, examples) comes first and the variable part last, so that the
cache of the longest common prefix is reused between calls. Values are put in place of `{name}` in
one pass, so braces inside a question or a passage are text.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from engine.errors import ConfigError
from engine.llm.backend import Message

_FIELD = re.compile(r"\{(\w+)\}")
_DIRECTORY = Path(__file__).parent.parent / "prompts"

Words = Annotated[str, Meta(min_length=1)]


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One worked exchange shown to the model."""

    user: Words
    assistant: Words


class Prompt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words of one role."""

    system: str = ""
    user: Words
    examples: tuple[Example, ...] = ()
    stop: tuple[str, ...] = ()

    def messages(self, **values: str) -> list[Message]:
        """The conversation for these values, ready for a chat template."""
        said = [Message("system", self.system)] if self.system else []
        for example in self.examples:
            said += [Message("user", example.user), Message("assistant", example.assistant)]
        return [*said, Message("user", _FIELD.sub(lambda m: values[m[1]], self.user))]


class PromptSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All roles of one model family."""

    no_answer: Words
    """What the answer role writes when the passages do not hold the answer."""
    passage: Words
    """One passage as the model sees it: {number}, {place}, {text}."""
    decompose: Prompt
    answer: Prompt
    reason: Prompt
    recall: Prompt
    """Reasoning with no findings: the model's own knowledge."""
    synthesise: Prompt
    choose: Prompt
    answered: Prompt
    """Whether findings answer a question: yes or no, scored and never decoded."""
    restate: Prompt
    """A follow-up as a question of its own: {earlier} is the question before it."""

    def constant(self, *, judges: bool = False) -> list[list[Message]]:
        """One call of each role in use; what they have before their last message is kept."""
        fields = ("passages", "question", "findings", "searched", "failed", "earlier")
        empty = dict.fromkeys(fields, "")
        roles = [self.answer, self.decompose, self.synthesise, self.restate]
        roles += [self.answered] if judges else []
        return [role.messages(**empty) for role in roles]


def load(name: str) -> PromptSet:
    """The prompt set of that name. Raises ConfigError."""
    path = _DIRECTORY / f"{name}.toml"
    known = ", ".join(sorted(p.stem for p in _DIRECTORY.glob("*.toml")))
    if name not in known.split(", "):
        raise ConfigError(f"There is no prompt set «{name}»", remedy=f"Choose one of: {known}.")
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), PromptSet)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"The prompt set is broken: {error}", where=str(path)) from None
