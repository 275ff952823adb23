"""The fused decoder computes what transformers computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from engine.llm.any_model import AnyModel
from engine.llm.fused.decoder import Decoder, read_configuration, supports
from engine.llm.fused.weights import Recipe
from engine.llm.hardware import Hardware

pytest_plugins = ("tests.models_fixture",)


@pytest.fixture(scope="module", autouse=True)
def inference() -> Any:
    with torch.inference_mode():
        yield


def llama(directory: Path, **changes: Any) -> Path:
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 6, "num_key_value_heads": 2, "vocab_size": 99}
    shape: dict[str, Any] = {**sizes, **heads, "max_position_embeddings": 64, **changes}
    with torch.random.fork_rng(), torch.inference_mode(False):
        torch.manual_seed(2)
        model: Any = LlamaForCausalLM(LlamaConfig(**shape))
        model.save_pretrained(directory)
    return directory


def pair(directory: Path) -> tuple[Decoder, AnyModel]:
    hardware = Hardware("cpu", "float32", "sdpa", ())
    return Decoder.load(directory, Recipe("float32")), AnyModel.load(directory, hardware)


def assert_same_logits(directory: Path) -> None:
    ours, theirs = pair(directory)
    for ids, logits in (([5, 6, 7, 8, 9], 5), ([3], 1), ([4, 4, 2], 2)):
        torch.testing.assert_close(
            ours.extend(ids, logits), theirs.extend(ids, logits), atol=1e-4, rtol=1e-4
        )
    for model in (ours, theirs):
        model.truncate(4)
    torch.testing.assert_close(
        ours.extend([1, 2], 2), theirs.extend([1, 2], 2), atol=1e-4, rtol=1e-4
    )


def test_a_qwen2_with_biases_and_an_untied_head(tiny: Path) -> None:
    assert supports(read_configuration(tiny))
    assert_same_logits(tiny)


@pytest.mark.parametrize("tied", [True, False])
def test_a_llama(tmp_path: Path, tied: bool) -> None:
    directory = llama(tmp_path, tie_word_embeddings=tied)
    assert supports(read_configuration(directory))
    assert_same_logits(directory)


def test_other_rotary_base_and_head_width(tmp_path: Path) -> None:
    rope = {"rope_type": "default", "rope_theta": 100_000.0}
    assert_same_logits(llama(tmp_path, head_dim=16, rope_parameters=rope))


def test_weights_are_counted_alike(tiny: Path, tmp_path: Path) -> None:
    for directory in (tiny, llama(tmp_path, tie_word_embeddings=True)):
        ours, theirs = pair(directory)
        assert ours.parameters == theirs.parameters
        assert ours.context == theirs.context


def test_the_cache_grows_and_keeps_what_it_holds(tiny: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("engine.llm.fused.decoder._ROOM", 4)
    assert_same_logits(tiny)


@pytest.mark.parametrize(
    "change",
    [
        {"model_type": "mistral"},
        {"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}},
        {"rope_scaling": {"type": "linear", "factor": 2.0}, "rope_parameters": None},
        {"use_sliding_window": True},
        {"attention_bias": True},
        {"mlp_bias": True},
        {"hidden_act": "gelu"},
    ],
)
def test_anything_it_leaves_out_is_not_supported(tiny: Path, change: dict[str, Any]) -> None:
    assert not supports({**read_configuration(tiny), **change})


def test_the_real_135m_gives_the_same_tokens(smol: Path) -> None:
    ours, theirs = pair(smol)
    tokens = []
    for model in (ours, theirs):
        logits = model.extend(list(range(100, 140)), 1)
        chosen = []
        for _ in range(10):
            chosen.append(int(logits[-1].argmax()))
            logits = model.extend(chosen[-1:], 1)
        tokens.append(chosen)
    assert tokens[0] == tokens[1]
