"""The commands of the palette: actions with their keys, places to jump to, choices, settings.

Textual reads names and helps as markup, so every text is made literal here. Not responsible for
carrying commands out (argo_tui.app).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App, SystemCommand
from textual.screen import Screen

from argo_tui.jumps import Jump, Target, ToStep
from argo_tui.numbers import size
from engine.text import clean

if TYPE_CHECKING:
    from engine.models.registry import ModelStatus

_OURS = "argo_tui."


@dataclass(frozen=True, slots=True)
class Situation:
    """What the commands are about: the screen and the run in front, and what is in use."""

    at_chat: bool
    """Elsewhere only what that screen can do is offered: nothing opens over it."""
    places: tuple[Target, ...]
    """Where one can jump in the selected run."""
    strategy: str
    profile: str
    statuses: Sequence[ModelStatus]


@dataclass(frozen=True, slots=True)
class Doings:
    """What carries the commands out."""

    jump: Callable[[Jump], object]
    change: Callable[[Mapping[str, Any]], object]
    """Takes changed settings by dotted key, for this session."""
    settings: Callable[[str], object]
    """Opens the settings at a group or a key."""
    use: Callable[[str], object]
    """Loads a profile."""
    fetch: Callable[[str], object]
    """Fetches a profile's weights."""


def everything(
    app: App[Any], screen: Screen[Any], now: Situation, do: Doings
) -> Iterator[SystemCommand]:
    """All the commands there are on a screen."""
    yield from actions(app, screen)
    yield from themes(app)
    if now.at_chat:
        yield from choices(now, do)


def choices(now: Situation, do: Doings) -> Iterator[SystemCommand]:
    """What can be chosen at the chat: places, strategies, settings, profiles, downloads."""
    from argo_tui.settings.listed import by_group
    from engine.strategies import SAYS

    yield from jumps(now.places, do.jump)
    says = {str(name): line for name, line in SAYS.items()}
    yield from strategies(says, now.strategy, do.change, do.settings)
    yield from settings(by_group(), do.settings)
    yield from profiles(now.statuses, now.profile, do.use)
    yield from fetches(now.statuses, do.fetch)


def command(name: str, about: str, run: Callable[[], object]) -> SystemCommand:
    """A command whose words are shown as they are, without control characters."""
    return SystemCommand(literal(name), literal(about), run)


def literal(text: str) -> str:
    """A text that Textual's markup reads as itself."""
    return " ".join(clean(text).split()).replace("[", r"\[")


def actions(app: App[Any], screen: Screen[Any]) -> Iterator[SystemCommand]:
    """What keys of the program do on this screen, with the keys; each action once."""
    keys: dict[str, list[str]] = {}
    found: dict[str, tuple[str, Callable[[], object]]] = {}
    for node, binding, enabled, _ in screen.active_bindings.values():
        ours = type(node).__module__.startswith(_OURS) or isinstance(node, App | Screen)
        if enabled and ours and binding.description and binding.id:
            run: Callable[[], object] = partial(app.run_action, binding.action, node)
            found.setdefault(binding.id, (binding.description, run))
            name = app.get_key_display(binding)
            if name not in keys.setdefault(binding.id, []):
                keys[binding.id].append(name)
    for action, (description, run) in found.items():
        yield command(description, " ".join(keys[action]), run)


def jumps(places: Iterable[Target], jump: Callable[[Jump], object]) -> Iterator[SystemCommand]:
    """Steps and passages of the selected run."""
    for place in places:
        number, about = place.number, f"{place.name} {place.about}"
        if isinstance(place.jump, ToStep):
            yield command(f"Jump to step {number}", about, partial(jump, place.jump))
        elif not place.jump.quotes:
            yield command(f"Open passage {number}", about, partial(jump, place.jump))


def strategies(
    says: Mapping[str, str],
    now: str,
    use: Callable[[Mapping[str, Any]], object],
    show: Callable[[str], object],
) -> Iterator[SystemCommand]:
    """Each strategy with its line, for this session, and the setting that holds one."""
    about = f"What each of them does; {now} decides now"
    yield command("Show strategies", about, partial(show, "policy.strategy"))
    for name, line in says.items():
        mark = " (decides now)" if name == now else ""
        change = {"policy.strategy": name}
        yield command(f"Strategy {name}", f"{line}{mark}", partial(use, change))


def profiles(
    statuses: Iterable[ModelStatus], now: str, use: Callable[[str], object]
) -> Iterator[SystemCommand]:
    """Profiles that can run, by name; `now` is the one that answers."""
    for status in statuses:
        if status.can_run and status.profile != now:
            about = f"{status.title}: {status.why}"
            yield command(f"Use {status.profile}", about, partial(use, status.profile))


def settings(
    groups: Mapping[str, Iterable[str]], show: Callable[[str], object]
) -> Iterator[SystemCommand]:
    """Groups of settings by title, with the labels of what they hold."""
    for group, labels in groups.items():
        yield command(f"Settings: {group}", ", ".join(labels), partial(show, group))


def themes(app: App[Any]) -> Iterator[SystemCommand]:
    """For this session; the settings keep one."""
    for name in sorted(app.available_themes):
        wear = partial(setattr, app, "theme", name)
        yield command(f"Theme {name}", "for this session", wear)


def fetches(
    statuses: Iterable[ModelStatus], fetch: Callable[[str], object]
) -> Iterator[SystemCommand]:
    """Models that are not here."""
    for status in statuses:
        if status.directory is None and status.bytes:
            text = f"{status.title}, {size(status.bytes)}, {status.licence}"
            yield command(f"Fetch {status.profile}", text, partial(fetch, status.profile))
