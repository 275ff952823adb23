"""What a model runs on: FlashAttention is used where it is asked for, here and right."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from engine.errors import ModelError
from engine.llm.flash import agrees, flash_problem
from engine.llm.hardware import choose
from tests.tiny_models import profile

pytest_plugins = ("tests.engine.local_fixture",)
pytestmark = pytest.mark.usefixtures("one_thread")

FLASH = ["flash_attention_2", "flash_attention_3"]
MODULES = {"flash_attention_2": "flash_attn", "flash_attention_3": "flash_attn_interface"}


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that says it has a GPU; nothing can run on it."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: True)


def installed(monkeypatch: pytest.MonkeyPatch, name: str, function: Any) -> None:
    module = ModuleType(name)
    module.__spec__ = ModuleSpec(name, None)
    module.flash_attn_func = function  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, name, module)


def attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, *, causal: bool, corner: int = 0
) -> torch.Tensor:
    """As flash-attn computes it: the mask ends at the last query and the last key."""
    rows, columns = q.shape[1], k.shape[1]
    seen = torch.ones(rows, columns, dtype=torch.bool).tril(columns - rows + corner)
    q, k, v = (x.transpose(1, 2) for x in (q, k, v))
    mask = seen if causal else None
    return scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True).transpose(1, 2)


def test_auto_on_a_gpu_is_sdpa_without_a_word(cuda: None) -> None:
    found = choose(profile(device="auto", dtype="auto"))
    assert (found.device, found.dtype, found.attention) == ("cuda", "bfloat16", "sdpa")
    assert found.notices == ()


@pytest.mark.parametrize("wanted", FLASH)
def test_auto_stays_sdpa_where_flash_attention_is_installed(
    cuda: None, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    installed(monkeypatch, MODULES[wanted], attention)
    assert choose(profile(device="cuda", dtype="auto")).attention == "sdpa"


@pytest.mark.parametrize("wanted", FLASH)
def test_flash_attention_needs_a_gpu_and_says_so(wanted: str) -> None:
    found = choose(profile(attention=wanted))
    assert found.attention == "sdpa"
    assert found.notices == (
        f"{wanted}: flash-attn is not used (it needs a CUDA device); sdpa is.",
    )


def test_flash_attention_needs_16_bits_and_says_so(cuda: None) -> None:
    found = choose(profile(device="cuda", dtype="float32", attention="flash_attention_2"))
    assert found.attention == "sdpa"
    assert "it needs bfloat16 or float16" in found.notices[0]


@pytest.mark.parametrize(
    ("wanted", "remedy"),
    [
        ("flash_attention_2", "there is no module flash_attn: pip install flash-attn"),
        ("flash_attention_3", "there is no module flash_attn_interface: it is built from"),
    ],
)
def test_a_missing_flash_attention_says_how_to_get_it(cuda: None, wanted: Any, remedy: str) -> None:
    found = choose(profile(device="cuda", dtype="bfloat16", attention=wanted))
    assert found.attention == "sdpa"
    assert remedy in found.notices[0]


@pytest.mark.parametrize("wanted", FLASH)
def test_one_that_cannot_run_is_not_used(
    cuda: None, monkeypatch: pytest.MonkeyPatch, wanted: Any
) -> None:
    """Its module is here, and the GPU that was claimed is not."""
    installed(monkeypatch, MODULES[wanted], attention)
    problem = flash_problem(wanted, "cuda", "bfloat16")
    assert problem.split(":")[0] in ("AssertionError", "RuntimeError")


@pytest.mark.parametrize("wanted", FLASH)
def test_another_package_of_that_name_is_not_used(
    cuda: None, monkeypatch: pytest.MonkeyPatch, wanted: Any
) -> None:
    installed(monkeypatch, MODULES[wanted], None)
    monkeypatch.delattr(sys.modules[MODULES[wanted]], "flash_attn_func")
    assert flash_problem(wanted, "cuda", "bfloat16").startswith("AttributeError")


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_a_right_kernel_agrees(dtype: str) -> None:
    assert agrees(attention, "cpu", dtype)


def test_a_kernel_may_give_more_than_the_mixture() -> None:
    assert agrees(lambda *a, **k: (attention(*a, **k), "log-sum-exp"), "cpu", "bfloat16")


def aligned_at_the_first_key(q: Any, k: Any, v: Any, *, causal: bool) -> torch.Tensor:
    """As FlashAttention before 2.1: right for a prompt, wrong after a cached prefix."""
    return attention(q, k, v, causal=causal, corner=q.shape[1] - k.shape[1])


def without_a_mask(q: Any, k: Any, v: Any, *, causal: bool) -> torch.Tensor:
    return attention(q, k, v, causal=False)


def other_groups(q: Any, k: Any, v: Any, *, causal: bool) -> torch.Tensor:
    return attention(q, k.flip(2), v, causal=causal)


def off_by_a_key(q: Any, k: Any, v: Any, *, causal: bool) -> torch.Tensor:
    return attention(q, k, v, causal=causal, corner=1)


def no_numbers(q: Any, k: Any, v: Any, *, causal: bool) -> torch.Tensor:
    return torch.full_like(q, float("nan"))


@pytest.mark.parametrize(
    "kernel", [aligned_at_the_first_key, without_a_mask, other_groups, off_by_a_key, no_numbers]
)
def test_a_wrong_kernel_does_not(kernel: Any) -> None:
    assert not agrees(kernel, "cpu", "bfloat16")


def test_eager_is_what_it_is_asked_to_be() -> None:
    assert choose(profile(attention="eager")).attention == "eager"


def test_a_gpu_without_bfloat16_takes_float16_and_says_so(
    cuda: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: False)
    found = choose(profile(device="auto", dtype="auto"))
    assert found.dtype == "float16"
    assert found.notices == ("This GPU has no bfloat16; float16 is used.",)


def test_a_gpu_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match="«cuda», which this machine does not have"):
        choose(profile(device="cuda"))
