"""Notices that a theme file changed. Polled: no thread, no dependency.

Not responsible for reading themes (argo_tui.themes).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


class ThemeWatch:
    """Remembers when each file was last changed."""

    def __init__(self, directories: Sequence[Path]) -> None:
        self._directories = directories
        self._seen = self._times()

    def changed(self) -> bool:
        """Whether a file came, went or changed since the last call."""
        times = self._times()
        before, self._seen = self._seen, times
        return times != before

    def _times(self) -> dict[Path, int]:
        times: dict[Path, int] = {}
        for directory in self._directories:
            for path in directory.glob("*.toml"):
                with suppress(OSError):
                    times[path] = path.stat().st_mtime_ns
        return times
