"""Which settings the screen offers: one list, read by the rows, the help and the search.

Not responsible for bounds and choices (settings_schema reads them from engine.config).
"""

from __future__ import annotations

from argo_tui.settings.schema import Setting
from engine.strategies import SAYS

GROUPS = ("Profile", "Caps", "Temperatures", "Policy", "Retrieval", "Answer", "Budget", "Theme")

SCHEMA: tuple[Setting, ...] = (
    Setting(
        "profile",
        "Profile",
        "Profile",
        "The model that answers: a profile, a directory of weights or a .gguf file.",
        "reload",
    ),
    Setting(
        "caps.subquery",
        "Caps",
        "Sub-query",
        "Most new tokens of a sub-query.",
        step=10,
        unit="tokens",
    ),
    Setting(
        "caps.answer",
        "Caps",
        "Answer",
        "Most new tokens of the answer of one step.",
        step=10,
        unit="tokens",
    ),
    Setting(
        "caps.synthesis",
        "Caps",
        "Synthesis",
        "Most new tokens of the final answer.",
        step=10,
        unit="tokens",
    ),
    Setting(
        "temperatures.decompose",
        "Temperatures",
        "Decompose",
        "Freedom in writing sub-queries. 0 always takes the likeliest token.",
        step=0.1,
    ),
    Setting(
        "temperatures.answer",
        "Temperatures",
        "Answer",
        "Freedom in answering from passages. 0 always takes the likeliest token.",
        step=0.1,
    ),
    Setting(
        "temperatures.synthesise",
        "Temperatures",
        "Synthesise",
        "Freedom in writing the final answer. 0 always takes the likeliest token.",
        step=0.1,
    ),
    Setting(
        "policy.strategy",
        "Policy",
        "Strategy",
        "How the next action is chosen. mdp solves the decision process; the rest compare.",
        says={str(name): line for name, line in SAYS.items()},
    ),
    Setting(
        "policy.mu",
        "Policy",
        "Cost weight",
        "mu: how much the cost of an action weighs against knowing more.",
        step=0.05,
    ),
    Setting(
        "policy.gamma",
        "Policy",
        "Discount",
        "gamma: the worth of a later step against the same step now.",
        step=0.01,
    ),
    Setting(
        "policy.retrieve_gain",
        "Policy",
        "Retrieve gain",
        "d_r: what one successful retrieval adds to U.",
        step=0.05,
    ),
    Setting(
        "policy.reason_gain",
        "Policy",
        "Reason gain",
        "d_p: what one step of reasoning adds to U.",
        step=0.01,
    ),
    Setting(
        "policy.retrieve_cost",
        "Policy",
        "Retrieve cost",
        "c_r: the cost of a retrieval where costs are fixed.",
        step=0.01,
    ),
    Setting(
        "policy.reason_cost",
        "Policy",
        "Reason cost",
        "c_p: the cost of reasoning where costs are fixed.",
        step=0.01,
    ),
    Setting(
        "policy.p_success",
        "Policy",
        "Retrieval success",
        "Prior mean of the belief that a retrieval succeeds.",
        step=0.05,
    ),
    Setting(
        "policy.p_strength",
        "Policy",
        "Belief strength",
        "Weight of that prior, in retrievals.",
        step=1,
    ),
    Setting(
        "policy.reward",
        "Policy",
        "Reward",
        "sigma: how the reward of stopping grows with what is known.",
    ),
    Setting(
        "policy.costs",
        "Policy",
        "Costs",
        "fixed, or measured: seconds of the recorded runs over the time budget.",
    ),
    Setting(
        "policy.max_steps",
        "Policy",
        "Most steps",
        "After so many steps the answer is written.",
        step=1,
    ),
    Setting(
        "retrieval.passages",
        "Retrieval",
        "Passages",
        "Passages handed to the answer. Fewer are faster on a CPU.",
        step=1,
    ),
    Setting(
        "retrieval.excerpt_words",
        "Retrieval",
        "Excerpt",
        "Words of the best passage that are read, around the hit; of the others half. 0: all.",
        step=10,
    ),
    Setting(
        "retrieval.candidates",
        "Retrieval",
        "Candidates",
        "Passages considered by each of the two searches.",
        step=5,
    ),
    Setting(
        "retrieval.min_dense",
        "Retrieval",
        "Least similarity",
        "A passage is relevant from this cosine similarity on.",
        step=0.05,
    ),
    Setting(
        "retrieval.min_lexical", "Retrieval", "Least BM25", "Or from this BM25 score on.", step=1
    ),
    Setting(
        "retrieval.passage_tokens",
        "Retrieval",
        "Passage length",
        "Longest passage, in words and punctuation marks.",
        "ingestion",
        step=20,
    ),
    Setting(
        "answer.check",
        "Answer",
        "Check",
        "Hold every sentence against its passages; without it nothing is known to be supported.",
    ),
    Setting(
        "answer.min_support",
        "Answer",
        "Least support",
        "Share of a sentence's words and literals that its passages must hold.",
        step=0.05,
    ),
    Setting(
        "answer.min_relevance",
        "Answer",
        "Least relevance",
        "How much a sentence must speak of what was asked, or it does not count; 0: not looked at.",
        step=0.05,
    ),
    Setting(
        "answer.synthesis",
        "Answer",
        "Synthesis",
        "auto: one finding that already answers is not written a second time.",
    ),
    Setting(
        "answer.min_complete",
        "Answer",
        "Least yes",
        "«Is it answered?»: the model's probability of yes that ends the search.",
        step=0.05,
    ),
    Setting(
        "answer.follow_ups",
        "Answer",
        "Follow-ups",
        "«And its latency?» is written out with the question before it, then searched for.",
    ),
    Setting(
        "budget_s",
        "Budget",
        "Time budget",
        "The time an answer should take. Shown, and the unit of measured costs.",
        step=5,
        unit="s",
    ),
    Setting(
        "deadline_s",
        "Budget",
        "Deadline",
        "No step starts that cannot finish before it. The O-RAN target is 1 s.",
        step=1,
        unit="s",
    ),
    Setting("seed", "Budget", "Seed", "The same seed draws the same tokens.", step=1),
    Setting(
        "ask_before_mb",
        "Budget",
        "Ask before",
        "A download larger than this is asked for on a bare first start.",
        "next start",
        step=100,
        unit="MB",
    ),
    Setting("theme", "Theme", "Theme", "Colours. Shown while you choose.", "now"),
    Setting(
        "screen.refresh_hz",
        "Theme",
        "Refresh",
        "Redraws a second while text streams. Fewer suit a slow connection.",
        "next start",
        step=5,
        unit="Hz",
    ),
    Setting(
        "screen.motion",
        "Theme",
        "Motion",
        "Off: the cursor stands still and nothing is animated.",
        "next start",
    ),
)

OTHER = "other"
"""The row of the profile that takes a directory or a .gguf file."""


def setting(key: str) -> Setting:
    """The description of a key. Raises KeyError where the screen does not offer it."""
    for item in SCHEMA:
        if item.key == key:
            return item
    raise KeyError(key)


def by_group() -> dict[str, tuple[str, ...]]:
    """Labels of the settings by the title of their group, in the order of the screen."""
    return {group: tuple(item.label for item in SCHEMA if item.group == group) for group in GROUPS}
