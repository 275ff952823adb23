"""The training loop of an adapter: steps, their rate, and a state that a second start goes on from.

The rate follows the tokens seen and not the clock, so a process may be paused at any time. Not
responsible for files besides the state (train_adapter writes the rest) or for the network.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy

from tools.adapter.lora import named
from tools.adapter.network import Trainee
from tools.adapter.packing import Pack

Tensor = torch.Tensor
_WARM: float = 0.03
"""Share of the plan in which the rate rises."""
_LAST: float = 0.05
"""Of the highest rate, at the end."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how strongly to train."""

    tokens: int
    """Planned; the rate has fallen by then."""
    rate: float = 5e-4
    packs: int = 2
    """In one step."""
    seed: int = 1
    clip: float = 1.0

    def rate_at(self, tokens: int) -> float:
        """Rises for a moment, then falls as a cosine."""
        warm = _WARM * self.tokens
        if tokens < warm:
            return self.rate * (tokens + 1) / (warm + 1)
        share = min((tokens - warm) / max(self.tokens - warm, 1.0), 1.0)
        return self.rate * (_LAST + (1 - _LAST) * 0.5 * (1 + math.cos(math.pi * share)))


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a training is. `taken` packs of the order were used, in all rounds together."""

    steps: int = 0
    tokens: int = 0
    branches: int = 0
    taken: int = 0
    seconds: float = 0.0
    data: tuple[str, ...] = ()
    """SHA-256 of each pack file that was trained on, in order."""


class Learner:
    """A network, its optimiser and its progress."""

    def __init__(self, trainee: Trainee, plan: Plan, progress: Progress) -> None:
        self.trainee = trainee
        self.plan = plan
        self.progress = progress
        self._masters = [m for product in trainee.products() for m in product.masters()]
        self._optimiser = torch.optim.AdamW(
            self._masters, plan.rate, betas=(0.9, 0.99), weight_decay=0.01, foreach=True
        )

    def step(self, packs: Sequence[Pack]) -> float:
        """One step on these packs; the weighted mean loss of their labels."""
        wall, spent = time.perf_counter(), time.process_time()
        total = sum(sum(pack.weights) for pack in packs)
        loss = 0.0
        for pack in packs:
            part = weighted_loss(self.trainee.logits(pack), pack).sum() / total
            part.backward()  # type: ignore[no-untyped-call]
            loss += part.item()
        torch.nn.utils.clip_grad_norm_(self._masters, self.plan.clip, foreach=True)
        for group in self._optimiser.param_groups:
            group["lr"] = self.plan.rate_at(self.progress.tokens)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=False)
        for product in self.trainee.products():
            product.refresh()
        # While a process is stopped the clock goes on, but it uses no processor.
        seconds = min(time.perf_counter() - wall, time.process_time() - spent)
        done = self.progress
        self.progress = msgspec.structs.replace(
            done,
            steps=done.steps + 1,
            tokens=done.tokens + sum(len(pack.ids) for pack in packs),
            branches=done.branches + sum(len(pack.ends) for pack in packs),
            taken=done.taken + len(packs),
            seconds=done.seconds + seconds,
        )
        return loss

    def save(self, path: Path) -> None:
        """Masters, moments and progress in one file, atomically."""
        tensors: dict[str, Tensor] = {}
        for name, master in named(self.trainee.products()).items():
            tensors[name] = master
            for key, value in self._optimiser.state.get(master, {}).items():
                tensors[f"{name}/{key}"] = value
        partial = path.with_suffix(".part")
        save_file(
            tensors, partial, metadata={"progress": msgspec.json.encode(self.progress).decode()}
        )
        partial.replace(path)

    def restore(self, path: Path) -> None:
        """What `save` wrote. Raises OSError, SafetensorError, KeyError for another adapter's."""
        with safe_open(path, "pt") as file:
            names = set(file.keys())
            for name, master in named(self.trainee.products()).items():
                master.copy_(file.get_tensor(name))
                keys = ("step", "exp_avg", "exp_avg_sq")
                if f"{name}/step" in names:
                    state = {key: file.get_tensor(f"{name}/{key}") for key in keys}
                    self._optimiser.state[master] = state
            text = file.metadata()["progress"]
        self.progress = msgspec.json.decode(text.encode(), type=Progress)
        for product in self.trainee.products():
            product.refresh()


def weighted_loss(logits: Tensor, pack: Pack) -> Tensor:
    """Of each label, times its weight: [labels]."""
    losses = cross_entropy(logits.float(), torch.tensor(pack.labels), reduction="none")
    return losses * torch.tensor(pack.weights)


def order(count: int, seed: int, start: int) -> Iterator[int]:
    """Places of packs from the `start`-th on, without end: every round in another order."""
    round_, place = divmod(start, count)
    while True:
        places = list(range(count))
        random.Random(f"{seed}/{round_}").shuffle(places)
        yield from places[place:]
        round_, place = round_ + 1, 0


@dataclass(frozen=True, slots=True)
class Judged:
    """What held-out packs say. A branch is right if every label is the likeliest token."""

    loss: float
    right: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Branches that are right."""
        return sum(self.right.values()) / max(sum(self.asked.values()), 1)


def judge(trainee: Trainee, packs: Sequence[Pack], stopped: Callable[[], bool]) -> Judged | None:
    """None where it was stopped."""
    loss = weight = 0.0
    right: dict[str, int] = {}
    asked: dict[str, int] = {}
    with torch.no_grad():
        for pack in packs:
            if stopped():
                return None
            logits = trainee.logits(pack)
            loss += weighted_loss(logits, pack).sum().item()
            weight += sum(pack.weights)
            hits = (logits.argmax(-1) == torch.tensor(pack.labels)).tolist()
            for kind, begin, end in zip(pack.kinds, (0, *pack.ends), pack.ends, strict=False):
                asked[kind] = asked.get(kind, 0) + 1
                right[kind] = right.get(kind, 0) + all(hits[begin:end])
    return Judged(loss / max(weight, 1e-9), right, asked)
