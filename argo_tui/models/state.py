"""What the screen knows of models: loaded, loading, arriving, failed. Immutable.

Also the decisions at the start, pure. Not responsible for carrying them out (argo_tui.app).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from argo_tui.models.downloads import Download
from argo_tui.numbers import size
from engine.llm.backend import ModelInfo

if TYPE_CHECKING:
    from engine.models.registry import ModelStatus


@dataclass(frozen=True, slots=True)
class ModelState:
    """One picture of it."""

    profile: str = ""
    info: ModelInfo | None = None
    phase: str = ""
    """What loading is at; empty when it is not loading."""
    download: Download | None = None
    arrived: str = ""
    """A profile that came in the background and is not in use."""
    offered: str = ""
    """A profile that is not here and worth fetching, after a first start with the smallest."""
    trouble: str = ""
    """Why there is no model, with the remedy."""

    @property
    def ready(self) -> bool:
        """Whether questions are answered at once."""
        return self.info is not None and not self.phase

    def doing(self) -> str:
        """In a few words; empty when there is nothing to say."""
        if self.phase:
            return f"{self.profile} · {self.phase}" if self.profile else self.phase
        if self.download is not None:
            return describe(self.download)
        if self.trouble:
            return "no model · ctrl+r tries again"
        if self.arrived:
            return f"{self.arrived} is here · f5 to switch"
        if self.offered:
            return f"{self.offered} reads better · f5 to fetch it"
        return ""


def describe(download: Download) -> str:
    """`fetching 1.5b-coder 412 of 1117 MB`."""
    if download.phase != "download":
        return f"{download.model} · {download.phase}"
    if download.share is None:
        return f"fetching {download.model}"
    return f"fetching {download.model} {download.share * 100:.0f} % of {size(download.total)}"


def first_fetch(statuses: Sequence[ModelStatus], wanted: str) -> ModelStatus | None:
    """What to get where nothing can run: the wanted profile, else the smallest model."""
    absent = [status for status in statuses if status.directory is None and status.bytes]
    named = [status for status in absent if status.profile == wanted]
    return named[0] if named else min(absent, key=lambda status: status.bytes, default=None)


def must_ask(status: ModelStatus, limit_mb: int, smallest: int) -> bool:
    """Whether a download is large enough to be asked about. The smallest never is."""
    return status.bytes > limit_mb * 1_000_000 and status.bytes > smallest


def next_profile(statuses: Sequence[ModelStatus], current: str, arrived: str) -> str:
    """Where the switch key goes: to what has just arrived, else to the next that can run."""
    able = [status.profile for status in statuses if status.can_run]
    if arrived and arrived != current:
        return arrived
    if current not in able:
        return able[0] if able else ""
    following = able[(able.index(current) + 1) % len(able)]
    return following if following != current else ""
