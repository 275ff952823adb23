"""An adapter is merged into the weights before anything is made of them, or nothing is loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import ModelError
from engine.layers import load as load_settings
from engine.llm.any_model import AnyModel
from engine.llm.fused.decoder import Decoder
from engine.llm.fused.prepared import prepared_path
from engine.llm.fused.weights import Recipe
from engine.llm.hardware import Hardware
from engine.llm.load import describe, load_model
from engine.llm.prefix import Incremental
from engine.llm.server.vllm import Serving, command
from engine.models import adapter as adapters
from engine.models.adapter import Adapter, base_of, open_adapter
from engine.paths import Home
from tests.engine.local_kit import FAMILIES, Family
from tests.tiny_models import profile

pytest_plugins = ("tests.engine.local_fixture", "tests.models_fixture")
pytestmark = pytest.mark.usefixtures("one_thread")

RANK, ALPHA = 4, 8
CPU = Hardware("cpu", "float32", "sdpa", ())
IDS = (5, 9, 3, 60, 2, 7, 7, 1)
MODULES = (
    "self_attn.q_proj",
    "self_attn.v_proj",
    "self_attn.o_proj",
    "mlp.up_proj",
    "mlp.down_proj",
)


def write_adapter(base: Path, out: Path, strength: float = 0.1, seed: int = 4) -> Path:
    """Of random numbers, in PEFT's format, for those modules of every layer."""
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(base)
    chance = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, weight in model.named_parameters():
        if name.removesuffix(".weight").endswith(MODULES):
            module = f"base_model.model.{name.removesuffix('.weight')}"
            high, wide = weight.shape
            a = torch.randn(RANK, wide, generator=chance) * wide**-0.5
            b = torch.randn(high, RANK, generator=chance) * strength
            tensors[f"{module}.lora_A.weight"] = a.bfloat16()
            tensors[f"{module}.lora_B.weight"] = b.bfloat16()
    out.mkdir(parents=True)
    save_file(tensors, out / "adapter_model.safetensors")
    write(out / "adapter_config.json", {"peft_type": "LORA", "r": RANK, "lora_alpha": ALPHA})
    found = base_of(base)
    write(out / "training.json", {"base": {"name": found.name, "sha256": found.sha256}})
    return out


def write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def beside(base: Path, adapter: Path) -> torch.Tensor:
    """What W x + scale B A x says, by transformers and hooks: logits of all rows."""
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    tensors = load_file(adapter / "adapter_model.safetensors")
    for name, module in model.named_modules():
        key = f"base_model.model.{name}.lora_"
        if f"{key}A.weight" in tensors:
            a, b = (tensors[f"{key}{half}.weight"].float() for half in "AB")
            module.register_forward_hook(
                lambda _, x, y, a=a, b=b: y + ALPHA / RANK * (x[0] @ a.t()) @ b.t()
            )
    with torch.inference_mode():
        found: torch.Tensor = model(input_ids=torch.tensor([IDS])).logits[0]
    return found


def logits(model: Incremental) -> torch.Tensor:
    with torch.inference_mode():
        return model.extend(IDS, len(IDS))


@pytest.fixture(params=FAMILIES)
def base(request: pytest.FixtureRequest, tiny_families: dict[Family, Path]) -> Path:
    return tiny_families[request.param]


@pytest.fixture
def reader(base: Path, tmp_path: Path) -> Path:
    """The directory of an adapter for that base."""
    return write_adapter(base, tmp_path / "reader")


def opened(reader: Path, base: Path) -> Adapter:
    return open_adapter(str(reader), base)


def test_merged_is_what_the_low_rank_part_beside_the_weights_is(base: Path, reader: Path) -> None:
    expected = beside(base, reader)
    fused = Decoder.load(base, Recipe("float32"), adapter=opened(reader, base))
    own = AnyModel.load(base, CPU, adapter=opened(reader, base))
    torch.testing.assert_close(logits(fused), expected, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(logits(own), expected, rtol=1e-3, atol=1e-3)
    plain = logits(Decoder.load(base, Recipe("float32")))
    assert (plain - expected).abs().max() > 0.1


@pytest.mark.parametrize("prefill", ["full", "int8"])
def test_in_eight_bits_an_adapter_still_says_nearly_the_same(
    base: Path, reader: Path, prefill: Any
) -> None:
    recipe = Recipe("float32", "int8", prefill)
    found = logits(Decoder.load(base, recipe, adapter=opened(reader, base)))
    expected = beside(base, reader)
    assert (found - expected).norm() < 0.06 * expected.norm()


def test_a_matrix_that_left_its_four_bit_grid_is_kept_in_eight_bits(
    base: Path, reader: Path, tmp_path: Path
) -> None:
    four_bit = on_a_grid(base, tmp_path / "four-bit")
    of_it = write_adapter(four_bit, tmp_path / "of-it")
    recipe = Recipe("float32", "int4")
    assert Decoder.load(four_bit, recipe).bits(recipe) == "int4"
    merged = Decoder.load(four_bit, recipe, adapter=opened(of_it, four_bit))
    expected = beside(four_bit, of_it)
    assert (logits(merged) - expected).norm() < 0.06 * expected.norm()
    # A base that never was a 4-bit file is rounded as ever.
    whole = Decoder.load(base, recipe, adapter=opened(reader, base))
    assert whole.bits(recipe) == "int4"


def on_a_grid(base: Path, out: Path) -> Path:
    """The same model with every matrix of its layers on a 4-bit grid."""
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    for name, weight in model.named_parameters():
        if "_proj.weight" in name:
            groups = weight.data.view(-1, 32)
            low, high = groups.aminmax(dim=-1, keepdim=True)
            step = (high - low) / 15
            weight.data = (((groups - low) / step).round() * step + low).view_as(weight)
    model.save_pretrained(out)
    return out


def test_the_base_is_named_in_the_record_with_its_adapter(base: Path, reader: Path) -> None:
    asked = profile(adapter=str(reader), title="Tiny")
    model, notices = load_model(base, asked, CPU, None)
    info = describe(model, asked, CPU, notices)
    assert info.name == "Tiny + reader"
    torch.testing.assert_close(logits(model), beside(base, reader), rtol=1e-3, atol=1e-3)


def test_what_an_adapter_costs_in_bits_is_announced(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    four_bit = on_a_grid(base, tmp_path / "four-bit")
    of_it = write_adapter(four_bit, tmp_path / "of-it")
    asked = profile(adapter=str(of_it), quantisation="int4")
    model, notices = load_model(four_bit, asked, CPU, None)
    info = describe(model, asked, CPU, notices)
    assert info.quantisation != "int4"
    assert any("quantisation = int4" in notice for notice in info.notices)


def test_transformers_own_step_takes_the_adapter_too(base: Path, reader: Path) -> None:
    asked = profile(adapter=str(reader), decoder="transformers")
    model, _ = load_model(base, asked, CPU, None)
    assert isinstance(model, AnyModel)
    torch.testing.assert_close(logits(model), beside(base, reader), rtol=1e-3, atol=1e-3)


def test_torchao_packs_what_the_adapter_has_changed(base: Path, reader: Path) -> None:
    pytest.importorskip("torchao")
    model = AnyModel.load(base, CPU, "int8", opened(reader, base))
    expected = beside(base, reader)
    assert model.left_full == 0
    assert (logits(model) - expected).norm() < 0.06 * expected.norm()


def test_an_adapter_of_another_base_is_refused(
    tiny_families: dict[Family, Path], tmp_path: Path
) -> None:
    reader = write_adapter(tiny_families["llama"], tmp_path / "reader")
    with pytest.raises(ModelError, match="was trained on llama") as caught:
        load_model(tiny_families["qwen2"], profile(adapter=str(reader)), CPU, None)
    assert "model" in caught.value.remedy


def test_an_adapter_that_is_not_there_is_named_with_those_that_are(
    base: Path, reader: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapters, "SHIPPED", reader.parent)
    with pytest.raises(ModelError, match="no adapter «raeder»") as caught:
        load_model(base, profile(adapter="raeder"), CPU, None)
    assert "reader" in caught.value.remedy
    assert open_adapter("reader", base).name == "reader"


@pytest.mark.parametrize(
    "change", [{"use_dora": True}, {"bias": "all"}, {"alpha_pattern": {"q_proj": 2}}]
)
def test_what_is_more_than_plain_lora_is_refused(
    base: Path, reader: Path, change: dict[str, Any]
) -> None:
    plain = {"peft_type": "LORA", "r": RANK, "lora_alpha": ALPHA}
    write(reader / "adapter_config.json", {**plain, **change})
    with pytest.raises(ModelError, match="not plain LoRA"):
        opened(reader, base)


def test_a_damaged_adapter_is_refused(base: Path, reader: Path) -> None:
    (reader / "training.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be read"):
        opened(reader, base)


def test_quantised_weights_are_kept_apart_by_adapter(
    base: Path, reader: Path, tmp_path: Path
) -> None:
    other = write_adapter(base, tmp_path / "other", seed=5)
    cache, recipe = tmp_path / "cache", Recipe("float32", "int8")
    found = [
        prepared_path(cache, base, repr(recipe), digest)
        for digest in ("", opened(reader, base).digest, opened(other, base).digest)
    ]
    assert len(set(found)) == 3
    first = logits(Decoder.load(base, recipe, cache=cache, adapter=opened(reader, base)))
    plain = logits(Decoder.load(base, recipe, cache=cache))
    again = logits(Decoder.load(base, recipe, cache=cache, adapter=opened(reader, base)))
    assert torch.equal(first, again)
    assert not torch.allclose(first, plain, atol=0.1)


def test_vllm_computes_the_adapter_beside_the_weights(base: Path, reader: Path) -> None:
    what = Serving(str(base), "reader", "127.0.0.1", 8000, "", opened(reader, base))
    line = command(["vllm", "serve"], what, [])
    assert line[line.index("--lora-modules") + 1] == f"reader={reader.resolve()}"
    assert line[line.index("--max-lora-rank") + 1] == "8"
    assert line[line.index("--served-model-name") + 1] == "reader-base"
    assert "--enable-lora" not in command(
        ["vllm", "serve"], Serving(str(base), "b", "127.0.0.1", 8000, ""), []
    )


def test_every_shipped_adapter_that_a_profile_names_is_there(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path, tmp_path)
    named = {p.adapter for p in load_settings(home).settings.profiles.values() if p.adapter}
    for name in named:
        assert (adapters.adapter_directory(name) / "training.json").is_file()
