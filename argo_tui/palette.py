"""The commands of the palette: every action by its name, every theme, every absent model.

Not responsible for carrying them out (argo_tui.app).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App, SystemCommand
from textual.screen import Screen

from argo_tui.numbers import size

if TYPE_CHECKING:
    from engine.models.registry import ModelStatus


def actions(app: App[Any], screen: Screen[Any]) -> Iterator[SystemCommand]:
    """What keys do on this screen, with the keys."""
    for node, binding, enabled, _ in screen.active_bindings.values():
        if enabled and binding.description and binding.id and isinstance(node, App | Screen):
            run = partial(app.run_action, binding.action, node)
            yield SystemCommand(binding.description, app.get_key_display(binding), run)


def themes(app: App[Any]) -> Iterator[SystemCommand]:
    """For this session; the settings keep one."""
    for name in sorted(app.available_themes):
        wear = partial(setattr, app, "theme", name)
        yield SystemCommand(f"Theme {name}", "for this session", wear)


def fetches(statuses: list[ModelStatus], fetch: Callable[[str], object]) -> Iterator[SystemCommand]:
    """Models that are not here."""
    for status in statuses:
        if status.directory is None and status.bytes:
            text = f"{status.title}, {size(status.bytes)}, {status.licence}"
            yield SystemCommand(f"Fetch {status.profile}", text, partial(fetch, status.profile))
