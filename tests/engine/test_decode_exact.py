"""Greedy decoding in float32 gives the tokens of transformers' own `generate`, by every route.

Two scores that are closer than rounding may swap: such a prompt is compared up to that token, and
there must be few of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

import pytest

from engine.events import Usage
from engine.llm.any_model import AnyModel
from engine.llm.backend import Message, ModelInfo, Sampling
from engine.llm.chat import Chat
from engine.llm.fused.decoder import Decoder
from engine.llm.fused.weights import Recipe
from engine.llm.hardware import Hardware
from engine.llm.local import LocalBackend
from engine.llm.prefix import BLOCK, Incremental
from tests.engine.local_kit import FAMILIES, VOCABULARY, Family, NumberChat, numbers

pytest_plugins = ("tests.engine.local_fixture", "tests.models_fixture")
pytestmark = pytest.mark.usefixtures("one_thread")

TIE: Final = 1e-5
"""Scores that are closer than this are equal but for rounding."""
TOKENS: Final = 12
PROMPTS: Final = 200

Ids = tuple[int, ...]
Step = Literal["fused", "transformers"]
Cache = Literal["cold", "warm", "kept"]
ROUTES: Final[tuple[tuple[Step, int, Cache], ...]] = (
    ("fused", 0, "cold"),
    ("fused", 0, "warm"),
    ("fused", 0, "kept"),
    ("fused", 7, "cold"),
    ("fused", 7, "warm"),
    ("fused", 7, "kept"),
    ("transformers", 0, "warm"),
    ("transformers", 7, "cold"),
    ("transformers", 7, "kept"),
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What two roles share, and what is asked."""

    beginning: Ids
    rest: Ids

    @property
    def ids(self) -> Ids:
        """All of it."""
        return self.beginning + self.rest

    @property
    def messages(self) -> list[Message]:
        """As a call."""
        return [Message("system", numbers(self.beginning)), Message("user", numbers(self.rest))]


class Reference:
    """A model of transformers and its `generate`; every call starts from nothing."""

    def __init__(self, directory: Path) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        self._model: Any = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
        self._model.generation_config.eos_token_id = None

    def generate(self, ids: Ids, tokens: int, ends: Sequence[int] = ()) -> Ids:
        """Greedy; the end token is not part of it."""
        import torch

        prompt = torch.tensor([ids])
        output = self._model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            do_sample=False,
            max_new_tokens=tokens,
            eos_token_id=list(ends) or None,
            pad_token_id=0,
        )
        said = tuple(output[0, len(ids) :].tolist())
        return said[:-1] if said[-1] in ends else said

    def lead(self, ids: Ids) -> float:
        """By how much the likeliest next token is ahead."""
        import torch

        with torch.inference_mode():
            first, second = self._model(torch.tensor([ids])).logits[0, -1].topk(2).values.tolist()
        return float(first - second)


@dataclass(frozen=True)
class Material:
    """One family's weights, the prompts, and what `generate` says to each."""

    directory: Path
    prompts: tuple[Prompt, ...]

    @cached_property
    def reference(self) -> Reference:
        """Loaded once."""
        return Reference(self.directory)

    @cached_property
    def expected(self) -> tuple[Ids, ...]:
        """By prompt."""
        return tuple(self.reference.generate(prompt.ids, TOKENS) for prompt in self.prompts)


@pytest.fixture(scope="module")
def material(tiny_families: dict[Family, Path]) -> dict[Family, Material]:
    """For both families the same prompts."""
    prompts = tuple(random_prompts(PROMPTS))
    return {family: Material(tiny_families[family], prompts) for family in FAMILIES}


def random_prompts(count: int) -> Iterator[Prompt]:
    """5 to 300 tokens, made of phrases that come again and again; three roles, two calls each."""
    chance = random.Random(11)
    phrases = [tuple(chance.choices(range(VOCABULARY), k=chance.randint(2, 12))) for _ in range(12)]

    def text(length: int) -> Ids:
        ids: Ids = ()
        while len(ids) < length:
            ids += chance.choice(phrases)
        return ids[:length]

    beginnings = (text(150), text(BLOCK), ())
    for n in range(count):
        beginning = beginnings[n // 2 % 3]
        yield Prompt(beginning, text(chance.randint(5, 300 - len(beginning))))


def backend(directory: Path, step: Step, lookup: int, ends: frozenset[int]) -> LocalBackend:
    """Without a tokenizer: texts are numbers."""
    model: Incremental = (
        Decoder.load(directory, Recipe("float32"))
        if step == "fused"
        else AnyModel.load(directory, Hardware("cpu", "float32", "sdpa", ()))
    )
    info = ModelInfo("Tiny", "cpu", "float32", "sdpa", model.parameters, 0, model.context)
    chat: Any = NumberChat(VOCABULARY if not ends else 50_000, ends)
    return LocalBackend(model, chat, info, lookup=lookup)


def answer(backend: LocalBackend, messages: Sequence[Message], tokens: int) -> tuple[Ids, Usage]:
    """Greedy."""
    pieces = list(backend.stream(messages, Sampling(max_tokens=tokens), kind="answer"))
    usage = pieces[-1].usage
    assert usage is not None
    return tuple(int(word) for word in "".join(p.text for p in pieces).split()), usage


def is_tie(reference: Reference, prompt: Ids, expected: Ids, said: Ids) -> bool:
    """False where both are equal; fails where they differ and no tie explains it."""
    if said == expected:
        return False
    pairs = zip((*expected, -1), (*said, -1), strict=False)
    at = next(n for n, (one, other) in enumerate(pairs) if one != other)
    lead = reference.lead(prompt + expected[:at])
    assert lead < TIE, (
        f"token {at} is not that of generate, which leads by {lead:.2g}: {said} {expected}"
    )
    return True


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("step", "lookup", "cache"), ROUTES)
def test_every_route_gives_the_tokens_of_generate(
    material: dict[Family, Material], family: Family, step: Step, lookup: int, cache: Cache
) -> None:
    of = material[family]
    ours = backend(of.directory, step, lookup, frozenset())
    if cache == "kept":
        ours.keep([prompt.messages for prompt in of.prompts[:6]])
    total, ties = Usage(), 0
    for prompt, expected in zip(of.prompts, of.expected, strict=True):
        if cache == "cold":
            ours.forget()
        said, usage = answer(ours, prompt.messages, TOKENS)
        ties += is_tie(of.reference, prompt.ids, expected, said)
        total += usage
    assert ties < 0.02 * len(of.prompts)
    assert total.prompt_tokens == sum(len(prompt.ids) for prompt in of.prompts)
    assert (total.reused_tokens > 0) == (cache != "cold")
    if cache == "kept":
        kept = sum(len(prompt.beginning) for prompt in of.prompts)
        assert total.reused_tokens >= kept
    rejected = total.drafted_tokens - total.accepted_tokens
    assert (total.accepted_tokens > 0, rejected > 0) == (lookup > 0, lookup > 0)


QUESTIONS: Final = (
    "What is the capital of France?",
    "List three colours.",
    "Repeat this: the near-RT RIC hosts xApps over the E2 interface.",
    "Passage: The A1 interface connects the Non-RT RIC and the Near-RT RIC. "
    "Question: What does the A1 interface connect? Answer with the sentence of the passage.",
    "Passage: The O-DU and the O-RU are connected by the open fronthaul, which uses split 7.2x. "
    "Question: Which split does the open fronthaul use? Answer with the words of the passage.",
    "Count from one to ten.",
    "Translate into French: good morning.",
    "Copy exactly: E2AP, E2SM-KPM, E2SM-RC, E2SM-NI, E2AP, E2SM-KPM, E2SM-RC, E2SM-NI.",
    "Why is the sky blue?",
    "Passage: SMO means Service Management and Orchestration. The SMO hosts the Non-RT RIC. "
    "Question: What does the SMO host?",
    "Write a haiku about rain.",
    "Say yes or no: is water wet?",
)


def test_the_real_135m_with_drafts_gives_the_tokens_of_generate(smol: Path) -> None:
    chat, reference = Chat.load(smol), Reference(smol)
    ours = backend(smol, "fused", 7, chat.ends)
    total = Usage()
    for question in QUESTIONS:
        ids = tuple(chat.prompt([Message("system", "Be brief."), Message("user", question)]))
        expected = reference.generate(ids, 24, sorted(chat.ends))
        said, usage = answer(ours, [Message("user", numbers(ids))], 24)
        assert not is_tie(reference, ids, expected, said)
        total += usage
    assert total.accepted_tokens > 0
    assert total.drafted_tokens > total.accepted_tokens
