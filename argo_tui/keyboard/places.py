"""Every binding of the program: the App's, and screen by screen those that can be active there.

Found in the modules, so that no list has to be kept. Imports every screen: asked for only where
a user's map is checked and by tests. Not responsible for the check (argo_tui.keyboard.check) or
for the keys that work now (argo_tui.keyboard.active).
"""

from __future__ import annotations

import pkgutil
from collections.abc import Collection, Iterator
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Any

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

import argo_tui.screens
from argo_tui.keyboard.active import title
from argo_tui.keyboard.check import Place, Together
from argo_tui.screens.chat import ChatScreen

EVERYWHERE = "Everywhere"
_OURS = "argo_tui."


def key_places(app: type[App[Any]], at_chat: Collection[str] = ()) -> tuple[Together, ...]:
    """The program alone, then each screen with its widgets; with the program unless modal.

    `at_chat`: actions of the program that are switched off on every other screen.
    """
    everywhere = replace(place(app), title=EVERYWHERE)
    elsewhere = replace(
        everywhere,
        bindings=tuple(each for each in everywhere.bindings if each.action not in at_chat),
    )
    found = [Together(everywhere.title, (everywhere,))]
    for screen in screens():
        own = (place(screen), *(place(widget) for widget in widgets(screen)))
        places = tuple(each for each in own if each.bindings)
        if not issubclass(screen, ModalScreen):
            places += (everywhere if screen is ChatScreen else elsewhere,)
        found.append(Together(title(screen), places))
    return tuple(found)


def screens() -> Iterator[type[Screen[Any]]]:
    """Every screen of the program, by module and name."""
    for module in pkgutil.iter_modules(argo_tui.screens.__path__):
        name = f"{argo_tui.screens.__name__}.{module.name}"
        for kind in _kinds(import_module(name), Screen):
            if kind.__module__ == name:
                yield kind


def widgets(screen: type[Screen[Any]]) -> list[type[Widget]]:
    """The widgets that the screen's module uses, and those that they use, with bindings of ours.

    Found by what the modules import at their top: a widget is used where it is imported.
    """
    found: dict[type[Widget], None] = {}
    waiting = [import_module(screen.__module__)]
    seen = set(waiting)
    while waiting:
        for kind in _kinds(waiting.pop(), Widget):
            if issubclass(kind, Screen):
                continue
            found[kind] = None
            module = import_module(kind.__module__)
            if module not in seen:
                seen.add(module)
                waiting.append(module)
    return [kind for kind in found if place(kind).bindings]


def place(kind: type[DOMNode]) -> Place:
    """The bindings that a class, or one of ours that it comes from, makes itself."""
    bindings = [
        binding
        for each in kind.__mro__
        if each.__module__.startswith(_OURS)
        for binding in Binding.make_bindings(each.__dict__.get("BINDINGS", ()))
    ]
    return Place(title(kind), tuple(_joined(bindings)))


def _joined(bindings: list[Binding]) -> Iterator[Binding]:
    """Textual makes one binding a key: the keys of an id are one again, joined by commas."""
    keys: dict[str, list[str]] = {}
    first: dict[str, Binding] = {}
    for binding in bindings:
        name = binding.id or f"{binding.action} {binding.key}"
        first.setdefault(name, binding)
        keys.setdefault(name, []).append(binding.key)
    for name, binding in first.items():
        yield binding.with_key(",".join(keys[name]), binding.key_display)


def _kinds(module: ModuleType, base: type[Any]) -> list[type[Any]]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, base)
        and value.__module__.startswith(_OURS)
    ]
