"""Messages to token ids through the model's own chat template.

Control tokens written inside a question or a document («<|im_end|>») are encoded as plain text, so
no document can end its turn and speak as someone else. Not responsible for prompts (engine.roles).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from tokenizers import Tokenizer

from engine.errors import ModelError
from engine.llm.backend import Message
from engine.llm.prefix import common_prefix

_ENDS = ("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end|>", "</s>")
"""End tokens of common families; a converted configuration names only one of a model's."""


class Chat:
    """The tokenizer of a model with its template."""

    def __init__(self, tokenizer: Any, directory: Path) -> None:
        self._tokenizer = tokenizer
        self.ends = frozenset(_end_tokens(tokenizer, directory))

    @classmethod
    def load(cls, directory: Path) -> Chat:
        """From a directory of weights. Raises ModelError where it has no chat template."""
        from transformers import PreTrainedTokenizerFast

        try:
            tokenizer = PreTrainedTokenizerFast.from_pretrained(
                str(directory), local_files_only=True
            )
        except Exception as error:
            raise ModelError(
                f"The tokenizer cannot be read: {error}",
                where=str(directory),
                remedy="Delete that directory and fetch the model again.",
            ) from error
        if not tokenizer.chat_template:
            raise ModelError(
                "This model has no chat template",
                where=str(directory),
                remedy="Use an instruction-tuned model.",
            )
        return cls(tokenizer, directory)

    @property
    def tokenizer(self) -> Tokenizer:
        """For detokenising."""
        backend: Tokenizer = self._tokenizer.backend_tokenizer
        return backend

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Ids of the conversation, ready for the assistant's turn. Raises ModelError."""
        turns = [{"role": m.role, "content": m.content} for m in messages]
        try:
            ids: list[int] = self._tokenizer.apply_chat_template(
                turns,
                add_generation_prompt=True,
                sanitize_control_tokens=True,
                return_dict=False,
            )
        except Exception as error:
            raise ModelError(
                f"The model's chat template refuses this conversation: {error}",
                remedy="Choose another prompt set or model for this profile.",
            ) from error
        return ids

    def beginning(self, messages: Sequence[Message]) -> list[int]:
        """The ids that every call like this one begins with, whatever its last message says.

        What two renderings have in common that differ from the first letter of that message on.
        """
        *before, last = messages
        one, other = (
            self.prompt([*before, Message(last.role, text)]) for text in ("A question", "7 of")
        )
        return one[: common_prefix(one, other)]

    def encode(self, text: str) -> list[int]:
        """Ids of plain text; control tokens in it are text too."""
        ids: list[int] = self._tokenizer.encode(
            text, add_special_tokens=False, split_special_tokens=True
        )
        return ids


def _end_tokens(tokenizer: Any, directory: Path) -> set[int]:
    ends: set[int] = set()
    for name in ("config.json", "generation_config.json"):
        try:
            value = msgspec.json.decode((directory / name).read_bytes()).get("eos_token_id")
        except (OSError, msgspec.DecodeError):
            continue
        ends |= set(value) if isinstance(value, list) else {value}
    ends.add(tokenizer.eos_token_id)
    vocabulary = tokenizer.get_added_vocab()
    ends |= {vocabulary[text] for text in _ENDS if text in vocabulary}
    return {end for end in ends if isinstance(end, int)}
