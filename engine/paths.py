"""Where things lie: shipped files, the user's configuration, data and cache.

`ARGO_HOME` puts everything under one directory (tests, containers, shared servers). Nothing here
creates a directory; whoever writes does.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

APP = "argo-tui"


@dataclass(frozen=True, slots=True)
class Home:
    """The user's directories."""

    config: Path
    data: Path
    cache: Path

    @classmethod
    def find(cls) -> Home:
        """From `ARGO_HOME`, else the platform's conventions."""
        if root := os.environ.get("ARGO_HOME"):
            base = Path(root).expanduser()
            return cls(base / "config", base / "data", base / "cache")
        return cls(
            Path(platformdirs.user_config_dir(APP)),
            Path(platformdirs.user_data_dir(APP)),
            Path(platformdirs.user_cache_dir(APP)),
        )

    @property
    def settings(self) -> Path:
        """The user's configuration file."""
        return self.config / "argo.toml"

    @property
    def themes(self) -> Path:
        """The user's own themes, beside the shipped ones."""
        return self.config / "themes"

    @property
    def models(self) -> Path:
        """Converted weights, one directory a model."""
        return self.cache / "models"

    @property
    def store(self) -> Path:
        """The passage store."""
        return self.data / "store"

    @property
    def runs(self) -> Path:
        """The run store, one SQLite file."""
        return self.data / "runs.sqlite"

    @property
    def log(self) -> Path:
        """The rotating log."""
        return self.data / "log" / "argo-tui.log"


def shipped(name: str) -> Path:
    """A shipped file or directory (`argo.toml`, `themes`): in the wheel, else in the checkout."""
    inside = Path(__file__).parent / "_shipped" / name
    return inside if inside.exists() else Path(__file__).parent.parent / name
