"""The keys that work on a screen, grouped. Read from the bindings, never kept by hand.

Not responsible for showing them (screens.help).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

USUAL = "Text and lists"
"""Title of what Textual's own widgets do."""


@dataclass(frozen=True, slots=True)
class Key:
    """What one action is called and the keys that do it."""

    keys: str
    description: str


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """The keys of one widget, screen or the program."""

    title: str
    keys: tuple[Key, ...]


def key_groups(screen: Screen[Any]) -> tuple[KeyGroup, ...]:
    """Keys of the focused widget first, then of the screen, its other widgets, the program.

    Of the widgets without focus only those of this program count. What Textual's own widgets
    do (moving in a text, scrolling) comes last.
    """
    app = screen.app
    active: dict[DOMNode, list[Binding]] = {}
    for node, binding, _, _ in screen.active_bindings.values():
        active.setdefault(node, []).append(binding)
    everywhere = active.pop(app, [])
    for widget in screen.query("*"):
        name = widget.BINDING_GROUP_TITLE
        known = any(name and name == node.BINDING_GROUP_TITLE for node in active)
        if name and not known and type(widget).__module__.startswith("argo_tui"):
            active[widget] = [binding for _, binding in widget._bindings]
    groups: list[KeyGroup] = []
    usual: list[Binding] = []
    for node, bindings in active.items():
        own = _own_actions(node)
        mine = [each for each in bindings if each.action in own]
        groups.append(KeyGroup(title(type(node)), tuple(_keys(app, mine))))
        usual += [each for each in bindings if each.action not in own]
    groups.append(KeyGroup("Everywhere", tuple(_keys(app, everywhere))))
    groups.append(KeyGroup(USUAL, tuple(_keys(app, usual))))
    return tuple(group for group in groups if group.keys)


def _keys(app: App[Any], bindings: Iterable[Binding]) -> Iterator[Key]:
    by_action: dict[tuple[str, str], list[str]] = {}
    for binding in bindings:
        if binding.description and not binding.system:
            names = by_action.setdefault((binding.action, binding.description), [])
            if (name := app.get_key_display(binding)) not in names:
                names.append(name)
    for (_, description), names in by_action.items():
        yield Key(" ".join(names), description)


def _own_actions(node: DOMNode) -> set[str]:
    """Actions that the program binds itself, rather than inherits from Textual."""
    return {
        binding.action
        for kind in type(node).__mro__
        if not kind.__module__.startswith("textual.")
        for binding in Binding.make_bindings(kind.__dict__.get("BINDINGS", ()))
    }


def title(kind: type[DOMNode]) -> str:
    """What a screen or widget is called in help: its own title, else its name in words."""
    if kind.BINDING_GROUP_TITLE:
        return kind.BINDING_GROUP_TITLE
    words = "".join(f" {part}" if part.isupper() else part for part in kind.__name__)
    return words.strip().removesuffix(" Screen").capitalize()
