"""Which route runs a model: the fused step where it is known or proves itself, and no word is lost.

`cpu:0` is a device that is not called cpu, so whatever is said of a GPU can be run on it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from engine.config import Profile
from engine.errors import ModelError
from engine.llm.any_model import AnyModel
from engine.llm.backend import ModelInfo
from engine.llm.fused.decoder import Decoder
from engine.llm.hardware import Hardware
from engine.llm.load import describe, load_model
from engine.llm.prefix import Incremental
from tests.tiny_models import profile

pytest_plugins = ("tests.models_fixture", "tests.engine.local_fixture")
pytestmark = pytest.mark.usefixtures("one_thread")

CPU = Hardware("cpu", "float32", "sdpa", ())
ELSEWHERE = Hardware("cpu:0", "float32", "sdpa", ())


def load(
    directory: Path, hardware: Hardware, asked: Profile | None = None
) -> tuple[Incremental, ModelInfo]:
    asked = asked or profile()
    model, notices = load_model(directory, asked, hardware, None)
    return model, describe(model, asked, hardware, notices)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The implementations that were loaded, in order."""
    order: list[str] = []
    for kind in (AnyModel, Decoder):

        def noted(*arguments: Any, real: Any = kind.load, name: str = kind.__name__) -> Any:
            order.append(name)
            return real(*arguments)

        monkeypatch.setattr(kind, "load", noted)
    return order


def deafen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fused step says the same whatever it is told."""
    real = Decoder.extend
    monkeypatch.setattr(
        Decoder, "extend", lambda self, ids, logits: real(self, [0] * len(ids), logits)
    )


def test_on_a_cpu_the_fused_step_is_loaded_and_nothing_else(tiny: Path, loaded: list[str]) -> None:
    _, info = load(tiny, CPU)
    assert loaded == ["Decoder"]
    assert info.notices == ()


def test_elsewhere_it_proves_itself_first(tiny: Path, loaded: list[str]) -> None:
    model, info = load(tiny, ELSEWHERE)
    assert loaded == ["AnyModel", "Decoder"]
    assert isinstance(model, Decoder)
    assert (info.device, info.attention, info.notices) == ("cpu:0", "sdpa", ())


def test_elsewhere_a_wrong_step_gives_way_and_it_is_said(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, loaded: list[str]
) -> None:
    deafen(monkeypatch)
    model, info = load(tiny, ELSEWHERE)
    assert isinstance(model, AnyModel)
    assert loaded == ["AnyModel", "Decoder", "AnyModel"]
    (notice,) = info.notices
    assert notice.startswith("The fused step is not used: its self-check failed at token 1 (logits")
    assert notice.endswith("of their spread); transformers' own step is.")


def test_elsewhere_an_error_gives_way_too(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Decoder, "load", full)
    model, info = load(tiny, ELSEWHERE)
    assert isinstance(model, AnyModel)
    assert info.notices == (
        "The fused step is not used: OutOfMemoryError: CUDA out of memory; transformers' own "
        "step is.",
    )


@pytest.mark.parametrize("hardware", [CPU, ELSEWHERE])
def test_a_model_that_fits_in_no_way_says_what_to_do(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, hardware: Hardware
) -> None:
    def full(*_: Any) -> Any:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(Decoder, "load", full)
    monkeypatch.setattr(AnyModel, "load", full)
    with pytest.raises(ModelError, match=f"into the memory of {hardware.device}"):
        load(tiny, hardware)


@pytest.mark.parametrize("hardware", [CPU, ELSEWHERE])
def test_damaged_weights_are_no_reason_to_try_another_route(
    tiny: Path, tmp_path: Path, hardware: Hardware
) -> None:
    for file in tiny.iterdir():
        data = b"\0" * 100 if file.suffix == ".safetensors" else file.read_bytes()
        (tmp_path / file.name).write_bytes(data)
    with pytest.raises(ModelError, match="fetch the model again"):
        load(tmp_path, hardware)


@pytest.mark.parametrize("hardware", [CPU, ELSEWHERE])
def test_transformers_own_step_can_be_asked_for(
    tiny: Path, hardware: Hardware, loaded: list[str]
) -> None:
    _, info = load(tiny, hardware, profile(decoder="transformers"))
    assert loaded == ["AnyModel"]
    assert info.notices == ()


def test_flash_attention_that_does_not_take_the_model_gives_way(tiny: Path) -> None:
    """The probe of a small example is not all: here transformers itself refuses."""
    flash = Hardware("cpu:0", "float32", "flash_attention_2", ())
    model, info = load(tiny, flash, profile(attention="flash_attention_2"))
    assert isinstance(model, AnyModel)
    assert info.attention == "sdpa"
    (notice,) = info.notices
    assert notice.startswith("flash_attention_2 is not used: ImportError: ")
    assert notice.endswith("; sdpa is.")


def test_another_attention_must_say_what_sdpa_says(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two kernels under flash-attn's name: one is right, one looks at the first key only."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.integrations.sdpa_attention import sdpa_attention_forward
    from transformers.masking_utils import sdpa_mask

    def first_key(module: Any, q: Any, k: Any, v: Any, mask: Any, **rest: Any) -> Any:
        return sdpa_attention_forward(module, q, k[:, :, :1], v[:, :, :1], None, **rest)

    for name, kernel in (("right_attention", sdpa_attention_forward), ("wrong", first_key)):
        AttentionInterface.register(name, kernel)
        AttentionMaskInterface.register(name, sdpa_mask)
        _, info = load(tiny, Hardware("cpu:0", "float32", name, ()))
        if name == "wrong":
            assert info.attention == "sdpa"
            assert info.notices[0].startswith("wrong is not used: its self-check failed at token ")
        else:
            assert (info.attention, info.notices) == (name, ())


def test_eager_attention_is_transformers_own(tiny: Path) -> None:
    _, info = load(tiny, Hardware("cpu", "float32", "eager", ()), profile(attention="eager"))
    assert (info.attention, info.notices) == ("eager", ())


def test_without_flash_attention_the_fused_step_is_used(tiny: Path) -> None:
    """What was asked for and is not here must not cost the fast step too."""
    model, _ = load(tiny, CPU, profile(attention="flash_attention_3"))
    assert isinstance(model, Decoder)


def test_int8_prompts_are_the_cpus(tiny: Path) -> None:
    _, info = load(tiny, ELSEWHERE, profile(prefill="int8"))
    assert info.notices == (
        "Without prefill = int8: that product is the CPU's, and this is cpu:0.",
    )
    _, info = load(tiny, CPU, profile(prefill="int8", decoder="transformers"))
    assert info.notices == ("Without prefill = int8: the profile asks for transformers' own step.",)


@pytest.mark.parametrize("bits", ["int8", "int4"])
def test_on_a_cpu_the_packed_products_are_the_fused_steps(tiny: Path, bits: str) -> None:
    model, info = load(tiny, CPU, profile(quantisation=bits))
    assert isinstance(model, Decoder)
    assert (info.quantisation, info.notices) == (bits, ())


def test_a_kernel_that_is_missing_shows_in_what_is_in_force(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: Any) -> Any:
        raise NotImplementedError("no kernel")

    monkeypatch.setattr(torch, "_weight_int4pack_mm_for_cpu", missing)
    model, info = load(tiny, CPU, profile(quantisation="int4"))
    with torch.inference_mode():
        assert model.extend([1], 1).isfinite().all()
    assert info.quantisation == "int8"
    assert info.notices[0].startswith("Without int4 weights: ")


def test_what_hardware_found_is_passed_on(tiny: Path) -> None:
    slow = Hardware("cpu", "float32", "sdpa", ("It is slow.",))
    _, info = load(tiny, slow, profile(prefill="int8", decoder="transformers"))
    assert info.notices[0] == "It is slow."
    assert len(info.notices) == 2


def test_the_real_135m_proves_itself_in_16_bits(smol: Path) -> None:
    elsewhere = Hardware("cpu:0", "bfloat16", "sdpa", ())
    model, info = load(smol, elsewhere, profile(dtype="bfloat16"))
    assert isinstance(model, Decoder)
    assert info.notices == ()
