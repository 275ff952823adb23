"""The columns of the answers benchmark: a profile, what is changed about it, and a strategy.

A variant is settings by dotted key, as with --set. Keys below `profile.` change the profile of the
column, whatever its name: `profile.prompts=smol`. Not responsible for asking.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from engine.config import Profile
from engine.errors import ConfigError
from engine.layers import Configuration, load, merge
from engine.paths import Home

SHIPPED: Final = "shipped"
_PROFILE: Final = "profile."


@dataclass(frozen=True, slots=True)
class Variant:
    """A name, and what differs from the shipped settings."""

    name: str = SHIPPED
    changes: tuple[tuple[str, Any], ...] = ()
    """Dotted keys and their values; None (written as nothing) takes a value of the profile away."""

    @property
    def flags(self) -> dict[str, Any]:
        """Of the settings."""
        return {key: value for key, value in self.changes if not key.startswith(_PROFILE)}

    @property
    def profile(self) -> dict[str, Any]:
        """Of the column's profile, without `profile.`."""
        return {
            key.removeprefix(_PROFILE): value
            for key, value in self.changes
            if key.startswith(_PROFILE)
        }


@dataclass(frozen=True, slots=True)
class Column:
    """One way to answer."""

    profile: str
    variant: str
    strategy: str

    @property
    def name(self) -> str:
        """As a heading: only what is not as shipped is said."""
        parts = [self.profile, "" if self.variant == SHIPPED else self.variant]
        return " · ".join([part for part in parts if part] + [self.strategy])


@dataclass(frozen=True, slots=True)
class Way:
    """A column with the settings that make it."""

    column: Column
    configuration: Configuration


def ways(
    home: Home,
    flags: Mapping[str, Any],
    profiles: Sequence[str],
    variants: Sequence[Variant],
    strategies: Sequence[str],
) -> list[Way]:
    """Every profile in every variant by every strategy; no strategies: the one in force.

    Raises ConfigError.
    """
    found = []
    for profile in profiles:
        for variant in variants or (Variant(),):
            for strategy in strategies or (None,):
                configuration = configured(home, flags, profile, variant, strategy)
                used = configuration.settings.policy.strategy
                found.append(Way(Column(profile, variant.name, used), configuration))
    return found


def configured(
    home: Home, flags: Mapping[str, Any], profile: str, variant: Variant, strategy: str | None
) -> Configuration:
    """The settings of one column. Raises ConfigError."""
    loaded = load(home, flags={**flags, **variant.flags, "policy.strategy": strategy}
                  if strategy else {**flags, **variant.flags})  # fmt: skip
    settings = replace(loaded.settings, profile=profile)
    if variant.profile:
        if profile not in settings.profiles:
            raise ConfigError(
                f"«{profile}» is no profile of argo.toml, so the variant «{variant.name}» "
                "cannot change it",
                remedy="Give it a profile in argo.toml, or leave out the keys below profile.",
            )
        changed = changed_profile(settings.profiles[profile], variant)
        settings = replace(settings, profiles={**settings.profiles, profile: changed})
    return Configuration(settings, loaded.origins)


def changed_profile(profile: Profile, variant: Variant) -> Profile:
    """The profile with the variant's keys. Raises ConfigError for one that does not fit."""
    tree: dict[str, Any] = msgspec.to_builtins(profile)
    for key, value in variant.profile.items():
        *parents, last = key.split(".")
        leaf: dict[str, Any] = {last: value}
        for name in reversed(parents):
            leaf = {name: leaf}
        tree = merge(tree, leaf)
    try:
        return msgspec.convert(tree, Profile)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"The variant «{variant.name}» does not fit a profile: {error}",
            remedy=f"Keys below profile. are: {', '.join(Profile.__struct_fields__)}.",
        ) from None


def record_path(directory: Path, questions: str, column: Column) -> Path:
    """Where the answers of a column to a set of questions lie."""
    parts = (questions, column.profile, column.variant, column.strategy)
    names = [re.sub(r"[^\w.+-]+", "-", part).strip("-") for part in parts]
    return directory / f"answers-{'-'.join(names)}.jsonl"
