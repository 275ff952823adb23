"""U after a step. Pure; not responsible for judging the step (engine.grounding)."""

from __future__ import annotations

from dataclasses import dataclass

from engine.events import Action


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step brought."""

    action: Action
    succeeded: bool
    """Retrieve: passages cleared the threshold and the answer is supported. Reason: some text."""
    complete: bool
    """The finding answers the whole question, so nothing is left to look for."""


def advance(u: float, u_max: float, gain: float, outcome: Outcome) -> tuple[float, str]:
    """U after the step, and the reason in words. `gain` is d_r or d_p of this question."""
    if not outcome.succeeded:
        return u, "nothing was learned"
    if outcome.complete:
        return u_max, "the finding answers the question"
    after = min(u + gain, u_max)
    return after, f"one more finding: +{after - u:.2f}"
