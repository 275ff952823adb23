"""What torch.compile does to one decoded token of a profile here.

    python tools/measure_compiled.py 135m [--mode reduce-overhead] [--room 2048]

Prints milliseconds a token eagerly and compiled, medians of alternating steps behind 512 tokens;
seconds to compile from nothing and from the disk; and whether both say the same tokens. On a GPU
nothing else should run. On a CPU nothing is gained where the products leave nothing to gain: that
too is a result.
"""
# ruff: noqa: T201

from __future__ import annotations

import argparse
import dataclasses
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import msgspec

from engine import layers
from engine.llm.fused.compiled import ROOM, Mode, StaticStep, by_inductor, judge
from engine.llm.fused.decoder import Decoder
from engine.llm.fused.network import Network
from engine.llm.fused.warm import compiler_cache
from engine.llm.hardware import choose, use_physical_cores
from engine.llm.load import load_model
from engine.models.registry import select
from engine.paths import Home

if TYPE_CHECKING:
    import torch

_PROMPT = 200
_TOKENS = 64


def main() -> None:
    """One profile, one mode."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("profile")
    parser.add_argument("--mode", choices=get_args(Mode), default="default")
    parser.add_argument("--room", type=int, default=ROOM)
    parser.add_argument("--layers", type=int, help="the first layers only, to look at it quickly")
    options = parser.parse_args()
    use_physical_cores()
    network, device = load(options.profile, options.layers)
    print(f"{options.profile} on {device}, mode {options.mode}, room {options.room}")
    with tempfile.TemporaryDirectory() as place, compiler_cache(Path(place)):
        for how in ("from nothing", "from the disk"):
            step = StaticStep(network, by_inductor(options.mode, device), options.room)
            start = time.perf_counter()
            step(0, 0)
            print(f"compiled {how}: {time.perf_counter() - start:.1f} s")
        verdict = judge(network, step)
        print(f"eager: {verdict.eager_ms:.2f} ms a token")
        print(f"compiled: {verdict.compiled_ms:.2f} ms a token")
        print(f"verdict: {verdict.problem or 'used'}")
        print(f"agreement: {agreement(network, step)}")


def load(profile: str, first_layers: int | None) -> tuple[Network, str]:
    """The fused step of a profile, and its device. Raises ModelError, SystemExit."""
    home = Home.find()
    selected = select(layers.load(home).settings, home, profile)
    hardware = choose(selected.profile)
    assert selected.directory is not None, "a server's step is the server's"
    plain = msgspec.structs.replace(selected.profile, compile="off")
    model, notices = load_model(selected.directory, plain, hardware, home.cache / "prepared")
    print(*notices, sep="\n", end="\n" if notices else "")
    if not isinstance(model, Decoder):
        raise SystemExit("Only the fused step is compiled; this profile runs transformers' own.")
    return shortened(model.network, first_layers), hardware.device


def shortened(network: Network, layers: int | None) -> Network:
    """The same network, of the first layers only."""
    if layers is None:
        return network
    return dataclasses.replace(
        network,
        shape=dataclasses.replace(network.shape, layers=layers),
        weights=dataclasses.replace(network.weights, layers=network.weights.layers[:layers]),
    )


def agreement(network: Network, step: StaticStep) -> str:
    """Both continue one prompt of made-up tokens: equal greedy tokens, and equal logits."""
    vocabulary = len(network.weights.embedding)
    prompt = [(7919 * at * at + 3) % vocabulary for at in range(_PROMPT)]
    eager, fast = Decoder(network), Decoder(network)
    fast.use(step)
    tokens, equal, same = [prompt[-1]], 0, 0
    feed(eager, prompt[:-1])
    feed(fast, prompt[:-1])
    for _ in range(_TOKENS):
        ours, theirs = feed(fast, tokens[-1:]), feed(eager, tokens[-1:])
        same += bool((ours == theirs).all())
        equal += int(ours.argmax()) == int(theirs.argmax())
        tokens.append(int(theirs.argmax()))
    return f"{equal} of {_TOKENS} tokens, {same} of them with every logit bit for bit"


def feed(model: Decoder, ids: Sequence[int]) -> torch.Tensor:
    """Logits of the last token, [1, vocabulary]."""
    import torch

    with torch.inference_mode():
        return model.extend(ids, 1)


if __name__ == "__main__":
    main()
