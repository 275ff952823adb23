"""How large the inputs of each matrix become, channel by channel: seen once, before rounding.

A model's activations have a few channels that outgrow the others by far, the same ones whatever
the text, so a page of it is enough. Not responsible for what is made of it
(engine.llm.fused.quantise.to_int8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from engine.llm.backend import Message
from engine.llm.chat import Chat
from engine.llm.fused.linear import Linear, Product
from engine.llm.fused.weights import Weights, matrix_names

if TYPE_CHECKING:
    import torch

Largest = dict[str, "torch.Tensor"]
"""By the first name of a matrix: the largest magnitude of each input channel, float32 [in]."""


@dataclass(frozen=True, slots=True)
class _Watched:
    """A product that notes its inputs."""

    product: Product
    name: str
    seen: Largest

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        import torch

        largest = x.abs().amax(0).float()
        known = self.seen.get(self.name)
        self.seen[self.name] = largest if known is None else torch.maximum(known, largest)
        return self.product(x)

    @property
    def nbytes(self) -> int:
        return self.product.nbytes


def watched(weights: Weights) -> tuple[Weights, Largest]:
    """The same weights, and what their inputs will have been once something was computed."""
    seen: Largest = {}

    def watch(linear: Linear, name: str) -> Linear:
        product = _Watched(linear.many, name, seen)
        return Linear(product, product, bias=linear.bias)

    layers = []
    for place, layer in enumerate(weights.layers):
        names = matrix_names(f"model.layers.{place}.")
        layers.append(
            replace(
                layer,
                qkv=watch(layer.qkv, names.qkv[0]),
                output=watch(layer.output, names.output[0]),
                gate_up=watch(layer.gate_up, names.gate_up[0]),
                down=watch(layer.down, names.down[0]),
            )
        )
    return replace(weights, layers=tuple(layers)), seen


def sample(chat: Chat) -> Sequence[int]:
    """A call like those to come: instruction, passages, question, answer."""
    said = [Message("system", _INSTRUCTION), Message("user", _PASSAGES)]
    return [*chat.prompt(said), *chat.encode(_ANSWER)]


_INSTRUCTION: Final = """You answer questions from numbered passages. Copy names, numbers and units
exactly as they are written. If the passages do not state the answer, write: Not in the passages."""
_PASSAGES: Final = """[1] Tarvo node › Timers: The beacon timer runs for 40 ms and the guard timer
for 3 s. Both are restarted by a TARVO_RESET (see clause 6.2.1), unless `guard-enabled` is false.
[2] Melin hub › Links › Ports: | port | protocol | use |
| 7710 | SCTP | beacons, at most 1,000 a second |
| 7700 | TCP | kept for the trace tool; deprecated since release 2.4 |
[3] Handbook: leaf max-links { type uint16; default "512"; description "Links of one hub."; }
[4] Why two timers? Because a node that loses its hub must not flood the network: it waits, doubles
its interval up to 640 ms, and only then gives up. «Patience», the authors call it; 5 % of all nodes
never return.

Question: Which port carries beacons, over which protocol, and how often may they be sent?"""
_ANSWER: Final = """Port 7710 carries beacons over SCTP, at most 1,000 a second [2]."""
