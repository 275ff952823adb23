"""The Markov decision process: solve it, ask it for the values of each action, draw its regions.

State u in [0, U]; see `solve` for the equations. Pure functions over frozen data; NumPy only.
Not responsible for what is believed about retrieval (engine.belief), for turning values into a
decision (engine.strategies), or for what U a question has (engine.complexity).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.config import RewardName
from engine.events import Action, ActionValues, Region

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Values = npt.NDArray[np.float64]

GRID = 401
"""Points of the grid over [0, U]."""
TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class Problem:
    """The process of one question, for one belief about retrieval."""

    u_max: float
    p_success: float
    retrieve_gain: float
    reason_gain: float
    retrieve_cost: float
    reason_cost: float
    mu: float
    gamma: float
    reward: RewardName = "linear"


@dataclass(frozen=True, slots=True)
class Solution:
    """V and Q of each action on a grid of u; arrays have shape [GRID]."""

    problem: Problem
    u: Values
    v: Values
    retrieve: Values
    reason: Values
    stop: Values

    def values(self, u: float) -> ActionValues:
        """Q of each action at u, by linear interpolation of V."""
        import numpy as np

        at = np.clip(np.asarray([u], dtype=np.float64), 0.0, self.problem.u_max)
        retrieve, reason, stop = action_values(self.problem, at, self.u, self.v)
        return ActionValues(
            retrieve=float(retrieve[0]), reason=float(reason[0]), stop=float(stop[0])
        )

    def regions(self) -> tuple[Region, ...]:
        """Intervals in which each action wins, from 0 to U, touching."""
        winners = [
            best(ActionValues(retrieve=a, reason=b, stop=c))
            for a, b, c in zip(
                self.retrieve.tolist(), self.reason.tolist(), self.stop.tolist(), strict=True
            )
        ]
        regions: list[Region] = []
        low = 0.0
        for index in range(1, len(winners) + 1):
            if index == len(winners) or winners[index] != winners[index - 1]:
                last = index == len(winners)
                # The border lies between two grid points; take the middle.
                high = self.problem.u_max if last else float(self.u[index - 1] + self.u[index]) / 2
                regions.append(Region(low=low, high=high, action=winners[index - 1]))
                low = high
        return tuple(regions)


def solve(problem: Problem) -> Solution:
    """Value iteration to a fixed point, in a few milliseconds.

    Q(u, retrieve) = -mu c_r + g (p V(min(u + d_r, U)) + (1 - p) V(u))
    Q(u, reason)   = -mu c_p + g V(min(u + d_p, U))
    Q(u, stop)     = sigma(u / U)
    V(u)           = max over actions

    No step lowers u, so V settles from the top of the grid downwards, in about U / d sweeps.
    """
    import numpy as np

    u = np.linspace(0.0, problem.u_max, GRID)
    v = sigma(u / problem.u_max, problem.reward)
    while True:
        retrieve, reason, stop = action_values(problem, u, u, v)
        new = np.maximum(np.maximum(retrieve, reason), stop)
        if float(np.max(np.abs(new - v))) < TOLERANCE:
            return Solution(problem, u, new, retrieve, reason, stop)
        v = new


def action_values(
    problem: Problem, at: Values, grid: Values, v: Values
) -> tuple[Values, Values, Values]:
    """Q of retrieve, reason, stop at the states `at`, for V given on `grid`."""
    import numpy as np

    def value(x: Values) -> Values:
        return np.interp(np.minimum(x, problem.u_max), grid, v)

    p, g, mu = problem.p_success, problem.gamma, problem.mu
    retrieved = p * value(at + problem.retrieve_gain) + (1.0 - p) * value(at)
    retrieve = -mu * problem.retrieve_cost + g * retrieved
    reason = -mu * problem.reason_cost + g * value(at + problem.reason_gain)
    return retrieve, reason, sigma(at / problem.u_max, problem.reward)


def sigma(x: Values, reward: RewardName) -> Values:
    """The worth of stopping at x = u / U; rises from 0 at x = 0 to 1 at x = 1."""
    import numpy as np

    if reward == "sqrt":
        return np.sqrt(x)
    if reward == "saturating":
        return np.asarray((1.0 - np.exp(-3.0 * x)) / (1.0 - np.exp(-3.0)))
    if reward == "sigmoid":
        low, high = _logistic(np.asarray(0.0)), _logistic(np.asarray(1.0))
        return np.asarray((_logistic(x) - low) / (high - low))
    return np.asarray(x, dtype=np.float64)


def best(values: ActionValues, forbidden: frozenset[Action] = frozenset()) -> Action:
    """The action with the largest Q. At a tie stopping wins, then retrieving."""
    ranked = (
        (Action.STOP, values.stop),
        (Action.RETRIEVE, values.retrieve),
        (Action.REASON, values.reason),
    )
    allowed = [(action, q) for action, q in ranked if action not in forbidden]
    if not allowed:
        return Action.STOP
    top = max(q for _, q in allowed)
    return next(action for action, q in allowed if q >= top - 1e-9)


def _logistic(x: Values) -> Values:
    import numpy as np

    return np.asarray(1.0 / (1.0 + np.exp(-10.0 * (x - 0.5))))
