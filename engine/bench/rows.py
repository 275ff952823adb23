"""The rows of the speed table, as data: what each one changes, and what it adds.

First the published program step by step, then this one. Our rows are cumulative: each takes over
what the row before it has. Not responsible for measuring (engine.bench.trial) or for tables
(engine.bench.speed_table).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from msgspec.structs import replace

from engine.config import CapsTable, Profile

How = Literal["published", "calls", "loop"]
"""published: `generate`, every call decoded to its cap. calls: decompose, answer and synthesise
through a back end of ours. loop: the question through engine.argo."""

BASELINE: Final = CapsTable(subquery=128, answer=256, synthesis=512)
PARAMS: Final = CapsTable(subquery=50, answer=100, synthesis=200)
"""One retrieval decodes 896 and 350 tokens with these: what the published seconds divide to."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    name: str
    adds: str
    """What it adds to the line before it, in a few words."""
    how: How
    caps: CapsTable | None = PARAMS
    """None: the profile's own caps."""
    smaller: bool = False
    """Shows the row «Params» of the next smaller profile."""
    server: Literal["", "plain", "flash"] = ""
    """Speaks to a server; flash: to one that was started with FlashAttention."""
    other_half: bool = False
    """Asks the other half of the questions: the server still has the first half in its cache."""
    cut: bool = True
    """Passages are cut to the sentences around the hit; else they are read whole."""
    stop: bool = True
    """Calls end at the stop strings of their prompts."""
    reuse: bool = True
    """What is common to two prompts is computed once."""
    attention: Literal["auto", "flash_attention_2"] = "auto"
    decoder: Literal["auto", "transformers"] = "auto"
    quantisation: Literal["none", "int8", "int4"] = "none"
    prefill: Literal["full", "int8"] = "full"
    lookup: int = 0
    compile: Literal["off", "default"] = "off"
    shipped: bool = False
    """The profile exactly as it is configured; the fields above do not count."""

    def profile(self, base: Profile) -> Profile:
        """The profile that this row runs."""
        if self.shipped:
            return base
        return replace(
            base,
            caps=self.caps or base.caps,
            attention=self.attention,
            decoder=self.decoder,
            quantisation=self.quantisation,
            prefill=self.prefill,
            lookup=self.lookup,
            compile=self.compile,
        )


LOOKUP: Final = 7
"""Tokens drafted at most, as in the shipped profiles: on a CPU eight rows cost 1.7 of one."""

FIRST: Final = "Baseline 128/512"
PARAMS_ROW: Final = "Params 50/200"

ROWS: Final = (
    Row(FIRST, "the published way", "published", BASELINE, cut=False),
    Row(PARAMS_ROW, "smaller caps", "published", cut=False),
    Row("Model+Params 50/200", "the next smaller model", "published", cut=False, smaller=True),
    Row(
        "+ FlashAttention 2",
        "its attention, published way",
        "published",
        cut=False,
        attention="flash_attention_2",
    ),
    Row("+ vLLM", "the three calls, served", "calls", cut=False, stop=False, server="plain"),
    Row(
        "+ vLLM + FlashAttention",
        "the same, with both",
        "calls",
        cut=False,
        stop=False,
        server="flash",
    ),
    Row(
        "own loop",
        "ends where the model ends",
        "calls",
        cut=False,
        stop=False,
        reuse=False,
        decoder="transformers",
    ),
    Row(
        "+ stop at the newline",
        "and at the prompt's stop strings",
        "calls",
        cut=False,
        reuse=False,
        decoder="transformers",
    ),
    Row(
        "+ fewer calls",
        "first sub-query, second synthesis: no call",
        "loop",
        cut=False,
        reuse=False,
        decoder="transformers",
    ),
    Row(
        "+ cut passages",
        "the sentences around the hit",
        "loop",
        reuse=False,
        decoder="transformers",
    ),
    Row("+ prefix reuse", "what prompts have in common, once", "loop", decoder="transformers"),
    Row("+ fused step", "own forward of Llama and Qwen2", "loop"),
    Row("+ int8", "weights that decoding reads", "loop", quantisation="int8"),
    Row("+ int4", "weights that decoding reads", "loop", quantisation="int4"),
    Row("+ int8 prompt", "its products too", "loop", quantisation="int4", prefill="int8"),
    Row(
        "+ prompt lookup",
        "drafts from the passages",
        "loop",
        quantisation="int4",
        prefill="int8",
        lookup=LOOKUP,
    ),
    Row(
        "+ compiled step",
        "torch.compile, warm",
        "loop",
        quantisation="int4",
        prefill="int8",
        lookup=LOOKUP,
        compile="default",
    ),
    Row("as shipped", "the profile of argo.toml, its caps", "loop", caps=None, shipped=True),
    Row(
        "as shipped, served",
        "the same loop on the server",
        "loop",
        caps=None,
        server="plain",
        other_half=True,
        shipped=True,
    ),
)
