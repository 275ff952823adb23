"""Any causal language model that transformers knows, with a cache that can be rewound.

Safetensors only, no remote code, no network. Not responsible for the architectures that
engine.llm.decoder runs faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.llm.hardware import Hardware
from engine.llm.quiet import quiet_transformers

if TYPE_CHECKING:
    import torch


class AnyModel:
    """A transformers model and its DynamicCache. Satisfies engine.llm.prefix.Incremental."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._cache: Any = None

    @classmethod
    def load(cls, directory: Path, hardware: Hardware) -> AnyModel:
        """Raises whatever transformers raises."""
        import torch
        from transformers import AutoModelForCausalLM

        with quiet_transformers():
            model: Any = AutoModelForCausalLM.from_pretrained(
                str(directory),
                dtype=getattr(torch, hardware.dtype),
                attn_implementation=hardware.attention,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
            )
        return cls(model.to(hardware.device).eval())

    @property
    def parameters(self) -> int:
        """Number of weights; tied ones count once."""
        return sum({p.data_ptr(): p.numel() for p in self._model.parameters()}.values())

    @property
    def memory_bytes(self) -> int:
        """Memory that weights and buffers take."""
        tensors = (*self._model.parameters(), *self._model.buffers())
        return sum({t.data_ptr(): t.nbytes for t in tensors}.values())

    @property
    def decode_bytes(self) -> int:
        """Weights that one decoded token reads: all but the embedding, unless it is the head."""
        embedding = self._model.get_input_embeddings().weight
        head = self._model.get_output_embeddings()
        tied = head is None or head.weight.data_ptr() == embedding.data_ptr()
        return self.memory_bytes - (0 if tied else int(embedding.nbytes))

    @property
    def context(self) -> int:
        """Longest sequence, in tokens."""
        return int(self._model.config.max_position_embeddings)

    def extend(self, ids: Sequence[int], logits: int) -> torch.Tensor:
        """One forward over `ids` after the cache. The last rows: [logits, vocabulary]."""
        import torch
        from transformers import DynamicCache

        if self._cache is None:
            self._cache = DynamicCache(config=self._model.config)
        output = self._model(
            input_ids=torch.tensor([list(ids)], device=self._model.device),
            cache=self._cache,
            use_cache=True,
            logits_to_keep=logits,
        )
        rows: torch.Tensor = output.logits[0]
        return rows

    def truncate(self, length: int) -> None:
        """Forget all but the first `length` tokens."""
        if length == 0:
            self._cache = None
        elif self._cache is not None:
            # A positive argument is refused: the cache wants to know how many to remove.
            self._cache.crop(length - self._cache.get_seq_length())

    def copy(self) -> Any:
        """What the cache holds."""
        import copy

        return copy.deepcopy(self._cache)

    def paste(self, copied: Any) -> None:
        """Hold that, and nothing else."""
        import copy

        self._cache = copy.deepcopy(copied)
