"""The published way to generate: `model.generate`, every call decoded to its cap.

No stop strings, nothing reused, nothing streamed. Two things differ from the published program,
both because these models need them or because they make it faster: the chat template is used, and
tokens are drawn greedily. Not responsible for the prompts (engine.bench.calls).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from engine.bench.calls import Said, Say
from engine.config import Profile
from engine.errors import ModelError
from engine.events import Usage
from engine.llm.backend import Kind, Message
from engine.llm.chat import Chat
from engine.llm.hardware import choose, synchronise, use_physical_cores
from engine.llm.quiet import quiet_transformers
from engine.roles.prompt import Prompt

if TYPE_CHECKING:
    import torch


class Published:
    """A model of transformers as it comes."""

    def __init__(self, model: Any, chat: Chat) -> None:
        self._model = model
        self._chat = chat

    @classmethod
    def load(cls, directory: Path, profile: Profile) -> Self:
        """The weights of a directory. Raises ModelError where the attention cannot be had."""
        import torch
        from transformers import AutoModelForCausalLM, GenerationConfig

        configuration: Any = GenerationConfig
        use_physical_cores()
        hardware = choose(profile)
        if profile.attention not in ("auto", hardware.attention):
            raise ModelError(" ".join(hardware.notices).rstrip("."))
        attention = hardware.attention if profile.attention != "auto" else "sdpa"
        with quiet_transformers():
            model: Any = AutoModelForCausalLM.from_pretrained(
                str(directory),
                dtype=getattr(torch, hardware.dtype),
                attn_implementation=attention,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
            )
        chat = Chat.load(directory)
        # The model's own sampling would only be warned about: tokens are drawn greedily.
        model.generation_config = configuration(
            eos_token_id=sorted(chat.ends), pad_token_id=min(chat.ends)
        )
        return cls(model.to(hardware.device).eval(), chat)

    @property
    def decode_bytes(self) -> int:
        """Weights that one token reads: all but an embedding that is not the head as well."""
        weights = {p.data_ptr(): p.nbytes for p in self._model.parameters()}
        table = self._model.get_input_embeddings().weight
        if self._model.get_output_embeddings().weight.data_ptr() != table.data_ptr():
            weights.pop(table.data_ptr(), None)
        return sum(weights.values())

    @property
    def memory_bytes(self) -> int:
        """Memory that the weights take."""
        return sum({p.data_ptr(): p.nbytes for p in self._model.parameters()}.values())

    def say(self, cap: Callable[[Kind], int]) -> Say:
        """Calls of this model, each decoded to its cap."""

        def say(kind: Kind, prompt: Prompt, messages: Sequence[Message]) -> Said:
            return self.generate(messages, cap(kind))

        return say

    def generate(self, messages: Sequence[Message], cap: int) -> Said:
        """One call. The end token is not looked at before `cap` tokens are there."""
        import torch

        ids = self._chat.prompt(messages)
        prompt = torch.tensor([ids], device=self._model.device)
        prefilled = _FirstToken(self._model.device.type)
        start = time.monotonic_ns()
        with torch.inference_mode():
            output = self._model.generate(
                prompt,
                attention_mask=torch.ones_like(prompt),
                min_new_tokens=cap,
                max_new_tokens=cap,
                do_sample=False,
                logits_processor=[prefilled],
            )
        new: list[int] = output[0, len(ids) :].tolist()
        end = time.monotonic_ns()
        return Said(
            self._chat.tokenizer.decode(new, skip_special_tokens=True),
            Usage(
                prompt_tokens=len(ids),
                decoded_tokens=len(new),
                forwards=len(new),
                prefill_ns=prefilled.ns - start,
                decode_ns=end - prefilled.ns,
            ),
            end,
        )

    def close(self) -> None:
        """Give the memory back."""
        vars(self).pop("_model", None)


class _FirstToken:
    """Sees the logits go by and notes when the first came: the prompt was computed then."""

    def __init__(self, device: str) -> None:
        self._device = device
        self.ns = 0

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        if not self.ns:
            synchronise(self._device)
            self.ns = time.monotonic_ns()
        return scores
