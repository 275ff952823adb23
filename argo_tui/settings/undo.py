"""What changes of settings replaced, so that they can be taken back. Pure.

Not responsible for the draft before it is applied (settings_history), for writing the user's file
(engine.layers) or for putting settings in force (argo_tui.app).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Applied:
    """One change as it was applied, told by what held before it.

    Both maps are dotted keys and the values to give them back; None takes the key out. So
    `flags` is a change for this session, and `file` is one that `engine.layers.save` takes.
    """

    flags: Mapping[str, Any]
    file: Mapping[str, Any]
    """Empty where nothing was saved."""

    @classmethod
    def of(
        cls,
        changes: Mapping[str, Any],
        flags: Mapping[str, Any],
        file: Mapping[str, Any] | None = None,
    ) -> Applied:
        """For changes about to be applied over flags in force.

        `file`: where they are saved too, the tables of the user's file before that.
        """
        before = {key: flags.get(key) for key in changes}
        if file is None:
            return cls(before, {})
        earlier: dict[str, Any] = {}
        for key in changes:
            earlier |= _earlier(file, key)
        return cls(before, earlier)

    @property
    def saved(self) -> bool:
        """Whether the user's file was changed."""
        return bool(self.file)

    def words(self) -> str:
        """Which settings are as they were, and whether in the file too: for the status line."""
        tables = {key.partition(".")[0] for key in self.flags if "." in key}
        keys = [key for key in self.flags if key not in tables]
        where = ", in your file too" if self.saved else ""
        return f"as before{where}: {', '.join(keys)}"


@dataclass(frozen=True, slots=True)
class UndoStack:
    """Applied changes, the latest last."""

    applied: tuple[Applied, ...] = ()

    def push(self, change: Applied) -> UndoStack:
        """With one more."""
        return UndoStack((*self.applied, change))

    def pop(self) -> tuple[Applied | None, UndoStack]:
        """The latest change and the stack without it; None where there is none."""
        if not self.applied:
            return None, self
        return self.applied[-1], UndoStack(self.applied[:-1])


def _earlier(file: Mapping[str, Any], key: str) -> dict[str, Any]:
    """What gives a key its value back; a table that was not there is taken out as a whole.

    Keys of settings hold no quoted dots.
    """
    value: Any = file
    path: list[str] = []
    for name in key.split("."):
        path.append(name)
        if not isinstance(value, Mapping) or name not in value:
            return {".".join(path): None}
        value = value[name]
    return {key: value}
