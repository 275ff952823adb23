"""A draft of the settings: what is in force, and the changes on top of it.

Immutable: every change gives a new draft, so undo is keeping the old one. Not responsible for
checking typed text (settings_schema) or for writing files (engine.layers).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace as replace_fields

from engine.config import Preset, Profile
from engine.errors import ConfigError
from engine.layers import Configuration, Origin, load
from engine.paths import Home

if TYPE_CHECKING:
    from engine.models.registry import ModelStatus

STRONGER: tuple[Origin, ...] = ("flag", "environment", "./argo.toml")
"""Layers that win over the user's file."""

_TABLES = {
    "caps": ("subquery", "answer", "synthesis"),
    "temperatures": ("decompose", "answer", "synthesise"),
}
"""Tables that are set as a whole or not at all; unset, the profile's hold."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Settings in force, what they would be without the user's file, and the changes."""

    configuration: Configuration
    beneath: Configuration
    statuses: tuple[ModelStatus, ...]
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Dotted keys; None takes the key out of the user's file."""

    @classmethod
    def begin(
        cls, configuration: Configuration, statuses: Sequence[ModelStatus], home: Home
    ) -> Draft:
        """A draft without changes."""
        return cls(configuration, _without_user_file(configuration, home), tuple(statuses))

    def value(self, key: str) -> Any:
        """The value with the changes; None where neither a layer nor a change sets it."""
        changed = self.changes.get(key)
        if changed is not None:
            return changed
        source = self.beneath if key in self.changes else self.configuration
        return _look_up(source, key)

    def before(self, key: str) -> Any:
        """The value without the changes."""
        return _look_up(self.configuration, key)

    def effective(self, key: str) -> Any:
        """The value in force: `value`, or the profile's where that is None."""
        value = self.value(key)
        table, _, name = key.partition(".")
        if value is None and table in _TABLES and (profile := self.profile):
            return getattr(getattr(profile, table), name)
        return value

    def origin(self, key: str) -> Origin:
        """The layer the value comes from, changes aside; for a reset, the layer beneath."""
        if key in self.changes and self.changes[key] is None:
            return self.beneath.origin(key)
        return self.configuration.origin(key)

    @property
    def profile_name(self) -> str:
        """The profile that answers: the chosen one, or what `auto` would take; "" for none."""
        name = str(self.value("profile"))
        if name != "auto":
            return name
        profiles = self.configuration.settings.profiles
        able = [item.profile for item in self.statuses if item.can_run and item.profile in profiles]
        return max(able, key=lambda item: profiles[item].order, default="")

    @property
    def profile(self) -> Profile | None:
        """The settings of that profile, or those that weights of the user's own get."""
        name = str(self.value("profile"))
        settings = self.configuration.settings
        if name != "auto" and name not in settings.profiles:
            from engine.models.registry import profile_of_path

            return profile_of_path(name, replace_fields(settings, caps=None, temperatures=None))
        return settings.profiles.get(self.profile_name)

    def changed(self, key: str) -> bool:
        """Whether the draft changes the key."""
        return key in self.changes

    def set(self, key: str, value: Any) -> Draft:
        """With one value changed. The first cap or temperature writes its whole table."""
        table, _, name = key.partition(".")
        if table not in _TABLES:
            return self._with({key: value})
        whole = {part: self.effective(f"{table}.{part}") for part in _TABLES[table]} | {name: value}
        if any(number is None for number in whole.values()):
            whole = {part: value if number is None else number for part, number in whole.items()}
        return self._with({f"{table}.{part}": number for part, number in whole.items()})

    def reset(self, key: str) -> Draft:
        """Without the change of the key; with none, without the key in the user's file."""
        keys = self.together(key)
        if any(part in self.changes for part in keys):
            return replace(self, changes=_without(self.changes, keys))
        if self.origin(key) not in ("user file", "flag"):
            return self
        return replace(self, changes={**self.changes, **dict.fromkeys(keys)})

    def wear(self, preset: Preset) -> Draft:
        """With a preset's profile and caps."""
        caps = preset.caps
        return self._with(
            {
                "profile": preset.profile,
                "caps.subquery": caps.subquery,
                "caps.answer": caps.answer,
                "caps.synthesis": caps.synthesis,
            }
        )

    def wears(self, preset: Preset) -> bool:
        """Whether profile and caps are those of the preset."""
        caps = (preset.caps.subquery, preset.caps.answer, preset.caps.synthesis)
        own = tuple(self.value(f"caps.{part}") for part in _TABLES["caps"])
        return self.value("profile") == preset.profile and own == caps

    def together(self, key: str) -> tuple[str, ...]:
        """The keys that are reset with this one: its table, the table itself last."""
        table = key.partition(".")[0]
        if table not in _TABLES:
            return (key,)
        return (*(f"{table}.{part}" for part in _TABLES[table]), table)

    def stronger(self) -> list[str]:
        """Changed keys that a stronger layer sets, so that saving them would not win."""
        return [key for key in self.changes if self.configuration.origin(key) in STRONGER]

    def for_session(self) -> dict[str, Any]:
        """The changes as flags: a reset of the user's file becomes the value beneath it.

        None is left for keys that only a flag sets.
        """
        flags: dict[str, Any] = {}
        for key, value in self.changes.items():
            if value is not None or self.configuration.origin(key) == "flag":
                flags[key] = value
            elif key not in _TABLES and (beneath := self.effective(key)) is not None:
                flags[key] = beneath
        return flags

    def _with(self, values: Mapping[str, Any]) -> Draft:
        changes = {**self.changes, **values}
        # Setting a table again undoes a reset of it.
        gone = {key.partition(".")[0] for key in values if "." in key}
        changes = _without(changes, gone)
        same = [key for key in values if changes[key] == self.before(key)]
        return replace(self, changes=_without(changes, same))


def _without(changes: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    gone = set(keys)
    return {key: value for key, value in changes.items() if key not in gone}


def _look_up(configuration: Configuration, key: str) -> Any:
    value: Any = configuration.settings
    for part in key.split("."):
        if value is None:
            return None
        value = getattr(value, part)
    return value


def _without_user_file(configuration: Configuration, home: Home) -> Configuration:
    """What a reset leads to: environment, ./argo.toml and the shipped values."""
    try:
        return load(replace(home, config=home.config / ".nowhere"))
    except ConfigError:
        return configuration
