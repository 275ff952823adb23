"""Ten seconds of measuring: memory bandwidth, products, and the smallest profile that is here.

Not responsible for what follows from it (engine.doctor.estimate) or for a benchmark that can be
quoted (engine.bench).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from msgspec import structs

from engine.bench.bandwidth import read_bandwidth
from engine.config import Model, Profile, Settings
from engine.doctor.estimate import (
    PROMPT_TOKENS,
    Estimate,
    Rates,
    estimate,
    products_s,
    reading,
)
from engine.doctor.products import int8_rate, product_rate, reading_rates
from engine.errors import ModelError
from engine.events import Usage
from engine.llm.backend import Message, ModelInfo, Sampling
from engine.llm.hardware import choose, use_physical_cores
from engine.models.locate import located
from engine.models.memory import free_bytes, needed_bytes
from engine.paths import Home

DECODED: Final = 48
_BUFFER: Final = 256_000_000
_WORDS: Final = "The near-real-time RIC controls the nodes of the network over the E2 interface. "


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured, and what follows."""

    profile: str
    """The smallest that is here."""
    device: str
    dtype: str
    prompt_tokens: int
    prompt_s: float
    decoded_tokens: int
    decode_s: float
    decode_bytes: int
    """Read in a forward over one token."""
    rates: Rates
    estimates: tuple[Estimate, ...]
    """One for each local profile whose size is known, best first."""


def measure(
    settings: Settings, home: Home, *, phase: Callable[[str], None] = lambda _: None
) -> Measured:
    """Measure. Raises ModelError where no profile is here."""
    use_physical_cores()
    name, profile, model, directory = smallest(settings, home)
    hardware = choose(profile)
    phase("reading memory, and multiplying")
    floor = Rates(
        bandwidth=read_bandwidth(hardware.device, buffer=_BUFFER),
        reading=reading_rates(hardware),
        full=product_rate(hardware),
        int8=int8_rate(hardware),
        beside_prompt=0.0,
        beside_token=0.0,
    )
    phase(f"asking {name}")
    usage, info = ask(directory, profile, home)
    fed = usage.prompt_tokens - usage.reused_tokens
    prompt_s, decode_s = usage.prefill_ns / 1e9, usage.decode_ns / 1e9
    beside_prompt = prompt_s * PROMPT_TOKENS / fed - products_s(
        model.parameters, profile.prefill, floor
    )
    token_s = decode_s / max(1, usage.decoded_tokens)
    rates = replace(
        floor,
        beside_prompt=max(0.0, beside_prompt),
        beside_token=max(0.0, token_s - info.decode_bytes / reading(profile, floor)),
    )
    return Measured(
        profile=name,
        device=hardware.device,
        dtype=hardware.dtype,
        prompt_tokens=fed,
        prompt_s=prompt_s,
        decoded_tokens=usage.decoded_tokens,
        decode_s=decode_s,
        decode_bytes=info.decode_bytes,
        rates=rates,
        estimates=tuple(estimates(settings, rates, hardware.device)),
    )


def estimates(settings: Settings, rates: Rates, device: str) -> Iterator[Estimate]:
    """Of every local profile whose size is known, best first."""
    for name, profile in sorted(settings.profiles.items(), key=lambda item: -item[1].order):
        model = settings.models.get(profile.model)
        if profile.kind == "local" and model is not None:
            yield estimate(name, profile, model, rates, device)


def smallest(settings: Settings, home: Home) -> tuple[str, Profile, Model, Path]:
    """Of the local profiles that are here and fit, the one with fewest parameters."""
    found = [
        (name, profile, model, directory)
        for name, profile in settings.profiles.items()
        if profile.kind == "local"
        and (model := settings.models.get(profile.model)) is not None
        and (directory := located(profile.model, model, home)) is not None
        and needed_bytes(model.parameters, profile) <= free_bytes()
    ]
    if not found:
        raise ModelError(
            "Nothing can be measured: no profile is here",
            remedy="The quickest: argo-tui models fetch 135m (98 MB).",
        )
    return min(found, key=lambda each: each[2].parameters)


def ask(directory: Path, profile: Profile, home: Home) -> tuple[Usage, ModelInfo]:
    """One prompt of about PROMPT_TOKENS and DECODED tokens after it, without drafts."""
    from engine.llm.local import LocalBackend

    plain = structs.replace(profile, lookup=0, compile="off")
    backend = LocalBackend.load(directory, plain, cache=home.cache / "prepared")
    with closing(backend):
        each = backend.count(_WORDS)
        text = _WORDS * max(1, PROMPT_TOKENS // each) + "\nList every interface of O-RAN."
        messages = [Message(role="user", content=text)]
        usage = Usage()
        # The first one also allocates.
        for tokens in (2, DECODED):
            backend.forget()
            for piece in backend.stream(messages, Sampling(tokens, 0.0, 1.0), kind="answer"):
                usage = piece.usage or usage
        return usage, backend.info
