"""The settings in force while the program runs: changes for the session, and taking them back.

Not responsible for asking for changes (screens.settings), for writing them to the user's file
(it did) or for what follows from them on the screen and in the engine (argo_tui.app).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argo_tui.settings.flags import after
from argo_tui.settings.undo import Applied, UndoStack
from engine.layers import Configuration, load, save
from engine.paths import Home


class SettingsDesk:
    """Configuration and flags in force; a change that is refused leaves both as they are."""

    def __init__(self, home: Home, configuration: Configuration, flags: Mapping[str, Any]) -> None:
        self.configuration = configuration
        self.flags: dict[str, Any] = dict(flags)
        self._home = home
        self._undo = UndoStack()

    def apply(self, changes: Mapping[str, Any], file: Mapping[str, Any] | None = None) -> None:
        """Put changes of dotted keys in force. Raises ConfigError.

        `file`: where the changes were saved, the tables of the user's file before that.
        """
        applied = Applied.of(changes, self.flags, file)
        self._put(changes, saved=file is not None)
        self._undo = self._undo.push(applied)

    def take_back(self) -> Applied | None:
        """Undo the latest change, in the file too where it was saved; None where there is none.

        Raises ConfigError.
        """
        change, rest = self._undo.pop()
        if change is None:
            return None
        if change.saved:
            save(self._home, change.file)
        self._put(change.flags, saved=False)
        self._undo = rest
        return change

    def _put(self, changes: Mapping[str, Any], *, saved: bool) -> None:
        flags = after(self.flags, changes, saved=saved)
        self.configuration = load(self._home, flags=flags)
        self.flags = flags
