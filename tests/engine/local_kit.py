"""What the tests of the local decode path share: tiny models, a chat of numbers, a fake model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from tokenizers import Tokenizer, models

from engine.llm.backend import Message
from engine.llm.prefix import BLOCK, Prefix
from tests.tiny_models import CONTEXT

if TYPE_CHECKING:
    import torch

Family = Literal["llama", "qwen2"]
FAMILIES: Final[tuple[Family, ...]] = ("llama", "qwen2")
VOCABULARY: Final = 64
"""Small, so that runs of tokens come again and drafts are made."""
Fed = tuple[int, int, int]
"""A token, and in which forward it was computed: (token, first token's position, tokens)."""


def tiny_family(family: Family) -> Any:
    """A Llama with tied embeddings, or a Qwen2 with a head of its own and biases that are not zero.

    Weights so large that answers differ, and so small that they repeat themselves here and there.
    """
    import torch
    import transformers

    name = {"llama": "Llama", "qwen2": "Qwen2"}[family]
    configuration = getattr(transformers, f"{name}Config")(
        vocab_size=VOCABULARY,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=8,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=family == "llama",
        initializer_range=0.2,
    )
    with torch.random.fork_rng():
        torch.manual_seed(2)
        model: Any = getattr(transformers, f"{name}ForCausalLM")(configuration)
        for parameter, values in model.named_parameters():
            if parameter.endswith(".bias"):
                values.data.normal_()
        return model.float()


class NumberChat:
    """A chat whose texts are token ids in decimal: what is asked and said can be read exactly.

    Stands in for engine.llm.chat.Chat.
    """

    def __init__(self, vocabulary: int, ends: frozenset[int] = frozenset()) -> None:
        words = {str(n): n for n in range(vocabulary)}
        self.tokenizer = Tokenizer(models.WordLevel(words, unk_token="0"))
        self.ends = ends

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """The ids of all messages, nothing between them."""
        return [token for message in messages for token in self.encode(message.content)]

    def beginning(self, messages: Sequence[Message]) -> list[int]:
        """The ids of all messages but the last."""
        return self.prompt(messages[:-1])

    def encode(self, text: str) -> list[int]:
        """Ids of numbers between spaces."""
        return [int(word) for word in text.split()]


def numbers(ids: Sequence[int]) -> str:
    """The text of these ids."""
    return " ".join(map(str, ids))


class Recorder:
    """A model that only knows what it holds. Satisfies engine.llm.prefix.Incremental."""

    parameters = memory_bytes = decode_bytes = 0
    context = 4096

    def __init__(self) -> None:
        self.held: list[Fed] = []
        self.forwards = 0
        self.breaks = False
        """Whether the next forward fails half way."""

    @property
    def ids(self) -> tuple[int, ...]:
        """What it holds."""
        return tuple(token for token, _, _ in self.held)

    def extend(self, ids: Sequence[int], logits: int) -> torch.Tensor:
        """The rows say how much is held."""
        import torch

        start = len(self.held)
        self.held += [(token, start, len(ids)) for token in ids]
        self.forwards += 1
        if self.breaks:
            self.held = self.held[: start + len(ids) // 2]
            raise MemoryError
        return torch.full((logits, 1), float(len(self.held)))

    def truncate(self, length: int) -> None:
        """Forget the rest."""
        assert length <= len(self.held)
        del self.held[length:]

    def copy(self) -> tuple[Fed, ...]:
        """All that is held."""
        return tuple(self.held)

    def paste(self, copied: tuple[Fed, ...]) -> None:
        """That and nothing else."""
        self.held = list(copied)


def ask(prefix: Prefix, ids: Sequence[int]) -> tuple[int, torch.Tensor]:
    """Feed a prompt as the local back end does: tokens that were reused, logits."""
    import torch

    reused = prefix.rewind(ids)
    rows = torch.empty(0)
    for at in range(reused, len(ids), BLOCK):
        rows = prefix.feed(ids[at : at + BLOCK])
    return reused, rows[-1]
