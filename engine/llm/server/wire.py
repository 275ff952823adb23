"""What a server sends, as data: the lines of a stream, the JSON in them. Lenient.

Servers differ: fields that are missing or null have defaults, and what is not asked for is not
looked at. Not responsible for errors' words (engine.llm.server.errors).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeVar

import msgspec

DONE: Final = b"[DONE]"
"""The payload that ends a stream, where a server sends it."""
LONGEST_LINE: Final = 8_000_000
"""Bytes. No piece of an answer is longer; something else is being sent."""


_Struct = TypeVar("_Struct", bound=msgspec.Struct)


class MalformedError(Exception):
    """What came is not what the protocol says. The argument is an excerpt."""


class Delta(msgspec.Struct, frozen=True):
    """Some text of an answer."""

    content: str | None = None


class PromptDetails(msgspec.Struct, frozen=True):
    """Of the prompt's tokens."""

    cached_tokens: int | None = None


class Counted(msgspec.Struct, frozen=True):
    """Tokens, as the server counts them (the end token included)."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None


class Choice(msgspec.Struct, frozen=True):
    """The answer, or a piece of it. `message` is what a server sends that does not stream."""

    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: str | None = None
    logprobs: Any = None
    index: int = 0


class Chunk(msgspec.Struct, frozen=True):
    """One event of a stream, or a whole answer."""

    choices: list[Choice] | None = None
    usage: Counted | None = None
    error: Any = None

    @property
    def text(self) -> str:
        """What it adds to the answer."""
        said = [choice.delta or choice.message for choice in self.choices or ()]
        return "".join(delta.content or "" for delta in said if delta)

    @property
    def finish(self) -> str | None:
        """Why the answer ends here; None where it goes on."""
        reasons = [choice.finish_reason for choice in self.choices or ()]
        return next((reason for reason in reasons if reason), None)

    @property
    def logprobs(self) -> list[float]:
        """Of the tokens in this piece."""
        found = (
            number(token.get("logprob"))
            for choice in self.choices or ()
            for token in tokens_of(choice.logprobs)
        )
        return [value for value in found if value is not None]


class Served(msgspec.Struct, frozen=True):
    """One model in a server's list."""

    id: str = ""
    max_model_len: int | None = None
    meta: dict[str, Any] | None = None

    @property
    def context(self) -> int | None:
        """Longest prompt and answer in tokens, where the server says it."""
        said = self.max_model_len or (self.meta or {}).get("n_ctx")
        return said if isinstance(said, int) and said > 0 else None


class Listing(msgspec.Struct, frozen=True):
    """The models of a server."""

    data: list[Served]

    def context(self, model: str) -> int | None:
        """Of that model, or of the only one: some servers take any name for it. Tokens."""
        named = [served for served in self.data if served.id == model]
        if len(self.data) == 1:
            named = self.data
        return named[0].context if named else None


class Tokens(msgspec.Struct, frozen=True):
    """A text as token ids."""

    tokens: list[int]
    max_model_len: int | None = None
    """Only vLLM says it here."""


def tokens_of(logprobs: Any) -> list[dict[str, Any]]:
    """The tokens in a `logprobs` field, whatever else a server puts there."""
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    return [token for token in content or () if isinstance(token, dict)]


def number(value: Any) -> float | None:
    """A log-probability; None for anything else, minus infinity for instance."""
    known = isinstance(value, int | float) and -1e6 < value <= 0.0
    return float(value) if known else None


def parse(data: bytes, kind: type[_Struct]) -> _Struct:
    """JSON as `kind`. Raises MalformedError.

    The standard parser: it takes half a surrogate pair, which servers send in two pieces.
    """
    try:
        return msgspec.convert(json.loads(data), kind)
    except (ValueError, RecursionError, msgspec.ValidationError):
        raise MalformedError(data[:200].decode("utf-8", "replace")) from None


def payloads(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The JSON texts of a response: of each `data:` line, or the body where it is no stream.

    Comments and event names are skipped. Raises MalformedError for anything else, a web page for
    instance.
    """
    body = b""
    for line in _lines(chunks):
        name, _, value = line.partition(b":")
        if name == b"data" and not body:
            if value := value.strip():
                yield value
        elif body or line.lstrip().startswith(b"{"):
            body += line + b"\n"
        elif line.strip() and name not in (b"", b"event", b"id", b"retry"):
            raise MalformedError(line[:200].decode("utf-8", "replace"))
    if body:
        yield body


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Split at line feeds only: other line separators may stand inside JSON text."""
    held = b""
    for chunk in chunks:
        *whole, held = (held + chunk).split(b"\n")
        yield from (line.removesuffix(b"\r") for line in whole)
        if len(held) > LONGEST_LINE:
            raise MalformedError(held[:200].decode("utf-8", "replace"))
    if held:
        yield held
