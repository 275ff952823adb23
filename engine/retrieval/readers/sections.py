"""The stack of open headings while a reader goes through a document."""

from __future__ import annotations


class Sections:
    """Headings by level; a new one closes all of its level and below."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def enter(self, level: int, heading: str) -> None:
        """Open a section. An empty heading closes only."""
        self._open = [(at, name) for at, name in self._open if at < level]
        if heading:
            self._open.append((level, heading))

    @property
    def path(self) -> tuple[str, ...]:
        """Open headings from the outermost to the innermost."""
        return tuple(name for _, name in self._open)
