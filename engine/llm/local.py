"""A model in this process: transformers weights, our own decode loop of two verbs.

*prefill* feeds a prompt (what the cache does not hold of it), *decode* feeds one token and draws
the next. Not responsible for which tokens are drawn (sampling), what is kept between calls
(prefix), text (detokenise, holdback) or the choice of hardware (hardware).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.config import Profile
from engine.errors import ModelError
from engine.events import Usage
from engine.llm.backend import Cancel, Finish, Kind, Message, ModelInfo, Piece, Sampling
from engine.llm.chat import Chat
from engine.llm.detokenise import Detokeniser
from engine.llm.hardware import Hardware, choose, synchronise, use_physical_cores
from engine.llm.holdback import Cleaner, StopStrings
from engine.llm.prefix import Prefix
from engine.llm.sampling import draw

if TYPE_CHECKING:
    import torch

_BLOCK = 256
"""Prompt tokens in one forward; a cancel is looked at between blocks."""


class LocalBackend:
    """Satisfies engine.llm.backend.Backend. One thread, one call at a time."""

    def __init__(self, model: Any, chat: Chat, info: ModelInfo) -> None:
        self._model = model
        self._chat = chat
        self._info = info
        self._prefix = Prefix(model)

    @classmethod
    def load(cls, directory: Path, profile: Profile) -> LocalBackend:
        """Load the weights of a directory (configuration, safetensors, tokenizer).

        Raises ModelError.
        """
        use_physical_cores()
        hardware = choose(profile)
        chat = Chat.load(directory)
        model = _load_model(directory, hardware)
        return cls(model, chat, _info(model, profile, hardware))

    @property
    def info(self) -> ModelInfo:
        """What is loaded."""
        return self._info

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        kind: Kind,
        stop: Sequence[str] = (),
        cancel: Cancel | None = None,
    ) -> Iterator[Piece]:
        """Decode until a stop string, the end token, the cap or a cancel. See Backend.stream."""
        prompt = self._chat.prompt(messages)
        self._require_room(len(prompt), sampling.max_tokens)
        return self._stream(prompt, sampling, stop, cancel)

    def score(self, messages: Sequence[Message], continuations: Sequence[str]) -> tuple[float, ...]:
        """Mean log-probability of each continuation's tokens. The prompt is computed once."""
        import torch

        prompt = self._chat.prompt(messages)
        encoded = [self._chat.encode(text) for text in continuations]
        if not all(encoded):
            raise ModelError("An empty continuation cannot be scored", remedy="Remove it.")
        self._require_room(len(prompt), max((len(ids) for ids in encoded), default=0))
        with torch.inference_mode():
            start = self._prefill(prompt, None)
            return tuple(self._mean_logprob(prompt, start, ids) for ids in encoded)

    def count(self, text: str) -> int:
        """Number of tokens of a text."""
        return len(self._chat.encode(text))

    def close(self) -> None:
        """Give the memory back."""
        self._prefix.clear()
        self._prefix = Prefix(None)
        self._model = None
        if self._info.device == "cuda":
            import torch

            torch.cuda.empty_cache()

    def _stream(
        self, prompt: list[int], sampling: Sampling, stop: Sequence[str], cancel: Cancel | None
    ) -> Iterator[Piece]:
        meter = _Meter(self._info.device, len(prompt))
        detokeniser, cleaner = Detokeniser(self._chat.tokenizer), Cleaner()
        stops = StopStrings(stop)
        logits = self._prefill(prompt, cancel, meter)
        finish: Finish = "cancelled" if logits is None else "cap"
        while logits is not None:
            if _cancelled(cancel):
                finish = "cancelled"
                break
            drawn = draw(logits, sampling, len(self._prefix))
            if drawn.token in self._chat.ends:
                finish = "stop"
                break
            meter.decoded(drawn.logprob)
            text = stops.push(cleaner.push(detokeniser.push(drawn.token)))
            if text:
                yield Piece(text)
            if stops.found:
                finish = "stop"
                break
            if meter.tokens >= sampling.max_tokens:
                break
            logits = self._decode_one_token(drawn.token, meter)
        rest = stops.push(cleaner.push(detokeniser.flush()) + cleaner.flush()) + stops.flush()
        if stops.found:
            finish = "stop"
        yield Piece(rest, finish, meter.usage(), meter.mean_logprob())

    def _prefill(
        self, prompt: Sequence[int], cancel: Cancel | None, meter: _Meter | None = None
    ) -> torch.Tensor | None:
        """Feed what the cache does not hold. Logits after the prompt, [vocabulary]; None: cancelled."""
        import torch

        start = time.monotonic_ns()
        logits = None
        with torch.inference_mode():
            reused = self._prefix.rewind(prompt)
            for at in range(reused, len(prompt), _BLOCK):
                if _cancelled(cancel):
                    return None
                logits = self._prefix.feed(prompt[at : at + _BLOCK])[-1]
                if meter:
                    meter.forwards += 1
        if meter:
            meter.prefilled(reused, start)
        return logits

    def _decode_one_token(self, token: int, meter: _Meter) -> torch.Tensor:
        """Feed one token; logits of the next, [vocabulary]."""
        import torch

        meter.forwards += 1
        with torch.inference_mode():
            return self._prefix.feed((token,))[-1]
