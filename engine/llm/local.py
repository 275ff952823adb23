"""A model in this process: weights in safetensors, our own decode loop of two verbs.

*prefill* feeds a prompt (what the cache does not hold of it), *decode* gives token after token. Not
responsible for which tokens are drawn (sampling, decode), what is kept between calls (prefix), text
(detokenise, holdback) or how a model is loaded (load).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.config import Profile
from engine.errors import ModelError
from engine.llm.backend import Cancel, Finish, Kind, Message, ModelInfo, Piece, Sampling
from engine.llm.chat import Chat
from engine.llm.decode import decode
from engine.llm.detokenise import Detokeniser
from engine.llm.fused.background import Background, begin
from engine.llm.fused.calibrate import sample
from engine.llm.hardware import choose, use_physical_cores
from engine.llm.holdback import Cleaner, StopStrings
from engine.llm.load import describe, load_model
from engine.llm.lookup import Lookup
from engine.llm.meter import Meter
from engine.llm.prefix import BLOCK, Incremental, Prefix
from engine.llm.sampling import Drawn

if TYPE_CHECKING:
    import torch


class LocalBackend:
    """Satisfies engine.llm.backend.Backend. One thread, one call at a time."""

    def __init__(
        self,
        model: Incremental,
        chat: Chat,
        info: ModelInfo,
        *,
        lookup: int = 0,
        background: Background | None = None,
    ) -> None:
        self._chat = chat
        self._info = info
        self._lookup = lookup
        self._background = background
        self._prefix = Prefix(model)

    @classmethod
    def load(cls, directory: Path, profile: Profile, *, cache: Path | None = None) -> LocalBackend:
        """Load the weights of a directory (configuration, safetensors, tokenizer).

        Quantised weights are kept below `cache` for the next load. Raises ModelError.
        """
        use_physical_cores()
        hardware = choose(profile)
        chat = Chat.load(directory)
        model, notices = load_model(directory, profile, hardware, cache, sample(chat))
        background, more = begin(model, profile, cache)
        info = describe(model, profile, hardware, (*notices, *more))
        return cls(model, chat, info, lookup=profile.lookup, background=background)

    @property
    def info(self) -> ModelInfo:
        """What is loaded, and what has become of its compiled step since."""
        if self._background is None:
            return self._info
        return replace(self._info, notices=(*self._info.notices, self._background.notice))

    @property
    def warming(self) -> bool:
        """Whether a compiled step is being prepared; the first run after that swaps it in."""
        return self._background is not None and self._background.running

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
        prompt = self._chat.prompt(messages)
        encoded = [self._chat.encode(text) for text in continuations]
        if not all(encoded):
            raise ModelError("An empty continuation cannot be scored", remedy="Remove it.")
        self._require_room(len(prompt), max((len(ids) for ids in encoded), default=0))
        first = self._prefill(prompt, Meter(self._info.device, len(prompt)))
        assert first is not None  # without a cancel there are logits
        return tuple(self._mean_logprob(prompt, first, ids) for ids in encoded)

    def count(self, text: str) -> int:
        """Number of tokens of a text."""
        return len(self._chat.encode(text))

    def keep(self, calls: Sequence[Sequence[Message]]) -> None:
        """Prefill what these calls have before the words of their last message, and keep it."""
        import torch

        with torch.inference_mode():
            for messages in calls:
                self._prefix.keep(self._chat.beginning(messages))

    def begin_run(self) -> None:
        """Swap a compiled step in if it is ready: a few seconds, once."""
        if self._background is not None:
            self._background.settle()

    def forget(self) -> None:
        """Drop everything that was computed before."""
        self._prefix.forget(beginnings=True)

    def close(self) -> None:
        """Give the memory back. May be called twice; nothing else may follow."""
        vars(self).pop("_prefix", None)
        if self._background is not None:
            self._background.close()
            self._background = None
        if self._info.device == "cuda":
            import torch

            torch.cuda.empty_cache()

    def _stream(
        self, prompt: list[int], sampling: Sampling, stop: Sequence[str], cancel: Cancel | None
    ) -> Iterator[Piece]:
        meter = Meter(self._info.device, len(prompt))
        detokeniser, cleaner, stops = (
            Detokeniser(self._chat.tokenizer),
            Cleaner(),
            StopStrings(stop),
        )
        with meter.prefill():
            logits = self._prefill(prompt, meter, cancel)
        finish: Finish = "cancelled" if logits is None else "cap"
        for drawn in self._decode(prompt, logits, sampling, meter, cancel):
            if _is_set(cancel) and meter.tokens:
                finish = "cancelled"
                break
            if drawn.token in self._chat.ends:
                finish = "stop"
                break
            meter.decoded(drawn.logprob)
            if text := stops.push(cleaner.push(detokeniser.push(drawn.token))):
                yield Piece(text)
            if stops.found:
                break
        if _is_set(cancel) and finish == "cap" and meter.tokens < sampling.max_tokens:
            finish = "cancelled"
        rest = stops.push(cleaner.push(detokeniser.flush()) + cleaner.flush()) + stops.flush()
        yield Piece(rest, "stop" if stops.found else finish, meter.usage(), meter.mean_logprob())

    def _decode(
        self,
        prompt: list[int],
        logits: torch.Tensor | None,
        sampling: Sampling,
        meter: Meter,
        cancel: Cancel | None,
    ) -> Iterator[Drawn]:
        if logits is None:
            return iter(())
        lookup = Lookup(prompt, self._lookup)
        return decode(self._prefix, logits, sampling, lookup, meter, cancel)

    def _prefill(
        self, prompt: Sequence[int], meter: Meter, cancel: Cancel | None = None
    ) -> torch.Tensor | None:
        """Feed what the cache does not hold, block by block. Logits, [vocabulary].

        None after a cancel, which is looked at between blocks.
        """
        import torch

        logits = None
        with torch.inference_mode():
            reused = self._prefix.rewind(prompt)
            meter.reused(reused)
            for at in range(reused, len(prompt), BLOCK):
                if _is_set(cancel):
                    return None
                logits = self._prefix.feed(prompt[at : at + BLOCK])[-1]
                meter.forwards += 1
        return logits

    def _mean_logprob(self, prompt: list[int], first: torch.Tensor, ids: list[int]) -> float:
        """`first`: logits after the prompt, [vocabulary]. Feeds all of `ids` but the last."""
        import torch

        with torch.inference_mode():
            rows = first[None]
            if len(ids) > 1:
                self._prefix.cut(len(prompt))
                rows = torch.cat((rows, self._prefix.feed(ids[:-1], logits=len(ids) - 1)))
            logprobs = rows.float().log_softmax(-1)
            return logprobs[torch.arange(len(ids)), torch.tensor(ids)].mean().item()

    def _require_room(self, prompt: int, answer: int) -> None:
        if (surplus := prompt + answer - self._info.context) > 0:
            raise ModelError(
                f"A prompt of {prompt} tokens and an answer of up to {answer} are {surplus} more "
                f"than {self._info.name} can hold ({self._info.context})",
                where="retrieval.passages, profiles.*.caps",
                remedy="Use fewer or shorter passages, or lower the caps.",
            )


def _is_set(cancel: Cancel | None) -> bool:
    return cancel is not None and cancel.is_set()
