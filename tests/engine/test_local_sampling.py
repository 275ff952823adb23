"""Drawing a token: seed and position decide, nothing else does."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.llm.backend import Sampling
from engine.llm.sampling import draw, noise

LOGITS = torch.log(torch.tensor([0.5, 0.3, 0.15, 0.05]))


def sampling(temperature: float = 1.0, top_p: float = 1.0, seed: int = 0) -> Sampling:
    return Sampling(max_tokens=1, temperature=temperature, top_p=top_p, seed=seed)


def test_temperature_0_is_the_likeliest_token() -> None:
    drawn = draw(LOGITS, sampling(temperature=0), 0)
    assert drawn.token == 0
    assert drawn.logprob == pytest.approx(math.log(0.5))


@given(st.integers(0, 2**31), st.integers(0, 10_000))
def test_noise_is_repeatable_and_within_0_and_1(seed: int, position: int) -> None:
    value = noise(seed, position)
    assert value == noise(seed, position)
    assert 0 <= value < 1


def test_the_global_generator_neither_matters_nor_moves() -> None:
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first = [draw(LOGITS, sampling(seed=7), n).token for n in range(50)]
    assert torch.equal(before, torch.random.get_rng_state())
    torch.manual_seed(2)
    assert [draw(LOGITS, sampling(seed=7), n).token for n in range(50)] == first


def test_two_seeds_differ() -> None:
    one, two = ([draw(LOGITS, sampling(seed=s), n).token for n in range(50)] for s in (1, 2))
    assert one != two


def test_tokens_come_as_often_as_their_probability_says() -> None:
    drawn = [draw(LOGITS, sampling(), n).token for n in range(4000)]
    shares = [drawn.count(token) / len(drawn) for token in range(4)]
    assert shares == pytest.approx([0.5, 0.3, 0.15, 0.05], abs=0.03)


def test_top_p_keeps_the_smallest_set_that_holds_it() -> None:
    tokens = {draw(LOGITS, sampling(top_p=0.7), n).token for n in range(500)}
    assert tokens == {0, 1}


def test_a_flat_vocabulary_larger_than_the_first_sort_is_drawn_from_entirely() -> None:
    tokens = [draw(torch.zeros(5000), sampling(), n).token for n in range(500)]
    assert len(set(tokens)) > 400


def test_a_low_temperature_sharpens() -> None:
    drawn = [draw(LOGITS, sampling(temperature=0.2), n).token for n in range(500)]
    assert drawn.count(0) > 400
