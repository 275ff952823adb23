"""Whether a fast route computes what a plain one does: some tokens of both, compared at load.

A device that no test reaches gets its fast route only this way. Device-agnostic: two models go in
and nothing else is known of them, not even a tokenizer. Never both in memory at once: what the
plain one said is kept, and the plain one is let go before the fast one is loaded. Not responsible
for where this is asked for (engine.llm.load).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine.llm.prefix import BLOCK, Incremental
from engine.llm.reason import reason

if TYPE_CHECKING:
    import torch

Load = Callable[[], Incremental]

TOKENS: Final = 10
_LENGTHS: Final = (5, 24, BLOCK + 22)
"""Of the prompts: one row's worth, some rows, and more than one forward."""
_BOUNDS: Final = {"float32": 0.01, "float16": 0.03, "bfloat16": 0.15}
"""Most that logits may differ, as a share of their spread (root mean square).

Measured with 135m, 0.5b and 1.5b-coder: a healthy step differs by 0.0001, 0.006 and 0.056 at
most; one wrong norm, mask or rotation by 0.1 to 1.8.
"""
_TIE: Final = 5
"""How far below the likeliest token the plain route's token may lie, in errors of one logit as
they were found. In 16 bits two tokens are often that near."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What the plain route says to one prompt."""

    prompt: tuple[int, ...]
    tokens: tuple[int, ...]
    """Greedy."""
    logits: torch.Tensor
    """float32 on the CPU, [tokens, vocabulary]: those that each token was the largest of."""
    bound: float


def checked(plain: Load, fast: Load, release: Callable[[], None]) -> tuple[Incremental, str]:
    """The fast model and an empty text, or the plain one and what is wrong with the fast one.

    `release` gives the memory of a model that is gone back to the device. Raises whatever `plain`
    raises.
    """
    references = _said(plain)
    release()
    model, problem = _tried(fast, references)
    if model is not None:
        return model, ""
    release()
    return plain(), problem


def record(model: Incremental) -> tuple[Reference, ...]:
    """Some prompts of made-up tokens, and what this model says to them. Leaves its cache empty."""
    import torch

    with torch.inference_mode():
        vocabulary = model.extend([0], 1).shape[-1]
        model.truncate(0)
        lengths = (min(length, model.context - TOKENS) for length in _LENGTHS)
        return tuple(
            _record(model, tuple(_prompt(number, length, vocabulary)))
            for number, length in enumerate(lengths)
        )


def difference(model: Incremental, references: tuple[Reference, ...]) -> str:
    """Where this model first says something else, or empty. Leaves its cache empty.

    Every token is fed twice: alone, as in decoding, and, after a rewind, with the others in one
    forward, as a draft is.
    """
    import torch

    with torch.inference_mode():
        for reference in references:
            alone = torch.cat([row.float().cpu() for row in _rows(model, reference)])
            model.truncate(len(reference.prompt))
            drafted = model.extend(reference.tokens[:-1], TOKENS - 1).float().cpu()
            model.truncate(0)
            for rows, first in ((alone, 0), (drafted, 1)):
                if found := _compare(rows, reference, first):
                    return found
    return ""


def wrong(model: Incremental) -> str:
    """What is wrong with what a model says where there is nothing to compare with, or empty."""
    numbers = all(bool(reference.logits.isfinite().all()) for reference in record(model))
    return "" if numbers else "its logits are not numbers"


def _said(plain: Load) -> tuple[Reference, ...]:
    """A function of its own, so that no name holds the model any longer."""
    return record(plain())


def _tried(fast: Load, references: tuple[Reference, ...]) -> tuple[Incremental | None, str]:
    """An exception is turned into words here: it would hold the model's memory."""
    try:
        model = fast()
        found = difference(model, references)
    except Exception as error:
        return None, reason(error)
    return (None, f"its self-check failed {found}") if found else (model, "")


def _prompt(number: int, length: int, vocabulary: int) -> Iterator[int]:
    """Token ids all over the vocabulary, always the same."""
    for at in range(length):
        yield (1 + 7919 * at * at + 104_729 * (number + 1) + at * (number + 3)) % vocabulary


def _record(model: Incremental, prompt: tuple[int, ...]) -> Reference:
    import torch

    rows = [_fed(model, prompt)]
    tokens = [int(rows[-1].argmax())]
    while len(tokens) < TOKENS:
        rows.append(model.extend(tokens[-1:], 1))
        tokens.append(int(rows[-1].argmax()))
    model.truncate(0)
    bound = _BOUNDS[str(rows[0].dtype).removeprefix("torch.")]
    return Reference(prompt, tuple(tokens), torch.cat(rows).float().cpu(), bound)


def _rows(model: Incremental, reference: Reference) -> Iterator[torch.Tensor]:
    """Logits of every token, each [1, vocabulary], fed what the plain route said."""
    yield _fed(model, reference.prompt)
    for token in reference.tokens[:-1]:
        yield model.extend([token], 1)


def _fed(model: Incremental, prompt: tuple[int, ...]) -> torch.Tensor:
    """As engine.llm.local feeds a prompt. Logits of its last row: [1, vocabulary]."""
    for at in range(0, len(prompt), BLOCK):
        rows = model.extend(prompt[at : at + BLOCK], 1)
    return rows


def _compare(rows: torch.Tensor, reference: Reference, first: int) -> str:
    """`rows`: logits of the tokens from number `first` on."""
    for number, ours in enumerate(rows, first):
        theirs, token = reference.logits[number], reference.tokens[number]
        centred = theirs - theirs.mean()
        error = float((ours - ours.mean() - centred).norm() / centred.norm())
        if not math.isfinite(error):
            return f"at token {number + 1} (logits are not numbers)"
        if error > reference.bound:
            return f"at token {number + 1} (logits differ by {error:.0%} of their spread)"
        if ours.max() - ours[token] > _TIE * error * centred.std():
            return f"at token {number + 1} (it says {int(ours.argmax())}, the plain step {token})"
    return ""
