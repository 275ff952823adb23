"""The values that the policy screen plays with: those in force, and the changes on top. Pure.

Not responsible for what a key accepts (settings_schema) or for showing it (screens.policy).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec.structs import replace as replace_fields

from argo_tui.numbers import seconds as seconds_text
from argo_tui.settings.listed import setting
from argo_tui.widgets.slider import Scale
from engine.config import Policy, Settings
from engine.events import Action


@dataclass(frozen=True, slots=True)
class Line:
    """A slider: its setting, the symbol of the equations, and the ends of its bar."""

    key: str
    symbol: str
    low: float
    high: float

    @property
    def field(self) -> str:
        """The name inside the policy's table."""
        return self.key.partition(".")[2]

    @property
    def label(self) -> str:
        """As the settings screen calls it."""
        return setting(self.key).label

    @property
    def scale(self) -> Scale:
        """With the step of the settings screen."""
        return Scale(self.low, self.high, setting(self.key).step)

    @property
    def accept(self) -> Callable[[str], tuple[Any, str]]:
        """Typed text, held against the bounds of the setting."""
        return setting(self.key).parse


LINES: tuple[Line, ...] = (
    Line("policy.mu", "μ", 0.0, 2.0),
    Line("policy.retrieve_cost", "c_r", 0.0, 0.5),
    Line("policy.reason_cost", "c_p", 0.0, 0.5),
    Line("policy.p_success", "p_s", 0.05, 0.95),
    Line("policy.gamma", "γ", 0.5, 1.0),
    Line("policy.retrieve_gain", "d_r", 0.0, 1.0),
    Line("policy.reason_gain", "d_p", 0.0, 0.5),
    Line("policy.p_strength", "n", 1.0, 30.0),
)
"""The ends are what is worth looking at; numbers beyond them that a setting takes are typed."""


@dataclass(frozen=True, slots=True)
class Values:
    """What is in force, and what was moved."""

    beneath: Settings
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Dotted keys of the policy's table, only those that differ from what is in force."""

    def set(self, key: str, value: Any) -> Values:
        """With one value; back at the one in force it is no change."""
        changes = {**self.changes, key: value}
        if value == self.before(key):
            del changes[key]
        return replace(self, changes=changes)

    def before(self, key: str) -> Any:
        """The value in force."""
        return getattr(self.beneath.policy, key.partition(".")[2])

    def value(self, key: str) -> Any:
        """The value with the changes."""
        return self.changes.get(key, self.before(key))

    @property
    def policy(self) -> Policy:
        """The policy's table with the changes."""
        fields = {key.partition(".")[2]: value for key, value in self.changes.items()}
        return replace_fields(self.beneath.policy, **fields)

    @property
    def settings(self) -> Settings:
        """All settings with the changes."""
        return replace_fields(self.beneath, policy=self.policy)


def note(
    line: Line, values: Values, profile: str, seconds: Mapping[Action, float], budget_s: float
) -> tuple[float, str]:
    """The value a slider shows, and who decides it where the user does not; "" where he does."""
    value = float(values.value(line.key))
    action = {"retrieve_cost": Action.RETRIEVE, "reason_cost": Action.REASON}.get(line.field)
    if action and values.policy.costs == "measured":
        if action in seconds:
            words = f"measured {seconds_text(seconds[action])} s of {budget_s:g} s"
            return seconds[action] / budget_s, words
        return value, "fixed: no time yet"
    known = values.beneath.profiles.get(profile)
    if line.field == "reason_gain" and known and known.reason_gain is not None:
        return known.reason_gain, f"{profile} sets it"
    return value, ""
