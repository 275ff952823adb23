"""Weights in fewer bits by torchao, in transformers' own step: what a GPU has, run on the CPU."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.llm.any_model import AnyModel
from engine.llm.backend import ModelInfo
from engine.llm.fused.decoder import Decoder
from engine.llm.hardware import Hardware
from engine.llm.load import describe, load_model
from engine.llm.prefix import Incremental
from engine.llm.torchao_weights import configuration, torchao_problem
from tests.tiny_models import profile

pytest_plugins = ("tests.models_fixture", "tests.engine.local_fixture")
pytestmark = pytest.mark.usefixtures("one_thread")

CPU = Hardware("cpu", "float32", "sdpa", ())
IDS = [5, 6, 7, 8, 9]


def load(
    directory: Path, hardware: Hardware = CPU, **changes: Any
) -> tuple[Incremental, ModelInfo]:
    asked = profile(**{"decoder": "transformers", "quantisation": "int8", **changes})
    model, notices = load_model(directory, asked, hardware, None)
    return model, describe(model, asked, hardware, notices)


def logits(model: Incremental) -> torch.Tensor:
    with torch.inference_mode():
        return model.extend(IDS, len(IDS)).float()


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_int8_weights_say_nearly_what_full_ones_say(tiny: Path, dtype: str) -> None:
    hardware = Hardware("cpu", dtype, "sdpa", ())
    model, info = load(tiny, hardware)
    full = logits(AnyModel.load(tiny, hardware))
    error = (logits(model) - full).norm() / full.norm()
    assert 0.001 < error < 0.06, "they were rounded, and to nothing else"
    assert info.quantisation == "int8"
    assert info.notices == (
        "int8 weights are torchao's, in transformers' own step: less memory, not less time.",
    )


def test_memory_is_what_the_packed_weights_take(tiny: Path) -> None:
    """torchao's tensors give the size of what they stand for: it is counted by hand here."""
    _, info = load(tiny)
    full = AnyModel.load(tiny, CPU)
    from transformers import AutoConfig

    c: Any = AutoConfig.from_pretrained(tiny)
    keys = c.hidden_size // c.num_attention_heads * c.num_key_value_heads
    shapes = (
        *[(c.hidden_size, c.hidden_size)] * 2,
        *[(keys, c.hidden_size)] * 2,
        *[(c.intermediate_size, c.hidden_size)] * 2,
        (c.hidden_size, c.intermediate_size),
    )
    # A byte a weight; a float32 scale and a zero of one byte an output.
    saved = sum(out * width * 4 - (out * width + out * 5) for out, width in shapes)
    assert info.memory_bytes == full.memory_bytes - c.num_hidden_layers * saved
    assert info.parameters == full.parameters
    embedding = c.vocab_size * c.hidden_size * 4
    assert info.decode_bytes == info.memory_bytes - embedding, "the head is not tied to it"


def test_elsewhere_than_on_a_cpu_fewer_bits_are_torchaos(tiny: Path) -> None:
    """There the fused step has no packed products, and what was asked for goes first."""
    elsewhere = Hardware("cpu:0", "bfloat16", "sdpa", ())
    model, info = load(tiny, elsewhere, decoder="auto")
    assert isinstance(model, AnyModel)
    assert info.quantisation == "int8"
    assert info.notices[0].startswith("int8 weights are torchao's")


@pytest.mark.parametrize("where", ["cpu", "cpu:0"])
def test_without_torchao_the_weights_are_full(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "torchao" else real(name, *a)
    )
    model, info = load(tiny, Hardware(where, "float32", "sdpa", ()))
    assert info.quantisation == "none"
    assert info.notices == (
        "Without quantisation = int8: torchao is not installed (pip install 'argo-tui[cuda]').",
    )
    torch.testing.assert_close(logits(model), logits(AnyModel.load(tiny, CPU)))


def test_without_torchao_a_gpu_still_gets_the_fused_step(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda *_: None)
    model, info = load(tiny, Hardware("cpu:0", "float32", "sdpa", ()), decoder="auto")
    assert isinstance(model, Decoder)
    assert info.quantisation == "none"
    assert len(info.notices) == 1


def test_a_torchao_that_fails_is_not_used(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("undefined symbol")

    monkeypatch.setattr("torchao.quantization.quantize_", fail)
    _, info = load(tiny)
    assert info.quantisation == "none"
    assert info.notices == (
        "Without quantisation = int8: torchao does not run here (RuntimeError: undefined symbol).",
    )


def test_a_product_that_is_wrong_is_not_used(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def zero(module: Any, *_: Any, **__: Any) -> None:
        with torch.no_grad():
            module[0].weight.zero_()

    monkeypatch.setattr("torchao.quantization.quantize_", zero)
    _, info = load(tiny)
    assert info.notices == (
        "Without quantisation = int8: torchao's int8 product is wrong here, by 100%.",
    )


def test_a_model_that_torchao_does_not_take_is_loaded_in_full(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The small product is right; the model is refused."""

    def refuse(*_: Any) -> Any:
        raise ValueError("unsupported layer")

    monkeypatch.setattr("engine.llm.any_model.configuration", refuse)
    model, info = load(tiny)
    assert info.quantisation == "none"
    assert "torchao does not take this model (ValueError: unsupported layer)" in info.notices[0]
    torch.testing.assert_close(logits(model), logits(AnyModel.load(tiny, CPU)))


def test_matrices_that_stay_full_are_counted(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchao.quantization import Int8WeightOnlyConfig
    from transformers import TorchAoConfig

    def partly(*_: Any) -> Any:
        left: Any = ["lm_head", r".*\.down_proj"]
        return TorchAoConfig(Int8WeightOnlyConfig(), modules_to_not_convert=left)

    monkeypatch.setattr("engine.llm.any_model.configuration", partly)
    _, info = load(tiny)
    assert info.notices[-1] == "3 matrices are kept in float32."


@pytest.mark.parametrize(
    ("device", "dtype", "reason"),
    [
        ("cpu", "bfloat16", "needs a CUDA device, and this is cpu"),
        ("mps", "bfloat16", "needs a CUDA device, and this is mps"),
        ("cuda", "float16", "needs bfloat16, and this is float16"),
    ],
)
def test_int4_is_for_gpus_in_bfloat16(tiny: Path, device: str, dtype: str, reason: str) -> None:
    assert reason in torchao_problem("int4", tiny, device, dtype)


def test_int4_elsewhere_is_announced_and_the_fused_step_used(tiny: Path) -> None:
    elsewhere = Hardware("cpu:0", "bfloat16", "sdpa", ())
    model, info = load(tiny, elsewhere, decoder="auto", quantisation="int4")
    assert isinstance(model, Decoder)
    assert info.quantisation == "none"
    assert info.notices[0].startswith("Without quantisation = int4: torchao's int4 product needs")


def test_the_group_of_int4_suits_every_matrix(tiny: Path, tmp_path: Path) -> None:
    """Torchao would leave a matrix that does not fit as it is, without a word."""
    from safetensors.torch import save_file

    assert configuration("int4", tiny).quant_type.group_size == 64
    for widths, group in (((256, 384), 128), ((256, 96), 32)):
        tensors = {f"w{width}": torch.zeros(4, width) for width in widths}
        save_file({**tensors, "norm": torch.zeros(7)}, tmp_path / "model.safetensors")
        assert configuration("int4", tmp_path).quant_type.group_size == group
    save_file({"w": torch.zeros(4, 48)}, tmp_path / "model.safetensors")
    problem = torchao_problem("int4", tmp_path, "cuda", "bfloat16")
    assert problem == "not every matrix can be cut into groups of 32"


def test_torchaos_settings_for_the_whole_process_are_left_alone(tiny: Path) -> None:
    from torch._inductor import config

    before = torch.get_float32_matmul_precision(), config.coordinate_descent_tuning
    load(tiny)
    assert (torch.get_float32_matmul_precision(), config.coordinate_descent_tuning) == before


def test_nothing_of_it_reaches_the_terminal(tiny: Path) -> None:
    """Neither torchao's words about libraries for other machines nor torch's about torchao."""
    code = (
        "import sys, pathlib; from engine.llm.any_model import AnyModel;"
        "from engine.llm.hardware import Hardware; cpu = Hardware('cpu', 'float32', 'sdpa', ());"
        "AnyModel.load(pathlib.Path(sys.argv[1]), cpu, 'int8')"
    )
    command = [sys.executable, "-c", code, str(tiny)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
