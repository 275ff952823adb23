"""A model in this process: weights in safetensors, our own decode loop of two verbs.

*prefill* feeds a prompt (what the cache does not hold of it), *decode* feeds one token and draws
the next. Not responsible for which tokens are drawn (sampling), what is kept between calls
(prefix), text (detokenise, holdback) or the choice of hardware (hardware).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.config import Profile
from engine.errors import ModelError
from engine.llm.any_model import AnyModel
from engine.llm.backend import Cancel, Finish, Kind, Message, ModelInfo, Piece, Sampling
from engine.llm.chat import Chat
from engine.llm.decoder import Decoder, read_configuration, supports
from engine.llm.detokenise import Detokeniser
from engine.llm.hardware import Hardware, choose, use_physical_cores
from engine.llm.holdback import Cleaner, StopStrings
from engine.llm.meter import Meter
from engine.llm.prefix import BLOCK, Incremental, Prefix
from engine.llm.sampling import Drawn, draw

if TYPE_CHECKING:
    import torch


class LocalBackend:
    """Satisfies engine.llm.backend.Backend. One thread, one call at a time."""

    def __init__(self, model: Incremental, chat: Chat, info: ModelInfo) -> None:
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
        model = _load_model(directory, profile, hardware)
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

    def close(self) -> None:
        """Give the memory back. May be called twice; nothing else may follow."""
        vars(self).pop("_prefix", None)
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
        while logits is not None and meter.tokens < sampling.max_tokens:
            if _is_set(cancel):
                finish = "cancelled"
                break
            with meter.decode():
                drawn = self._draw(logits, sampling)
            if drawn.token in self._chat.ends:
                finish = "stop"
                break
            meter.decoded(drawn.logprob)
            if text := stops.push(cleaner.push(detokeniser.push(drawn.token))):
                yield Piece(text)
            if stops.found:
                break
            if meter.tokens < sampling.max_tokens and not _is_set(cancel):
                with meter.decode():
                    logits = self._decode_one_token(drawn.token, meter)
        rest = stops.push(cleaner.push(detokeniser.flush()) + cleaner.flush()) + stops.flush()
        yield Piece(rest, "stop" if stops.found else finish, meter.usage(), meter.mean_logprob())

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

    def _decode_one_token(self, token: int, meter: Meter) -> torch.Tensor:
        """Feed one token; logits of the next, [vocabulary]."""
        import torch

        meter.forwards += 1
        with torch.inference_mode():
            return self._prefix.feed((token,))[-1]

    def _draw(self, logits: torch.Tensor, sampling: Sampling) -> Drawn:
        import torch

        with torch.inference_mode():
            return draw(logits, sampling, len(self._prefix))

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


def _load_model(directory: Path, profile: Profile, hardware: Hardware) -> Incremental:
    import torch

    try:
        fused = profile.attention in ("auto", "sdpa") and hardware.device == "cpu"
        if fused and supports(read_configuration(directory)):
            return Decoder.load(directory, hardware.dtype)
        return AnyModel.load(directory, hardware)
    except torch.OutOfMemoryError as error:
        raise ModelError(
            f"The model does not fit into the memory of {hardware.device}",
            where=str(directory),
            remedy="Choose a smaller profile, or device = cpu.",
        ) from error
    except Exception as error:
        raise ModelError(
            f"The weights cannot be loaded: {error}",
            where=str(directory),
            remedy="Delete that directory and fetch the model again: argo-tui models fetch NAME.",
        ) from error


def _info(model: Incremental, profile: Profile, hardware: Hardware) -> ModelInfo:
    return ModelInfo(
        name=profile.title,
        device=hardware.device,
        dtype=hardware.dtype,
        attention=hardware.attention,
        parameters=model.parameters,
        memory_bytes=model.memory_bytes,
        context=model.context,
        notices=hardware.notices,
    )
