"""Beginnings that are kept: reused as they are, and never a token that was not fed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.llm.any_model import AnyModel
from engine.llm.fused.decoder import Decoder
from engine.llm.fused.weights import Recipe
from engine.llm.hardware import Hardware
from engine.llm.prefix import BLOCK, Incremental, Prefix
from tests.engine.local_kit import FAMILIES, VOCABULARY, Family, Fed, Recorder, ask

pytest_plugins = ("tests.engine.local_fixture",)
pytestmark = pytest.mark.usefixtures("one_thread")

Ids = tuple[int, ...]


def words(seed: int, length: int) -> Ids:
    """Ids that differ from those of any other seed at once."""
    return tuple((seed * 7 + n * n + n // 5) % VOCABULARY for n in range(length))


ANSWER, REASON = words(1, 3 * BLOCK + 20), words(2, 90)
"""The beginnings of two roles."""
CONTENTS: Final = [words(n, length) for n, length in ((3, 40), (4, 200), (5, 1), (6, BLOCK))]


def fake(*beginnings: Ids) -> tuple[Prefix, Recorder]:
    recorder = Recorder()
    prefix = Prefix(recorder)
    for beginning in beginnings:
        prefix.keep(beginning)
    recorder.forwards = 0
    return prefix, recorder


def test_a_prompt_reuses_the_beginning_that_was_kept() -> None:
    prefix, recorder = fake(ANSWER)
    reused, _ = ask(prefix, ANSWER + CONTENTS[0])
    assert reused == len(ANSWER)
    assert recorder.forwards == 1
    assert recorder.ids == ANSWER + CONTENTS[0]


def test_two_roles_take_turns_and_both_reuse_theirs() -> None:
    prefix, recorder = fake(ANSWER, REASON)
    for content in CONTENTS * 2:
        for beginning in (ANSWER, REASON):
            reused, _ = ask(prefix, beginning + content)
            assert reused >= len(beginning)
            assert recorder.ids == beginning + content


def test_whole_blocks_behind_a_beginning_are_reused_too() -> None:
    prefix, recorder = fake(ANSWER)
    passages = words(9, 2 * BLOCK)
    ask(prefix, ANSWER + passages + CONTENTS[0])
    reused, _ = ask(prefix, ANSWER + passages + CONTENTS[1])
    assert reused == len(ANSWER) + 2 * BLOCK
    assert recorder.ids == ANSWER + passages + CONTENTS[1]


@pytest.mark.parametrize("shared", [1, BLOCK - 1, BLOCK, 2 * BLOCK + 5, len(ANSWER) - 1])
def test_a_prompt_that_shares_a_part_of_a_beginning_is_right_too(shared: int) -> None:
    prompt = ANSWER[:shared] + words(8, 50)
    for before in (ANSWER + CONTENTS[0], REASON + CONTENTS[0], ()):
        prefix, recorder = fake(ANSWER, REASON)
        if before:
            ask(prefix, before)
        reused, _ = ask(prefix, prompt)
        assert reused <= shared
        assert recorder.ids == prompt
        assert recorder.held == cold((ANSWER, REASON), prompt)


def test_the_longer_of_two_beginnings_that_fit_is_taken_in_whatever_order_they_came() -> None:
    short, long = ANSWER[:BLOCK], ANSWER
    for order in itertools.permutations((short, long, REASON)):
        prefix, recorder = fake(*order)
        reused, _ = ask(prefix, long + CONTENTS[0])
        assert reused == len(long)
        assert recorder.ids == long + CONTENTS[0]
        assert ask(prefix, short + CONTENTS[0])[0] == len(short)


@pytest.mark.parametrize("extra", [0, 1])
def test_at_least_one_token_of_a_prompt_is_fed(extra: int) -> None:
    for length in (1, 5, BLOCK, len(ANSWER)):
        prefix, recorder = fake(ANSWER[:length])
        prompt = ANSWER[: length + extra]
        for _ in range(2):
            reused, _ = ask(prefix, prompt)
            assert reused < len(prompt)
            assert recorder.ids == prompt


def test_what_is_kept_twice_is_computed_once() -> None:
    prefix, recorder = fake(ANSWER)
    prefix.keep(ANSWER)
    assert recorder.forwards == 0
    prefix.keep(())
    assert recorder.forwards == 0


def test_keeping_leaves_nothing_in_the_cache() -> None:
    prefix, recorder = fake(ANSWER, REASON)
    assert len(prefix) == 0
    assert recorder.ids == ()


def test_forgetting_leaves_the_beginnings_unless_they_are_meant() -> None:
    prefix, recorder = fake(ANSWER)
    ask(prefix, ANSWER + CONTENTS[0])
    prefix.forget()
    assert (len(prefix), recorder.ids) == (0, ())
    assert ask(prefix, ANSWER + CONTENTS[0])[0] == len(ANSWER)
    prefix.forget(beginnings=True)
    assert (len(prefix), recorder.ids) == (0, ())
    reused, _ = ask(prefix, ANSWER + CONTENTS[0])
    assert reused == 0
    assert recorder.ids == ANSWER + CONTENTS[0]


def cold(beginnings: Sequence[Ids], prompt: Sequence[int]) -> list[Fed]:
    """What is held, and in which forwards, after this prompt alone."""
    prefix, recorder = fake(*beginnings)
    ask(prefix, prompt)
    return recorder.held


parts = st.tuples(st.integers(0, 2), st.sampled_from([1, 2, 50, BLOCK - 1, BLOCK, BLOCK + 1]))
texts = st.lists(parts, min_size=1, max_size=4).map(
    lambda chosen: tuple(token for kind, length in chosen for token in [kind] * length)
)
"""Three letters in long runs: prompts share blocks, parts of blocks, or nothing."""
Deed = tuple[Literal["keep", "ask", "decode", "break", "forget", "forget all"], Ids]
deeds = st.lists(
    st.tuples(
        st.sampled_from(["keep", "ask", "ask", "ask", "decode", "break", "forget", "forget all"]),
        texts,
    ),
    max_size=10,
)


@settings(deadline=None, max_examples=300)
@given(deeds)
def test_whatever_happens_the_cache_holds_the_fed_tokens_in_the_forwards_of_a_cold_run(
    deeds: list[Deed],
) -> None:
    prefix, recorder = fake()
    beginnings: list[Ids] = []
    for deed, ids in deeds:
        if deed == "keep":
            prefix.keep(ids)
            assert ids in beginnings or recorder.ids == ()
            beginnings.append(ids)
        elif deed == "ask":
            reused, logits = ask(prefix, ids)
            assert reused < len(ids)
            assert recorder.ids == ids
            assert recorder.held == cold(beginnings, ids)
            assert logits.tolist() == [len(ids)]
        elif deed == "decode":
            decode_some(prefix, recorder)
        elif deed == "break":
            recorder.breaks = True
            with pytest.raises(MemoryError):
                ask(prefix, ids)
            recorder.breaks = False
            assert recorder.ids == ()
        else:
            prefix.forget(beginnings=deed == "forget all")
            beginnings = [] if deed == "forget all" else beginnings
            assert recorder.ids == ()
        assert len(prefix) == len(recorder.held)


def decode_some(prefix: Prefix, recorder: Recorder) -> None:
    """Tokens and a draft that is rejected in part, as decoding does."""
    before = recorder.ids
    prefix.feed([0])
    prefix.feed([1, 1, 1, 2], 4)
    prefix.cut(len(before) + 3)
    assert recorder.ids == (*before, 0, 1, 1)


MODELS: Final = ("fused", "fused, bfloat16", "transformers", "transformers, bfloat16")


def load(directory: Path, kind: str) -> Incremental:
    dtype = "bfloat16" if "bfloat16" in kind else "float32"
    if kind.startswith("fused"):
        return Decoder.load(directory, Recipe(dtype))
    return AnyModel.load(directory, Hardware("cpu", dtype, "sdpa", ()))


@pytest.fixture(autouse=True)
def inference() -> Iterator[None]:
    """One mode throughout, as in the back end."""
    with torch.inference_mode():
        yield


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", MODELS)
def test_logits_are_those_of_a_cold_run_bit_for_bit(
    tiny_families: dict[Family, Path], family: Family, kind: str
) -> None:
    beginnings = (ANSWER[: BLOCK + 30], REASON)
    used = Prefix(load(tiny_families[family], kind))
    for beginning in beginnings:
        used.keep(beginning)
    fresh = load(tiny_families[family], kind)
    for content in CONTENTS:
        for beginning in beginnings:
            reused, logits = ask(used, beginning + content)
            assert reused >= len(beginning)
            assert torch.equal(logits, computed_alone(fresh, beginning, content))


def computed_alone(model: Any, beginning: Ids, content: Ids) -> torch.Tensor:
    """In the same forwards, from nothing, without a Prefix."""
    model.truncate(0)
    rows = torch.empty(0)
    for part in (beginning, content):
        for at in range(0, len(part), BLOCK):
            rows = model.extend(part[at : at + BLOCK], 1)
    return rows[-1]


@pytest.mark.parametrize("kind", MODELS)
def test_what_is_kept_is_a_copy_that_decoding_does_not_touch(
    tiny_families: dict[Family, Path], kind: str
) -> None:
    prefix = Prefix(load(tiny_families["qwen2"], kind))
    prefix.keep(REASON)
    first = ask(prefix, REASON + CONTENTS[0])[1].clone()
    prefix.feed(CONTENTS[1])
    ask(prefix, ANSWER)
    assert torch.equal(ask(prefix, REASON + CONTENTS[0])[1], first)


@pytest.mark.parametrize("before", [(), REASON], ids=["empty", "in use"])
def test_a_forward_that_fails_between_two_layers_leaves_nothing_behind(
    tiny_families: dict[Family, Path], before: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = Prefix(load(tiny_families["llama"], "transformers"))
    if before:
        ask(prefix, before)
    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        fail_in_the_second_layer(patch)
        ask(prefix, ANSWER)
    expected = Prefix(load(tiny_families["llama"], "transformers"))
    assert torch.equal(ask(prefix, ANSWER)[1], ask(expected, ANSWER)[1])


def fail_in_the_second_layer(patch: pytest.MonkeyPatch) -> None:
    """As where the memory is full: the first layer has the tokens, the second has not."""
    from transformers.models.llama.modeling_llama import LlamaMLP

    whole: Any = LlamaMLP.forward
    calls = itertools.count()

    def forward(layer: Any, x: torch.Tensor) -> Any:
        if next(calls) == 1:
            raise MemoryError
        return whole(layer, x)

    patch.setattr(LlamaMLP, "forward", forward)
