"""Options that several commands share, and how their values are written.

Not responsible for what the settings mean (engine.config) or how layers merge (engine.layers).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from cyclopts import Parameter

from argo_tui.guard import UsageError
from engine.caps import read as read_caps
from engine.config import StrategyName

STDIN: Final = "<standard input>"
"""What a lone `-` becomes before parsing, where it would read as an option."""

_UNITS: Final = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Overrides:
    """Settings from the command line; stronger than any file."""

    profile: Annotated[
        str | None, Parameter(help="Profile, directory of weights, .gguf file, or auto.")
    ] = None
    caps: Annotated[
        str | None,
        Parameter(help="New tokens of sub-query/answer/synthesis: 50/200 or 50/200/400."),
    ] = None
    deadline: Annotated[
        str | None, Parameter(help="No step starts that cannot finish before: 500ms, 1s, 2m.")
    ] = None
    strategy: Annotated[StrategyName | None, Parameter(help="How the next action is chosen.")] = (
        None
    )
    seed: Annotated[int | None, Parameter(help="Seed of everything random.")] = None
    set: Annotated[
        tuple[str, ...],
        Parameter(n_tokens=1, metavar="KEY=VALUE", help="Any setting, repeatable: policy.mu=0.4."),
    ] = ()

    def flags(self) -> dict[str, Any]:
        """By dotted key. Raises UsageError."""
        given: dict[str, Any] = dict(_assignment(text) for text in self.set)
        named = {
            "profile": self.profile,
            "caps": caps(self.caps) if self.caps is not None else None,
            "deadline_s": seconds(self.deadline) if self.deadline is not None else None,
            "policy.strategy": self.strategy,
            "seed": self.seed,
        }
        return given | {key: value for key, value in named.items() if value is not None}


def caps(text: str) -> Mapping[str, int]:
    """`50/200` is sub-query and answer (and synthesis), `50/200/400` all three. Tokens."""
    found = read_caps(text)
    if found is None:
        raise UsageError(
            f"--caps takes two or three numbers like 50/200 or 50/200/400, not «{text}»"
        )
    return found


def seconds(text: str) -> float:
    """`500ms`, `1s`, `2m`, or a bare number of seconds."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m|)", text.strip())
    value = float(found[1]) * _UNITS[found[2]] if found else 0.0
    if value <= 0:
        raise UsageError(f"--deadline takes a time like 500ms, 1s or 2m, not «{text}»")
    return value


def value(text: str) -> Any:
    """A TOML value where the text is one, else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _assignment(text: str) -> tuple[str, Any]:
    key, equals, written = text.partition("=")
    if not (key.strip() and equals):
        raise UsageError(f"--set takes KEY=VALUE, not «{text}»")
    return key.strip(), value(written.strip())
