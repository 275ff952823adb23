"""The self-check: a fast route is believed only where it says what the plain one says."""

from __future__ import annotations

import gc
import json
import shutil
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.llm.any_model import AnyModel
from engine.llm.fused.decoder import Decoder
from engine.llm.fused.weights import Recipe
from engine.llm.hardware import Hardware
from engine.llm.prefix import BLOCK, Incremental
from engine.llm.self_check import Load, checked, difference, record, wrong

pytest_plugins = ("tests.models_fixture", "tests.engine.local_fixture")
pytestmark = pytest.mark.usefixtures("one_thread")

Damage = Callable[[Decoder], Incremental]


class Noted:
    """Loads models, and knows which are alive when the next one is asked for."""

    def __init__(self, directory: Path, dtype: str = "float32") -> None:
        self.directory, self.dtype = directory, dtype
        self.order: list[str] = []
        self.most = 0
        self._alive: weakref.WeakSet[Any] = weakref.WeakSet()
        self.released = 0

    def plain(self) -> Incremental:
        model = AnyModel.load(self.directory, Hardware("cpu", self.dtype, "sdpa", ()))
        return self._noted("plain", model)

    def fast(self, damage: Damage | None = None, directory: Path | None = None) -> Load:
        def load() -> Incremental:
            model = Decoder.load(directory or self.directory, Recipe(self.dtype))
            self._noted("fast", model)
            return damage(model) if damage else model

        return load

    def release(self) -> None:
        self.released += 1
        gc.collect()

    def _noted(self, name: str, model: Any) -> Any:
        self.order.append(name)
        self._alive.add(model)
        self.most = max(self.most, len(self._alive))
        return model


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_a_healthy_step_is_used(tiny: Path, dtype: str) -> None:
    loads = Noted(tiny, dtype)
    model, problem = checked(loads.plain, loads.fast(), loads.release)
    assert (type(model), problem) == (Decoder, "")
    assert loads.order == ["plain", "fast"]


def test_two_models_are_never_in_memory_at_once(tiny: Path) -> None:
    loads = Noted(tiny)
    model, problem = checked(loads.plain, loads.fast(NoNumbers), loads.release)
    assert (type(model), bool(problem)) == (AnyModel, True)
    assert loads.order == ["plain", "fast", "plain"]
    assert (loads.most, loads.released) == (1, 2)


class Other:
    """A step that is right but for one thing."""

    def __init__(self, model: Decoder) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def extend(self, ids: Sequence[int], logits: int) -> torch.Tensor:
        return self._model.extend(ids, logits)


class KeepsOneTooMany(Other):
    """A rewind that leaves one token: the first prompt is still right."""

    def truncate(self, length: int) -> None:
        self._model.truncate(length + 1)


class MixesUpRows(Other):
    """Right for one row, as in decoding, and wrong for a draft."""

    def extend(self, ids: Sequence[int], logits: int) -> torch.Tensor:
        return super().extend(ids, logits).flip(0)


class TurnsBlocks(Other):
    """Right for a prompt of one forward only."""

    def extend(self, ids: Sequence[int], logits: int) -> torch.Tensor:
        return super().extend(ids[::-1] if len(ids) == BLOCK else ids, logits)


class NoNumbers(Other):
    def extend(self, ids: Sequence[int], logits: int) -> torch.Tensor:
        return super().extend(ids, logits) * float("nan")


class NoKernel(Other):
    def extend(self, ids: Sequence[int], logits: int) -> torch.Tensor:
        raise RuntimeError("no kernel image is available")


BROKEN = (KeepsOneTooMany, MixesUpRows, TurnsBlocks, NoNumbers)


@pytest.mark.parametrize("damage", BROKEN)
def test_a_broken_step_is_not_used(tiny: Path, damage: Damage) -> None:
    loads = Noted(tiny)
    model, problem = checked(loads.plain, loads.fast(damage), loads.release)
    assert type(model) is AnyModel
    assert problem.startswith("its self-check failed at token ")


@pytest.mark.parametrize(
    "change",
    [{"rms_norm_eps": 1.0}, {"rope_parameters": {"rope_type": "default", "rope_theta": 100.0}}],
)
def test_another_norm_or_rotation_is_found(tiny: Path, tmp_path: Path, change: Any) -> None:
    shutil.copytree(tiny, tmp_path / "other")
    path = tmp_path / "other" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    loads = Noted(tiny)
    _, problem = checked(loads.plain, loads.fast(directory=path.parent), loads.release)
    assert "logits differ by" in problem


def test_one_other_weight_is_found(tiny: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    shutil.copytree(tiny, tmp_path / "other")
    path = tmp_path / "other" / "model.safetensors"
    weights = load_file(path)
    weights["model.layers.1.post_attention_layernorm.weight"][:16] *= 1.5
    save_file(weights, path, {"format": "pt"})
    loads = Noted(tiny)
    _, problem = checked(loads.plain, loads.fast(directory=path.parent), loads.release)
    assert "logits differ by" in problem


def test_what_is_wrong_is_said(tiny: Path) -> None:
    loads = Noted(tiny)
    _, problem = checked(loads.plain, loads.fast(NoNumbers), loads.release)
    assert problem == "its self-check failed at token 1 (logits are not numbers)"


def cannot_load(model: Decoder) -> Incremental:
    raise RuntimeError("no kernel image is available")


@pytest.mark.parametrize("damage", [cannot_load, NoKernel])
def test_an_error_is_no_agreement(tiny: Path, damage: Damage) -> None:
    loads = Noted(tiny)
    model, problem = checked(loads.plain, loads.fast(damage), loads.release)
    assert type(model) is AnyModel
    assert problem == "RuntimeError: no kernel image is available"
    assert loads.most == 1, "the error does not hold the model"


@pytest.mark.parametrize("damage", [None, NoNumbers])
def test_the_model_comes_out_as_new(tiny: Path, damage: Damage | None) -> None:
    loads = Noted(tiny)
    model, _ = checked(loads.plain, loads.fast(damage), loads.release)
    with torch.inference_mode():
        fresh = loads.plain().extend([7, 8, 9], 3)
        torch.testing.assert_close(model.extend([7, 8, 9], 3), fresh, atol=1e-4, rtol=1e-4)


class Made:
    """A model that is a table of chances: logits from the ids before, and an error on top."""

    parameters = memory_bytes = decode_bytes = 0
    context = 4096

    def __init__(
        self, error: float = 0.0, *, size: int = 400, dtype: torch.dtype = torch.float32
    ) -> None:
        self._error, self._size, self._dtype = error, size, dtype
        self._ids: list[int] = []

    def extend(self, ids: Sequence[int], logits: int) -> torch.Tensor:
        rows = []
        for token in ids:
            self._ids.append(token)
            rows.append(self._row(sum(self._ids) * 31 + len(self._ids)))
        return torch.stack(rows[-logits:]).to(self._dtype)

    def truncate(self, length: int) -> None:
        del self._ids[length:]

    def copy(self) -> Any:
        raise NotImplementedError

    def paste(self, copied: Any) -> None:
        raise NotImplementedError

    def _row(self, seed: int) -> torch.Tensor:
        chance = torch.Generator().manual_seed(seed)
        right, error = torch.randn(2, self._size, generator=chance)
        # At right angles to the logits, so that its length is the whole error.
        error -= error.mean()
        error -= (error @ (right - right.mean())) / (right - right.mean()).norm() ** 2 * right
        return right + self._error * error / error.norm() * (right - right.mean()).norm()


@settings(max_examples=20)
@given(st.floats(0, 0.0095))
def test_rounding_is_within_the_bound(error: float) -> None:
    assert difference(Made(error), record(Made())) == ""


@settings(max_examples=20)
@given(st.floats(0.011, 10))
def test_more_than_rounding_is_not(error: float) -> None:
    assert "logits differ by" in difference(Made(error), record(Made()))


def test_the_bound_follows_the_number_format() -> None:
    assert difference(Made(0.05), record(Made())) != ""
    assert difference(Made(0.05), record(Made(dtype=torch.bfloat16))) == ""


def test_another_token_than_the_plain_ones_is_seen_within_the_bound() -> None:
    """One logit that stands out is a small part of the length of all, and a wrong token."""

    class Insistent(Made):
        def extend(self, ids: Sequence[int], logits: int) -> torch.Tensor:
            rows = super().extend(ids, logits)
            rows[:, 123] = rows.max(-1).values + 1
            return rows

    references = record(Made(size=4000, dtype=torch.bfloat16))
    found = difference(Insistent(size=4000, dtype=torch.bfloat16), references)
    assert "(it says 123, the plain step " in found


def test_a_short_context_is_not_outgrown() -> None:
    class Short(Made):
        context = 16

        def extend(self, ids: Sequence[int], logits: int) -> torch.Tensor:
            rows = super().extend(ids, logits)
            assert len(self._ids) <= self.context
            return rows

    assert difference(Short(), record(Short())) == ""


def test_a_model_without_another_must_at_least_give_numbers() -> None:
    assert wrong(Made()) == ""
    assert wrong(Made(error=float("nan"))) == "its logits are not numbers"
