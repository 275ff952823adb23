"""One column of a comparison: a profile, and where wanted another strategy or other caps.

Not responsible for whether the profile exists or can run (engine.models.registry).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, cast, get_args

import msgspec

from engine.caps import read as read_caps
from engine.config import CapsTable, StrategyName
from engine.errors import ConfigError
from engine.events import Caps

FEWEST: Final = 2
MOST: Final = 4
FORM: Final = "PROFILE[:STRATEGY][:SUBQUERY/ANSWER[/SYNTHESIS]]"
STRATEGIES: Final[tuple[str, ...]] = get_args(StrategyName)

_EXAMPLE: Final = f"Write {FORM}, as in 0.5b or 0.5b:one_shot or 0.5b:50/200."


@dataclass(frozen=True, slots=True)
class Contender:
    """What one column runs. None leaves the setting as it is."""

    profile: str
    strategy: StrategyName | None = None
    caps: Caps | None = None

    @property
    def label(self) -> str:
        """`0.5b`, `0.5b one_shot`, `0.5b 50/200/200`."""
        caps = self.caps
        written = f"{caps.subquery}/{caps.answer}/{caps.synthesis}" if caps else None
        return " ".join(filter(None, (self.profile, self.strategy, written)))

    def flags(self) -> dict[str, Any]:
        """Its settings by dotted key, as engine.layers.load takes them."""
        given: dict[str, Any] = {"profile": self.profile}
        if self.strategy is not None:
            given["policy.strategy"] = self.strategy
        if self.caps is not None:
            given["caps"] = msgspec.structs.asdict(self.caps)
        return given


def parse(text: str) -> Contender:
    """A contender as it is written. Raises ConfigError, with how to write one."""
    profile, *parts = (part.strip() for part in text.strip().split(":"))
    if not profile:
        raise ConfigError(f"«{text}» names no profile", remedy=_EXAMPLE)
    strategy: StrategyName | None = None
    caps: Caps | None = None
    for part in parts:
        if part in STRATEGIES and strategy is None:
            strategy = cast("StrategyName", part)
        elif (fields := read_caps(part)) and caps is None:
            caps = _caps(text, fields)
        else:
            names = ", ".join(STRATEGIES)
            raise ConfigError(
                f"«{part}» in «{text}» is neither one strategy nor one set of caps",
                remedy=f"{_EXAMPLE} The strategies are {names}.",
            )
    return Contender(profile, strategy, caps)


def contenders(text: str) -> tuple[Contender, ...]:
    """Two to four contenders, comma separated, no two alike. Raises ConfigError."""
    found = tuple(parse(each) for each in text.split(",") if each.strip())
    if not FEWEST <= len(found) <= MOST:
        raise ConfigError(
            f"A comparison has {FEWEST} to {MOST} columns, not {len(found)}",
            remedy="Separate them by commas, as in 0.5b,1.5b-coder.",
        )
    twice = [each.label for each in found if found.count(each) > 1]
    if twice:
        raise ConfigError(
            f"«{twice[0]}» is there twice",
            remedy="Give one of them another strategy or other caps, as in 0.5b,0.5b:one_shot.",
        )
    return found


def _caps(text: str, fields: dict[str, int]) -> Caps:
    try:
        # The limits of a cap stand in one place, the schema of the settings.
        msgspec.convert(fields, CapsTable)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"The caps of «{text}» are out of range: {error}", remedy=_EXAMPLE
        ) from None
    return Caps(**fields)
