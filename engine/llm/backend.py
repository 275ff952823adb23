"""The protocol of a generation back end: one verb, `stream`, and `score`.

Not responsible for prompts (engine.roles) or for choosing a model (engine.models).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from engine.events import Usage

Kind = Literal["restate", "decompose", "answer", "reason", "synthesise", "choose"]
Finish = Literal["stop", "cap", "cancelled"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation, for the model's chat template."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn. Temperature 0 is greedy; seed and position decide the noise."""

    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text as it is decoded (already clean). The last piece of a call carries the rest."""

    text: str
    finish: Finish | None = None
    usage: Usage | None = None
    mean_logprob: float | None = None


class Cancel(Protocol):
    """What a call asks before every token; `threading.Event` is one."""

    def is_set(self) -> bool:
        """Whether to stop now."""
        ...


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is loaded, for the status line and the record."""

    name: str
    device: str
    dtype: str
    attention: str
    parameters: int
    memory_bytes: int
    context: int
    """Longest prompt plus answer, in tokens."""
    quantisation: str = "none"
    """Of the weights that decoding reads."""
    decode_bytes: int = 0
    """Weights that one decoded token reads; 0 where unknown (a server)."""
    notices: tuple[str, ...] = ()
    """Fallbacks that happened while loading; announced, never silent."""

    @property
    def precision(self) -> str:
        """The number format, and the bits of quantised weights where there are any."""
        return self.dtype if self.quantisation == "none" else f"{self.dtype} {self.quantisation}"


class Backend(Protocol):
    """A loaded model. Calls come from one thread, one at a time."""

    @property
    def info(self) -> ModelInfo:
        """What is loaded."""
        ...

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        kind: Kind,
        stop: Sequence[str] = (),
        cancel: Cancel | None = None,
    ) -> Iterator[Piece]:
        """Decode until a stop string (not part of the text), the end token, the cap or a cancel.

        The last piece has `finish`, `usage` and `mean_logprob`. A cancel ends it within one
        token; what was decoded has been yielded. Raises ModelError.
        """
        ...

    def score(self, messages: Sequence[Message], continuations: Sequence[str]) -> tuple[float, ...]:
        """Log-probability of each continuation after the prompt: the mean over its tokens."""
        ...

    def count(self, text: str) -> int:
        """Number of tokens of a text."""
        ...

    def keep(self, calls: Sequence[Sequence[Message]]) -> None:
        """Prefill what these calls have before the words of their last message, and keep it.

        Called once after loading, with one example call of each role. A server has its own
        cache and does nothing.
        """
        ...

    def begin_run(self) -> None:
        """A run begins: what makes the model another one (a compiled step) may be swapped in now.

        Between two runs only, so that all calls of a run are computed alike.
        """
        ...

    def close(self) -> None:
        """Give the memory back."""
        ...
