"""Tokens are drawn from the nucleus that transformers computes, with drafts as without them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
import torch

from engine.llm.backend import Sampling
from engine.llm.decode import decode
from engine.llm.fused.decoder import Decoder
from engine.llm.fused.weights import Recipe
from engine.llm.lookup import Lookup
from engine.llm.meter import Meter
from engine.llm.prefix import Prefix
from engine.llm.sampling import draw
from tests.engine.local_kit import FAMILIES, VOCABULARY, Family

pytest_plugins = ("tests.engine.local_fixture",)
pytestmark = pytest.mark.usefixtures("one_thread")

SEEDS: Final = range(3000)
TEMPERATURE, TOP_P = 0.7, 0.9
LIKELY: Final = 0.001
"""A fit that is worse than this once in a thousand times is no fit; the seeds are fixed."""


def sampling(seed: int, tokens: int = 1) -> Sampling:
    return Sampling(max_tokens=tokens, temperature=TEMPERATURE, top_p=TOP_P, seed=seed)


def nucleus(logits: torch.Tensor) -> torch.Tensor:
    """Probabilities as transformers' own warpers leave them: float64 [vocabulary]."""
    from transformers.generation.logits_process import TemperatureLogitsWarper, TopPLogitsWarper

    ids: Any = None
    scores: Any = TemperatureLogitsWarper(TEMPERATURE)(ids, logits[None].double())
    kept: torch.Tensor = TopPLogitsWarper(TOP_P)(ids, scores)
    return kept[0].softmax(-1)


def fit(tokens: Iterable[int], probabilities: torch.Tensor) -> float:
    """Chi-square test: how likely counts that are off by as much or more would be.

    Tokens that are expected fewer than five times are counted together. 0 where a token came
    that has no probability.
    """
    counts = Counter(tokens)
    total = sum(counts.values())
    if any(probabilities[token] == 0 for token in counts):
        return 0.0
    seldom_expected, seldom_seen, statistic, cells = 0.0, 0, 0.0, 0
    for token, expected in enumerate((probabilities * total).tolist()):
        if expected < 5:
            seldom_expected, seldom_seen = seldom_expected + expected, seldom_seen + counts[token]
        else:
            statistic += (counts[token] - expected) ** 2 / expected
            cells += 1
    if seldom_expected >= 5:
        statistic += (seldom_seen - seldom_expected) ** 2 / seldom_expected
        cells += 1
    assert cells > 1, "nothing to compare"
    freedom = torch.tensor((cells - 1) / 2, dtype=torch.float64)
    return float(torch.special.gammaincc(freedom, torch.tensor(statistic / 2).double()))


def random_logits(seed: int, size: int, spread: float) -> torch.Tensor:
    return spread * torch.randn(size, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("size", "spread"), [(12, 1.0), (200, 2.0), (3000, 3.0), (3000, 0.5)])
def test_the_first_token_comes_from_the_nucleus(size: int, spread: float) -> None:
    logits = random_logits(size, size, spread)
    drawn = [draw(logits, sampling(seed), 40).token for seed in SEEDS]
    assert fit(drawn, nucleus(logits)) > LIKELY


def test_so_does_one_seed_over_many_positions() -> None:
    logits = random_logits(7, 200, 2.0)
    drawn = [draw(logits, sampling(1), position).token for position in range(3000)]
    assert fit(drawn, nucleus(logits)) > LIKELY


def test_the_test_sees_another_temperature_or_another_top_p() -> None:
    logits = random_logits(200, 200, 2.0)
    for changed in (Sampling(1, 0.75, TOP_P), Sampling(1, TEMPERATURE, 0.87)):
        drawn = [
            draw(logits, Sampling(1, changed.temperature, changed.top_p, seed), 40).token
            for seed in SEEDS
        ]
        assert fit(drawn, nucleus(logits)) < LIKELY


class Chain:
    """A model whose next token depends on the last one alone. Satisfies prefix.Incremental."""

    parameters = memory_bytes = decode_bytes = 0
    context = 512

    def __init__(self, logits: torch.Tensor) -> None:
        self._logits = logits

    def extend(self, ids: Sequence[int], logits: int) -> torch.Tensor:
        """The rows of the last tokens."""
        return self._logits[list(ids)[-logits:]]

    def truncate(self, length: int) -> None:
        """It remembers nothing."""

    def copy(self) -> None:
        """Nothing."""

    def paste(self, copied: None) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def chain() -> Chain:
    """Twelve tokens; 0 to 9 are mostly followed by the next one, as in a span that is copied."""
    logits = torch.stack([random_logits(n, 12, 1.0) for n in range(12)])
    for token in range(10):
        logits[token, (token + 1) % 10] = 2.5
    return Chain(logits)


COPIED: Final = [*range(10), 0]


class Watched(Lookup):
    """A lookup that notes what became of its drafts."""

    def __init__(self, prompt: Sequence[int], most: int) -> None:
        super().__init__(prompt, most)
        self._said = 0
        self.accepted = self.rejected = 0
        self.ends: list[int] = []
        """How much had been said when a draft turned out right to its end."""

    def add(self, token: int) -> None:
        """As before."""
        self._said += 1
        super().add(token)

    def verified(self, drafted: int, accepted: int) -> None:
        """As before."""
        self.accepted += accepted
        self.rejected += drafted - accepted
        if drafted == accepted:
            self.ends.append(self._said)
        super().verified(drafted, accepted)


def answer(model: Any, lookup: Lookup, prompt: Sequence[int], seed: int) -> list[int]:
    """Sixteen tokens."""
    prefix, meter = Prefix(model), Meter("cpu", len(prompt))
    model.truncate(0)
    with torch.inference_mode():
        logits = prefix.feed(prompt)[-1]
        drawn = list(decode(prefix, logits, sampling(seed, 16), lookup, meter, None))
    return [one.token for one in drawn]


def test_a_token_after_an_accepted_draft_comes_from_its_nucleus(chain: Chain) -> None:
    after: dict[int, list[int]] = {}
    for seed in SEEDS:
        lookup = Watched(COPIED, 4)
        said = answer(chain, lookup, COPIED, seed)
        for end in lookup.ends:
            if end < len(said):
                after.setdefault(said[end - 1], []).append(said[end])
    often = {last: tokens for last, tokens in after.items() if len(tokens) > 300}
    assert len(often) >= 3
    for last, tokens in often.items():
        assert fit(tokens, nucleus(chain.extend([last], 1)[0])) > LIKELY


def test_for_each_seed_drafts_change_no_token(chain: Chain) -> None:
    for seed in SEEDS[:500]:
        drafting = Watched(COPIED, 7)
        assert answer(chain, drafting, COPIED, seed) == answer(
            chain, Lookup(COPIED, 0), COPIED, seed
        )


@pytest.mark.parametrize("family", FAMILIES)
def test_nor_do_they_with_a_real_forward(tiny_families: dict[Family, Path], family: Family) -> None:
    model = Decoder.load(tiny_families[family], Recipe("float32"))
    prompt = [n * n % VOCABULARY for n in range(3, 60)]
    accepted = rejected = 0
    for seed in SEEDS[:100]:
        drafting = Watched(prompt, 7)
        said = answer(model, drafting, prompt, seed)
        assert said == answer(model, Lookup(prompt, 0), prompt, seed)
        accepted, rejected = accepted + drafting.accepted, rejected + drafting.rejected
    assert accepted > 0
    assert rejected > 0
