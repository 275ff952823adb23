"""How long a simple question would take with a profile that was not tried here: an estimate.

A roofline with what is lost beside it. A forward over one token reads every weight once, so it
takes at least bytes / reading rate, the rate that a product in that format reaches, which for few
bits is below the memory's bandwidth. A prompt of n tokens takes 2 n parameters operations, so at
least operations / product rate (Kaplan et al. 2020, arXiv:2001.08361, section 2.1: a forward is 2
operations a parameter and token). What the smallest profile took beyond those two floors
(launching products, attention, sampling) is taken to be the same for every profile. So:

    seconds = 2 n P / rate + beside_prompt + forwards * (bytes / reading + beside_token)

It leaves out that a larger model has wider layers and so loses more beside its products. How far
off it is stands in docs/doctor.md. Not responsible for measuring (engine.doctor.measure).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from engine.config import Model, Profile

Bits = Literal["none", "int8", "int4"]

PROMPT_TOKENS: Final = 450
"""Fed in a simple question with the shipped profiles; what is reused is not among them."""
ANSWER_TOKENS: Final = 30
"""Decoded in it (medians of the rows «as shipped», docs/bench/speed-*.md, like those above)."""
TOKENS_PER_FORWARD: Final = 1.6
"""With prompt lookup, in those rows."""
SEARCH_S: Final = 0.03
"""Embedding the question and searching."""
_BYTES: Final[Mapping[Bits, float]] = {"none": 2.0, "int8": 1.0, "int4": 0.73}
"""Read of a parameter, with scales and a head in more bits: as the shipped profiles do."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What this machine does. Bytes and operations a second, and seconds."""

    bandwidth: float
    """Of the memory, whatever reads it."""
    reading: Mapping[Bits, float]
    """Of the weights by a product of one row, by their format; what is not used here is absent."""
    full: float
    """Products over a prompt, in the device's own format."""
    int8: float
    """The same in int8; 0 where that is not used here."""
    beside_prompt: float
    """Of a prompt of PROMPT_TOKENS, beyond its products."""
    beside_token: float
    """Of a forward over one token, beyond reading the weights."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Of a simple question, in seconds."""

    profile: str
    prompt_s: float
    decode_s: float

    @property
    def seconds(self) -> float:
        """From Enter to the last token."""
        return self.prompt_s + self.decode_s + SEARCH_S


def estimate(name: str, profile: Profile, model: Model, rates: Rates, device: str) -> Estimate:
    """What the formula above says. `device`: where it would run."""
    prompt_s = products_s(model.parameters, profile.prefill, rates) + rates.beside_prompt
    forwards = ANSWER_TOKENS / (TOKENS_PER_FORWARD if profile.lookup else 1.0)
    reading_s = bytes_per_token(profile, model, device) / reading(profile, rates)
    return Estimate(name, prompt_s, forwards * (reading_s + rates.beside_token))


def products_s(parameters: int, prefill: Literal["full", "int8"], rates: Rates) -> float:
    """Seconds of a prompt's products alone."""
    rate = rates.int8 if prefill == "int8" and rates.int8 else rates.full
    return 2 * parameters * PROMPT_TOKENS / rate


def reading(profile: Profile, rates: Rates) -> float:
    """Bytes a second of the profile's format, or of the full one where that is not used here."""
    return rates.reading.get(profile.quantisation) or rates.reading["none"]


def bytes_per_token(profile: Profile, model: Model, device: str) -> float:
    """Read in a forward. Fewer bits are the CPU's; a GPU reads 16 (engine.llm.load)."""
    if profile.dtype == "float32":
        return 4.0 * model.parameters
    return _BYTES[profile.quantisation if device == "cpu" else "none"] * model.parameters
