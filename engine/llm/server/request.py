"""What a call looks like as a request, and what of it a server refuses.

Not responsible for sending it (engine.llm.server.client).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.llm.backend import Message, Sampling

MOST_STOPS: Final = 4
"""Stop strings that the protocol allows. All are looked for here too."""

_OPTIONAL: Final[Mapping[str, str]] = {
    "seed": "the same seed may give another answer",
    "logprobs": "there is no mean log-probability",
    "stream_options": "tokens are not counted",
    "top_p": "the server's own top_p holds",
}
"""Fields that a server may do without, and what is lost then."""

_CONTROL: Final = re.compile(
    r"<(\|[^|<>\s]{1,40}\|)>|<(/?s|start_of_turn|end_of_turn)>|\[(/?INST)\]"
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server has refused so far."""

    without: frozenset[str] = frozenset()
    renamed: bool = False
    """`max_tokens` is called `max_completion_tokens`."""

    def fit(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The request as this server takes it."""
        fitted = {name: value for name, value in body.items() if name not in self.without}
        if self.renamed and "max_tokens" in fitted:
            fitted["max_completion_tokens"] = fitted.pop("max_tokens")
        return fitted

    def after(self, sent: Mapping[str, Any], said: str) -> Dialect | None:
        """What to try after a refusal of `sent`; None where nothing is left. `said`: its words."""
        if "max_completion_tokens" in said and "max_tokens" in sent:
            return replace(self, renamed=True)
        optional = [name for name in _OPTIONAL if name in sent]
        named = [name for name in optional if re.search(rf"\b{name}\b", said)]
        if not optional:
            return None
        return replace(self, without=self.without | set(named or optional))

    @property
    def notices(self) -> tuple[str, ...]:
        """What is lost, for the user."""
        return tuple(
            f"The server refuses the field {name}: {lost}"
            for name, lost in _OPTIONAL.items()
            if name in self.without
        )


def chat_body(
    model: str, messages: Sequence[Message], sampling: Sampling, stop: Sequence[str]
) -> dict[str, Any]:
    """A streamed chat completion."""
    body: dict[str, Any] = {
        "model": model,
        "messages": turns(messages),
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "seed": sampling.seed,
        "stream": True,
        "stream_options": {"include_usage": True},
        "logprobs": True,
    }
    if sampling.top_p < 1.0:
        body["top_p"] = sampling.top_p
    if stop:
        body["stop"] = list(stop[:MOST_STOPS])
    return body


def turns(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Messages as the protocol writes them."""
    return [{"role": message.role, "content": inert(message.content)} for message in messages]


def inert(text: str) -> str:
    """Text in which nothing reads as a control token of a chat template.

    A server's tokenizer turns `<|im_end|>` in a document into the end of the turn, and what
    follows into instructions. A space in it keeps it text.
    """
    return _CONTROL.sub(_spaced, text)


def _spaced(match: re.Match[str]) -> str:
    text = match[0]
    return f"{text[0]} {text[1:-1]} {text[-1]}"
