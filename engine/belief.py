"""What the run believes about retrieval: a Beta posterior of the success probability p_s.

Not responsible for saying what a success is (engine.argo) or for using it (engine.policy).
"""

from __future__ import annotations

from engine.events import Belief


def prior(mean: float, strength: float) -> Belief:
    """Beta(mean * strength, (1 - mean) * strength): `strength` retrievals' worth of evidence."""
    return Belief(alpha=mean * strength, beta=(1.0 - mean) * strength)


def observe(belief: Belief, success: bool) -> Belief:
    """The posterior after one more retrieval."""
    if success:
        return Belief(alpha=belief.alpha + 1.0, beta=belief.beta)
    return Belief(alpha=belief.alpha, beta=belief.beta + 1.0)
