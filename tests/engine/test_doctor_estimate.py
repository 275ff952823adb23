"""Estimates of a question: from rates that were measured, larger for what is larger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from engine.config import FileSource, Model, Settings
from engine.doctor.estimate import (
    ANSWER_TOKENS,
    PROMPT_TOKENS,
    Rates,
    bytes_per_token,
    estimate,
    products_s,
    reading,
)
from engine.doctor.measure import estimates, smallest
from engine.errors import ModelError
from engine.paths import Home
from tests.fake_server import profile_of
from tests.tiny_models import profile

DEAD = "http://127.0.0.1:9/v1"
RATES = Rates(
    bandwidth=50e9,
    reading={"none": 50e9, "int8": 25e9},
    full=300e9,
    int8=600e9,
    beside_prompt=0.2,
    beside_token=0.006,
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "config", tmp_path / "data", tmp_path / "cache")


def model(parameters: int) -> Model:
    return Model(
        parameters=parameters,
        licence="Apache-2.0",
        bytes=parameters,
        format="gguf",
        sha256="a" * 64,
        sources=(FileSource(path="/nowhere"),),
    )


def test_a_larger_model_is_never_estimated_to_be_quicker() -> None:
    small, large = (
        estimate("p", profile(title="P", model="m"), model(size), RATES, "cpu").seconds
        for size in (135_000_000, 1_500_000_000)
    )
    assert small < large


def test_prompts_in_int8_are_as_much_quicker_as_the_product_was() -> None:
    full = products_s(10**9, "full", RATES)
    assert full == pytest.approx(2 * 10**9 * PROMPT_TOKENS / RATES.full)
    assert products_s(10**9, "int8", RATES) == pytest.approx(full / 2)
    assert products_s(10**9, "int8", replace(RATES, int8=0.0)) == pytest.approx(full)


def test_weights_are_read_as_quickly_as_their_format_is() -> None:
    by_bits = {bits: profile(title="P", model="m", quantisation=bits) for bits in ("none", "int8")}
    assert reading(by_bits["none"], RATES) == 50e9
    assert reading(by_bits["int8"], RATES) == 25e9
    assert reading(profile(title="P", model="m", quantisation="int4"), RATES) == 50e9


def test_the_formula_gives_the_times_of_the_speed_page_from_its_own_rates() -> None:
    """Rates solved from `135m` and `1.5b-coder` there; `0.5b` was int4 then."""
    rates = Rates(
        bandwidth=50e9,
        reading={"none": 50e9, "int4": 30e9},
        full=0.6e12,
        int8=1.23e12,
        beside_prompt=0.15,
        beside_token=0.0045,
    )
    packed = profile(title="P", model="m", dtype="auto", quantisation="int4", prefill="int8")
    lookup = structs.replace(packed, lookup=7)
    for size, token_s, seconds in (
        (134_515_008, 0.0085, 0.49),
        (494_032_768, 0.0161, None),
        (1_543_714_304, 0.0421, 1.87),
    ):
        plain = estimate("p", packed, model(size), rates, "cpu")
        assert plain.decode_s / ANSWER_TOKENS == pytest.approx(token_s, rel=0.15)
        if seconds is not None:
            found = estimate("p", lookup, model(size), rates, "cpu").seconds
            assert found == pytest.approx(seconds, rel=0.25)


def test_fewer_bits_count_on_the_cpu_only() -> None:
    packed = profile(title="P", model="m", dtype="auto", quantisation="int4")
    assert bytes_per_token(packed, model(100), "cpu") == pytest.approx(73.0)
    assert bytes_per_token(packed, model(100), "cuda") == pytest.approx(200.0)


def test_every_local_profile_of_known_size_has_an_estimate() -> None:
    settings = Settings(
        profiles={
            "b": profile(title="B", model="m", order=1),
            "a": profile(title="A", model="m", order=2),
            "own": profile(title="Own", model="/weights"),
            "served": profile_of(DEAD),
        },
        models={"m": model(1_000_000)},
    )
    assert [each.profile for each in estimates(settings, RATES, "cpu")] == ["a", "b"]


def test_without_weights_nothing_is_measured_and_it_is_said_how_to_get_some(home: Home) -> None:
    settings = Settings(profiles={"p": profile(title="P", model="m")}, models={"m": model(100)})
    with pytest.raises(ModelError) as raised:
        smallest(settings, home)
    assert "argo-tui models fetch" in raised.value.remedy
