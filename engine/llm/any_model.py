"""Any causal language model that transformers knows, with a cache that can be rewound.

Safetensors only, no remote code, no network. Not responsible for the architectures that
engine.llm.fused.decoder runs faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.llm.hardware import Hardware
from engine.llm.quiet import quiet_transformers
from engine.llm.torchao_weights import configuration, left_full, pack, plain

if TYPE_CHECKING:
    import torch

    from engine.llm.fused.weights import Bits
    from engine.models.adapter import Adapter


class AnyModel:
    """A transformers model and its DynamicCache. Satisfies engine.llm.prefix.Incremental."""

    def __init__(self, model: Any, quantisation: Bits = "none") -> None:
        self._model = model
        self._cache: Any = None
        self.quantisation = quantisation

    @classmethod
    def load(
        cls,
        directory: Path,
        hardware: Hardware,
        quantisation: Bits = "none",
        adapter: Adapter | None = None,
    ) -> AnyModel:
        """Fewer bits are torchao's. Raises whatever transformers raises.

        An adapter is merged first, so with one the full weights lie in the device's memory for a
        moment.
        """
        import torch
        from transformers import AutoModelForCausalLM

        with quiet_transformers():
            model: Any = AutoModelForCausalLM.from_pretrained(
                str(directory),
                dtype=getattr(torch, hardware.dtype),
                attn_implementation=hardware.attention,
                # Tensor by tensor, so that the whole of it never lies in the main memory.
                device_map=hardware.device,
                quantization_config=None
                if quantisation == "none" or adapter is not None
                else configuration(quantisation, directory),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
            )
        if adapter is not None:
            _merge(model, adapter)
            if quantisation != "none":
                pack(model, quantisation, directory)
        return cls(model.eval(), quantisation)

    @property
    def attention(self) -> str:
        """The implementation in use, as transformers calls it."""
        return str(self._model.config._attn_implementation)

    @property
    def left_full(self) -> int:
        """Matrices of the layers that are kept as they were."""
        return left_full(self._model)

    @property
    def parameters(self) -> int:
        """Number of weights; tied ones count once."""
        return sum({_place(p): p.numel() for p in self._model.parameters()}.values())

    @property
    def memory_bytes(self) -> int:
        """Memory that weights and buffers take."""
        tensors = (*self._model.parameters(), *self._model.buffers())
        return sum({_place(t): _bytes(t) for t in tensors}.values())

    @property
    def decode_bytes(self) -> int:
        """Weights that one decoded token reads: all but the embedding, unless it is the head."""
        embedding = self._model.get_input_embeddings().weight
        head = self._model.get_output_embeddings()
        tied = head is None or _place(head.weight) == _place(embedding)
        return self.memory_bytes - (0 if tied else _bytes(embedding))

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


def _merge(model: Any, adapter: Adapter) -> None:
    """Raises AttributeError where the model has no such matrix."""
    import torch

    with torch.no_grad():
        for name in sorted(adapter.names):
            weight = model.get_parameter(name)
            weight.copy_(adapter.merged(name, weight))


def _place(tensor: torch.Tensor) -> int:
    """Where its numbers lie: equal for tied weights only."""
    return next(plain(tensor)).data_ptr()


def _bytes(tensor: torch.Tensor) -> int:
    return sum(part.nbytes for part in plain(tensor))
