"""Checks a user's key map: Textual drops the older binding of a key without a word.

Pure. Not responsible for applying the map (Textual's `set_keymap` does).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.binding import Binding, BindingType

INDISTINCT = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+[": "escape"}
"""Keys that a plain terminal cannot tell from others."""


def problems(bindings: Iterable[BindingType], keymap: Mapping[str, str]) -> list[str]:
    """What is wrong with the map, one sentence each."""
    keys = {
        binding.id: binding.key
        for binding in bindings
        if isinstance(binding, Binding) and binding.id
    }
    groups = {name.partition(".")[0] for name in keys}
    result = [
        f"[screen.keys] «{name}» names no action."
        for name in keymap
        if name.partition(".")[0] in groups and name not in keys
    ]
    users: dict[str, list[str]] = {}
    for name, default in keys.items():
        for key in keymap.get(name, default).split(","):
            users.setdefault(key.strip(), []).append(name)
    for key, names in users.items():
        if len(names) > 1:
            result.append(f"[screen.keys] {key} is used by {' and '.join(sorted(names))}.")
        if key in INDISTINCT and any(name in keymap for name in names):
            result.append(f"[screen.keys] {key} is {INDISTINCT[key]} in most terminals.")
    return result
