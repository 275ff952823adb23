"""Kernels for quantised weights are tried before they are trusted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch

from engine.llm.fused.kernels import fitting, int4_problem, int8_problem
from engine.llm.fused.weights import Recipe

pytest_plugins = ("tests.engine.local_fixture",)
pytestmark = pytest.mark.usefixtures("one_thread")

FORMATS = ["float32", "bfloat16", "float16"]
INT4, INT8 = "_weight_int4pack_mm_for_cpu", "_weight_int8pack_mm"


def missing(*_: Any) -> Any:
    raise NotImplementedError("no such operator on this processor")


def wrong(real: Callable[..., torch.Tensor], change: float) -> Callable[..., torch.Tensor]:
    return lambda *arguments: real(*arguments) * change


@pytest.mark.parametrize("dtype", FORMATS)
def test_the_kernels_of_this_processor_are_right(dtype: str) -> None:
    assert (int4_problem(dtype), int8_problem(dtype)) == ("", "")


def test_what_works_is_left_as_it_was_asked_for() -> None:
    recipe = Recipe("bfloat16", "int4")
    assert fitting(recipe) == (recipe, ())


def test_without_the_int4_kernel_int8_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, INT4, missing)
    recipe, notices = fitting(Recipe("float32", "int4"))
    assert recipe == Recipe("float32", "int8")
    assert notices == (
        "Without int4 weights: the int4 kernel does not run here (NotImplementedError: no such "
        "operator on this processor); int8 is tried.",
    )


def test_without_either_kernel_the_weights_are_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, INT4, missing)
    monkeypatch.setattr(torch, INT8, missing)
    recipe, notices = fitting(Recipe("bfloat16", "int4"))
    assert recipe == Recipe("bfloat16")
    assert len(notices) == 2
    assert notices[1].endswith("they are kept in bfloat16.")


def test_int4_needs_int8_for_the_matrices_that_stay_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, INT8, missing)
    recipe, notices = fitting(Recipe("bfloat16", "int4"))
    assert recipe.decode == "none"
    assert len(notices) == 1


def test_what_is_not_asked_for_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, INT4, missing)
    monkeypatch.setattr(torch, INT8, missing)
    monkeypatch.setattr(torch.ops.onednn, "qlinear_prepack", missing)
    assert fitting(Recipe("float32")) == (Recipe("float32"), ())


@pytest.mark.parametrize("change", [0.0, 0.9, -1.0, 1.1])
def test_a_kernel_that_is_wrong_is_not_used(monkeypatch: pytest.MonkeyPatch, change: float) -> None:
    for name, problem in ((INT4, int4_problem), (INT8, int8_problem)):
        monkeypatch.setattr(torch, name, wrong(getattr(torch, name), change))
        assert f"is wrong here, by {abs(1 - change):.0%}" in problem("float32")


def test_a_kernel_that_gives_no_numbers_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, INT8, wrong(torch._weight_int8pack_mm, float("nan")))
    assert int8_problem("bfloat16") == "the int8 kernel gives no numbers in bfloat16"


def test_a_kernel_that_is_wrong_for_many_rows_only_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = torch._weight_int8pack_mm

    def first_row_only(x: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        product = real(x, *others)
        product[1:] = 0
        return product

    monkeypatch.setattr(torch, INT8, first_row_only)
    assert "is wrong here" in int8_problem("float32")


@pytest.mark.parametrize("name", ["qlinear_prepack", "qlinear_pointwise"])
def test_without_the_int8_kernel_for_prompts_their_products_are_full(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(torch.ops.onednn, name, missing)
    recipe, notices = fitting(Recipe("float32", "int8", "int8"))
    assert recipe == Recipe("float32", "int8", "full")
    assert [notice[:24] for notice in notices] == ["Without prefill = int8: "]
    assert notices[0].endswith("products over a prompt are full.")


def test_a_processor_without_vnni_is_found_out() -> None:
    """There the real kernel saturates in silence: oneDNN is told to leave VNNI alone."""
    code = "from engine.llm.fused.kernels import prompt_problem; print(prompt_problem('float32'))"
    environment = {**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "the int8 prompt kernel is wrong here, by 99%"
