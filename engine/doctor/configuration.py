"""The configuration: whether it can be read, from which files it comes, and what it names.

Not responsible for what a profile needs to run (engine.doctor.models) or for theme files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from engine.doctor.finding import Check, Finding, State
from engine.errors import ConfigError
from engine.layers import Configuration, load
from engine.paths import Home

SUBJECT: Final = "configuration"


def read(home: Home) -> tuple[Configuration | None, ConfigError | None]:
    """The settings in force; or None, and why."""
    try:
        return load(home), None
    except ConfigError as error:
        return None, error


def checks(configuration: Configuration | None, error: ConfigError | None) -> Iterator[Check]:
    """What is looked at."""
    yield Check(SUBJECT, "settings", lambda: settings(configuration, error))
    if configuration is not None:
        yield Check(SUBJECT, "profile", lambda: profile(configuration))
        yield Check(SUBJECT, "presets", lambda: presets(configuration))


def settings(configuration: Configuration | None, error: ConfigError | None) -> Iterator[Finding]:
    """Which layers set something. Raises the error that reading them gave."""
    if error is not None:
        raise error
    assert configuration is not None
    counted = Counter(configuration.origins.values())
    own = [f"{count} from {name}" for name, count in counted.items() if name != "shipped"]
    yield Finding(SUBJECT, "settings", State.OK, ", ".join(own) or "as shipped")


def profile(configuration: Configuration) -> Iterator[Finding]:
    """The profile in force, which may be a path too; whether it runs is said below."""
    wanted = configuration.settings.profile
    known = wanted == "auto" or wanted in configuration.settings.profiles
    if known or "/" in wanted or wanted.endswith(".gguf"):
        origin = configuration.origin("profile")
        yield Finding(SUBJECT, "profile", State.OK, f"{wanted} ({origin})")
    else:
        text = f"«{wanted}» is in force and there is no such profile"
        names = ", ".join(configuration.settings.profiles)
        yield Finding(SUBJECT, "profile", State.PROBLEM, text, f"Choose one: auto, {names}.")


def presets(configuration: Configuration) -> Iterator[Finding]:
    """Presets that name a profile which is not there."""
    profiles = configuration.settings.profiles
    for name, preset in configuration.settings.presets.items():
        if preset.profile not in profiles:
            text = f"the preset «{name}» names the profile «{preset.profile}», which is not there"
            yield Finding(SUBJECT, "presets", State.NOTE, text, f"Set presets.{name}.profile.")
