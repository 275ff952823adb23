"""One decode step of fixed shapes, compiled: on a GPU one launch instead of hundreds.

The same arithmetic as the eager step (engine.llm.fused.network) over a cache whose tensors never
change place, with the position as a tensor, so that `torch.compile` takes it whole and
`reduce-overhead` can replay it as a CUDA graph (the way of gpt-fast). It is believed only where it
says what the eager step says, and used only where it is faster. Not responsible for when it is
compiled (engine.llm.fused.background).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, Literal

from engine.llm.fused.attention import attend
from engine.llm.fused.decoder import Decoder, OneToken
from engine.llm.fused.network import Cache, Network, Pair
from engine.llm.fused.opaque import opaque, tensors
from engine.llm.hardware import synchronise
from engine.llm.reason import reason
from engine.llm.self_check import difference, record

if TYPE_CHECKING:
    import torch

Mode = Literal["default", "reduce-overhead", "max-autotune"]
Function = Callable[["torch.Tensor", "torch.Tensor"], "torch.Tensor"]
"""A token and its position, both int64 [1], to logits, [1, vocabulary]."""
Compile = Callable[[Function], Function]

ROOM: Final = 2048
"""Tokens of its cache; attention reads all of them at every step. Longer texts go on eagerly."""
_TIMED: Final = 10
"""Steps of each kind whose median decides."""
_FILLED: Final = 512
"""Tokens in the cache while they are timed, as in an answer with its passages."""


class StaticStep:
    """Satisfies engine.llm.fused.decoder.OneToken. Nothing is compiled before the first call."""

    def __init__(self, network: Network, compile: Compile, room: int = ROOM) -> None:
        import torch

        room = min(room, network.shape.context)
        device = network.weights.embedding.device
        # Made in normal mode: tensors of inference mode cannot be changed outside of it.
        with torch.inference_mode(False):
            self._cache = network.new_cache(room)
            self._token = torch.zeros(1, dtype=torch.int64, device=device)
            self._position = torch.zeros(1, dtype=torch.int64, device=device)
        network = opaque(network)
        pairs = (tensor for pair in self._cache for tensor in pair)
        for tensor in (*tensors(network), *pairs, self._token, self._position):
            # Else a CUDA graph copies it at every call.
            torch._dynamo.mark_static_address(tensor)
        self._begin: Callable[[], None] = torch.compiler.cudagraph_mark_step_begin
        self._step = compile(_own_code(_function(network, self._cache, room)))

    @property
    def cache(self) -> Cache:
        """Where it reads and writes: always the same tensors."""
        return self._cache

    def __call__(self, token: int, position: int) -> torch.Tensor:
        """Logits after the token at that position, [1, vocabulary]."""
        import torch

        with torch.inference_mode(False), torch.no_grad():
            self._begin()
            self._token.fill_(token)
            self._position.fill_(position)
            # The next replay writes into the same memory.
            return self._step(self._token, self._position).clone()


def by_inductor(mode: Mode, device: str) -> Compile:
    """torch.compile in that mode, with numbers rounded where the eager step rounds them."""
    import torch
    import torch._inductor

    options: dict[str, Any] = {
        **torch._inductor.list_mode_options(mode),
        # Without it values between fused operations keep 32 bits, and texts change.
        "emulate_precision_casts": True,
        # Every call is alike, and a step has code of its own: checking costs half a millisecond.
        "guard_filter_fn": _no_guards,
    }
    if device == "cpu":
        # Its own threads beside those of the products would fight them for the cores.
        options["cpp.threads"] = 1
    return lambda step: torch.compile(step, fullgraph=True, dynamic=False, options=options)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out about a step."""

    problem: str
    """Empty where it is right and faster."""
    eager_ms: float = 0.0
    """A token."""
    compiled_ms: float = 0.0


def judge(network: Network, step: OneToken) -> Verdict:
    """Whether the step says what the eager one says, and is faster. Compiles it where needed.

    Raises nothing: what the compiler raises is the problem.
    """
    import torch

    try:
        with torch.inference_mode():
            plain, fast = Decoder(network), _OneByOne(network)
            fast.use(step)
            if found := difference(fast, record(plain)):
                return Verdict(f"its self-check failed {found}")
            return _race(plain, fast, step.cache[0][0].shape[1])
    except Exception as error:
        return Verdict(reason(error))


class _OneByOne(Decoder):
    """Feeds a draft token by token: the step takes no more than one."""

    def extend(self, ids: Sequence[int], logits: int) -> torch.Tensor:
        """See Decoder.extend."""
        import torch

        if logits == 1:
            return super().extend(ids, 1)
        extend = super().extend
        return torch.cat([extend([token], 1) for token in ids][-logits:])


def _race(plain: Decoder, fast: Decoder, room: int) -> Verdict:
    """Alternating, so that a busy machine slows both."""
    filled = min(_FILLED, room - 1)
    times: tuple[list[float], list[float]] = ([], [])
    for decoder in (plain, fast):
        decoder.paste(plain.network.new_cache(filled))
    for _ in range(_TIMED):
        for decoder, seconds in zip((plain, fast), times, strict=True):
            seconds.append(_seconds(decoder))
            decoder.truncate(filled)
    eager_ms, compiled_ms = (1e3 * median(seconds) for seconds in times)
    if compiled_ms < eager_ms:
        return Verdict("", eager_ms, compiled_ms)
    slower = f"it is no faster here ({compiled_ms:.1f} ms a token against {eager_ms:.1f})"
    return Verdict(slower, eager_ms, compiled_ms)


def _seconds(decoder: Decoder) -> float:
    """Of one token, until its logits are there."""
    device = decoder.network.weights.embedding.device.type
    start = time.perf_counter()
    decoder.extend([0], 1)
    synchronise(device)
    return time.perf_counter() - start


def _function(network: Network, cache: Cache, room: int) -> Function:
    def step(token: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
        import torch

        shape = network.shape
        x = network.weights.embedding[token]
        seen = torch.arange(room, device=x.device)[None, :] <= position[:, None]
        mask = torch.zeros_like(seen, dtype=x.dtype).masked_fill(~seen, float("-inf"))
        mask = mask.repeat(shape.heads // shape.groups, 1)

        def mix(packed: torch.Tensor, pair: Pair, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
            keys, values = pair
            keys.index_copy_(1, position, k)
            values.index_copy_(1, position, v)
            return attend(packed, keys, values, mask)

        cos, sin = network.cos[position][:, None], network.sin[position][:, None]
        return network.forward(x, cos, sin, cache, mix, 1)

    return step


def _own_code(function: Function) -> Function:
    """A copy. What is compiled is kept with the code, and two models must not share it."""
    assert isinstance(function, FunctionType)
    code, closure = function.__code__.replace(), function.__closure__
    return FunctionType(code, function.__globals__, function.__name__, None, closure)


def _no_guards(entries: list[Any]) -> list[bool]:
    return [False] * len(entries)
