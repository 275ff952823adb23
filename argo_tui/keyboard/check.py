"""Checks a user's key map: Textual drops the older binding of a key without a word.

Pure. Not responsible for applying the map (Textual's `set_keymap` does) or for finding the
bindings (argo_tui.keyboard.places).
"""

from __future__ import annotations

import difflib
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from textual.binding import Binding
from textual.keys import Keys, _character_to_key

INDISTINCT = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+[": "escape"}
"""Keys that a plain terminal cannot tell from others."""

TYPED = ("app", "chat", "prompt")
"""Groups of actions whose keys must not be letters: they are active while a question is typed."""

_MODIFIERS = {"ctrl", "alt", "shift", "super", "meta", "hyper"}
_OF_CHARACTER = {character: _character_to_key(character) for character in string.printable.strip()}
_NAMES = {key.value for key in Keys} | set(_OF_CHARACTER.values()) | {"space"}


@dataclass(frozen=True, slots=True)
class Place:
    """The program, a screen or a widget, with the bindings that it makes itself."""

    title: str
    bindings: tuple[Binding, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """Places whose bindings can be active at the same time: a screen with what lies on it."""

    title: str
    places: tuple[Place, ...]

    def keyed(self) -> dict[str, str]:
        """Keys by action, of the bindings that have an id."""
        bindings = [binding for place in self.places for binding in place.bindings]
        return {binding.id: binding.key for binding in bindings if binding.id}


def key_map_problems(screens: Sequence[Together], keymap: Mapping[str, str]) -> list[str]:
    """What is wrong with the map, one sentence each, no sentence twice.

    A key is a clash where two actions that can be active together have it and the map is to
    blame; what the program shares by itself (escape leaves a field, then the screen) is none.
    """
    found = [*_unknown_actions(screens, keymap), *_unsuitable_keys(keymap)]
    for screen in screens:
        found += _clashes(screen.keyed(), keymap)
    return list(dict.fromkeys(found))


def _unknown_actions(screens: Sequence[Together], keymap: Mapping[str, str]) -> Iterator[str]:
    known = {name for screen in screens for name in screen.keyed()}
    for name in keymap:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1)
            hint = f" Did you mean «{near[0]}»?" if near else " docs/keys.md lists them all."
            yield f"[screen.keys] «{name}» names no action.{hint}"


def _unsuitable_keys(keymap: Mapping[str, str]) -> Iterator[str]:
    for name, wanted in keymap.items():
        for key in _split(wanted):
            if key in INDISTINCT:
                yield f"[screen.keys] {key} is {INDISTINCT[key]} in most terminals."
            elif key not in _NAMES and key in _OF_CHARACTER:
                yield f"[screen.keys] {name}: write {_OF_CHARACTER[key]} for «{key}»."
            elif not _is_key(key):
                yield f"[screen.keys] {name}: «{key}» names no key."
            elif key in _OF_CHARACTER.values() and name.partition(".")[0] in TYPED:
                yield f"[screen.keys] {name}: {key} is text where questions are typed."


def _clashes(keys: Mapping[str, str], keymap: Mapping[str, str]) -> Iterator[str]:
    users: dict[str, list[str]] = {}
    for name, default in keys.items():
        for key in _split(keymap.get(name, default)):
            users.setdefault(key, []).append(name)
    for key, names in users.items():
        # Names that share the key by themselves are left out, unless somebody joined them.
        if len(names) > 1 and any(key not in _split(keys[name]) for name in names):
            yield f"[screen.keys] {key} is used by {' and '.join(sorted(names))}."


def _is_key(key: str) -> bool:
    *modifiers, name = key.split("+")
    return set(modifiers) <= _MODIFIERS and (name in _NAMES or name in _OF_CHARACTER)


def _split(keys: str) -> list[str]:
    return [key.strip() for key in keys.split(",")]
