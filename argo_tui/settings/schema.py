"""What a setting is: key, words, step; its kind and bounds come from engine.config's annotations.

Not responsible for which settings there are (settings_list), their values (settings_draft) or
showing them (screens.settings).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from engine.config import Settings

Effect = Literal["now", "next question", "reload", "ingestion", "next start"]
"""When a change takes effect. `reload`: the model is loaded anew."""


@dataclass(frozen=True, slots=True)
class Number:
    """A bounded number; `integer` numbers have no decimal point."""

    integer: bool
    bounds: Meta | None
    optional: bool

    def words(self) -> str:
        """`a number from 0 to 2`, as in help and messages."""
        parts: list[str] = []
        if self.bounds is not None:
            low, above = self.bounds.ge, self.bounds.gt
            high, below = self.bounds.le, self.bounds.lt
            if low is not None and high is not None:
                parts.append(f"from {low:g} to {high:g}")
            else:
                parts += [f"of at least {low:g}"] if low is not None else []
                parts += [f"above {above:g}"] if above is not None else []
                parts += [f"at most {high:g}"] if high is not None else []
                parts += [f"below {below:g}"] if below is not None else []
        kind = "a whole number" if self.integer else "a number"
        return " ".join([kind, ", ".join(parts)]).strip() + (", or empty" * self.optional)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    values: tuple[str, ...]

    def words(self) -> str:
        """`one of a, b, c`."""
        return f"one of {', '.join(self.values)}"


@dataclass(frozen=True, slots=True)
class Words:
    """Free text, not empty."""

    def words(self) -> str:
        """What may be typed."""
        return "a name or a path"


Kind = Number | Choice | Words


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the screen. `step` is what left and right add to a number."""

    key: str
    group: str
    label: str
    help: str
    effect: Effect = "next question"
    step: float = 0.0
    unit: str = ""
    says: Mapping[str, str] = field(default_factory=dict)
    """What each choice does, one line each; empty where their names say it."""

    @property
    def kind(self) -> Kind:
        """What values it takes, from the annotation of its key."""
        return _kind(self.key)

    @property
    def switch(self) -> bool:
        """Whether it is only on or off."""
        return _annotation(self.key) is bool

    def parse(self, text: str) -> tuple[Any, str]:
        """The value a text stands for and "", or None and what is wrong: key, bound and text."""
        kind = self.kind
        text = text.strip()
        if isinstance(kind, Number) and kind.optional and not text:
            return None, ""
        try:
            value: Any = {"true": True, "false": False}[text.lower()] if self.switch else text
            if isinstance(kind, Number):
                value = int(text.replace("_", "")) if kind.integer else float(text)
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(text)
            return msgspec.convert(value, _annotation(self.key)), ""
        except (KeyError, ValueError, msgspec.ValidationError):
            return None, f"{self.key} must be {kind.words()}, not «{text}»"

    def nudged(self, value: Any, by: int, choices: tuple[str, ...] = ()) -> Any:
        """The next choice, or the number one step on, kept inside the bounds."""
        kind = self.kind
        if self.switch:
            return not value
        if isinstance(kind, Number):
            number = round(value + by * self.step, 6)
            stepped, problem = self.parse(str(int(number) if kind.integer else number))
            return value if problem else stepped
        values = choices or (kind.values if isinstance(kind, Choice) else ())
        if not values:
            return value
        if value not in values:
            return values[0]
        return values[(values.index(value) + by) % len(values)]

    def matches(self, query: str) -> bool:
        """Whether every word of the query occurs in what is said about the setting."""
        choices = " ".join(f"{name} {line}" for name, line in self.says.items())
        about = f"{self.key} {self.group} {self.label} {self.help} {self.effect} {choices}"
        about = about.casefold()
        return all(word in about for word in query.casefold().split())


EFFECTS: dict[Effect, str] = {
    "now": "at once",
    "next question": "with the next question",
    "reload": "at once: the model is loaded anew",
    "ingestion": "for documents ingested from now on",
    "next start": "at the next start",
}


@cache
def _kind(key: str) -> Kind:
    annotation = _annotation(key)
    optional = NoneType in get_args(annotation)
    if optional:
        (annotation,) = (part for part in get_args(annotation) if part is not NoneType)
    bounds: Meta | None = None
    if get_origin(annotation) is Annotated:
        annotation, bounds, *_ = get_args(annotation)
    if get_origin(annotation) is Literal:
        return Choice(get_args(annotation))
    if annotation is bool:
        return Choice(("true", "false"))
    if annotation in (int, float):
        return Number(annotation is int, bounds, optional)
    return Words()


@cache
def _annotation(key: str) -> Any:
    """The annotation of a dotted key in Settings, through optional tables."""
    annotation: Any = Settings
    for part in key.split("."):
        if get_origin(annotation) in (Union, UnionType):
            (annotation,) = (table for table in get_args(annotation) if table is not NoneType)
        annotation = get_type_hints(annotation, include_extras=True)[part]
    return annotation
