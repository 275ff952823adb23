"""What a run of many questions needs on machines that are not here: computed, never measured.

    python tools/size_run.py --prompt 860 --reused 400 --decoded 25 --calls 1.3

Takes the tokens of a question as they were measured (argo-tui bench speed, bench server) and two
limits: a prompt token costs two operations a weight, a decoded token reads all weights and the
caches of all that are in flight once a step. Prints a Markdown table for docs/scaling.md. Not in
it: what the server itself costs, and an uneven end of the run. Both make it longer.
"""
# ruff: noqa: T201

from __future__ import annotations

import argparse
from dataclasses import dataclass

from engine.bench.tables import grid

QUESTIONS = 13_952
"""The size of ORAN-Bench-13K."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Peak figures of one GPU from its data sheet, and how many there are."""

    name: str
    count: int
    operations: float
    """bf16 with float32 sums, dense, a second."""
    bandwidth: float
    """Bytes a second."""
    memory: float
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model as the server holds it."""

    name: str
    parameters: float
    bytes: float
    """Of the weights, in bf16."""
    cache: float
    """Bytes of keys and values a token: 2 x layers x key-value heads x head width x 2."""


@dataclass(frozen=True, slots=True)
class Question:
    """Mean tokens of one question, all its calls together."""

    prompt: float
    reused: float
    decoded: float
    calls: float


MACHINES = (
    Machine("8 x RTX 3060, 12 GB", 8, 25.3e12, 360e9, 12e9),
    Machine("1 x H200", 1, 989e12, 4.8e12, 141e9),
    Machine("Ray, 4 nodes of 8 x H200", 32, 989e12, 4.8e12, 141e9),
)
MODELS = (
    Model("1.5b", 1.54e9, 3.1e9, 2 * 28 * 2 * 128 * 2),
    Model("3b", 3.09e9, 6.2e9, 2 * 36 * 2 * 128 * 2),
)


def seconds(
    machine: Machine, model: Model, question: Question, in_flight: int, use: float
) -> float:
    """Of all questions, spread over the GPUs with a copy of the model each.

    `use`: share of the peak figures that is reached, 0..1; `in_flight`: on each GPU.
    """
    fresh = question.prompt - question.reused
    prefill = fresh * 2 * model.parameters / (machine.operations * use)
    context = question.prompt / question.calls
    step = (model.bytes + in_flight * context * model.cache) / (machine.bandwidth * use)
    decode = question.decoded * step / in_flight
    return QUESTIONS * (prefill + decode) / machine.count


def most_in_flight(machine: Machine, model: Model, question: Question) -> int:
    """How many questions the memory beside the weights holds, at 90 % of it; at most 256."""
    room = 0.9 * machine.memory - model.bytes
    return max(1, min(256, int(room / (question.prompt / question.calls * model.cache))))


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--prompt", type=float, required=True, help="prompt tokens a question")
    parser.add_argument("--reused", type=float, default=0.0, help="of these, from the cache")
    parser.add_argument("--decoded", type=float, required=True, help="decoded tokens a question")
    parser.add_argument("--calls", type=float, default=1.0, help="model calls a question")
    parser.add_argument("--use", type=float, default=0.4, help="share of the peak figures reached")
    options = parser.parse_args()
    question = Question(options.prompt, options.reused, options.decoded, options.calls)
    head = ("machine", "model", "in flight a GPU", "one question s", f"{QUESTIONS:,} questions s")
    rows = []
    for machine in MACHINES:
        for model in MODELS:
            most = most_in_flight(machine, model, question)
            one = seconds(machine, model, question, 1, options.use) * machine.count / QUESTIONS
            whole = seconds(machine, model, question, most, options.use)
            rows.append((machine.name, model.name, str(most), f"{one:.2f}", f"{whole:,.0f}"))
    print(grid(head, rows, markdown=True), end="")


if __name__ == "__main__":
    main()
