"""What the tests of single screens share: a small host App and made-up statuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.app import App
from textual.screen import Screen

from argo_tui.theming.files import load_themes
from engine.models.registry import ModelStatus
from engine.paths import Home, shipped

STATUSES = (
    ModelStatus(
        "3b",
        "Qwen2.5 3B",
        "qwen2.5-3b-instruct",
        3_085_938_688,
        "Qwen Research",
        6_171_926_992,
        None,
        False,
        "Not fetched. Run: argo-tui models fetch 3b (6.2 GB).",
    ),
    ModelStatus(
        "1.5b",
        "Qwen2.5 1.5B",
        "qwen2.5-1.5b-instruct",
        1_543_714_304,
        "Apache-2.0",
        3_087_467_144,
        None,
        False,
        "Not fetched. Run: argo-tui models fetch 1.5b (3.1 GB).",
    ),
    ModelStatus(
        "1.5b-coder",
        "Qwen2.5 Coder 1.5B",
        "qwen2.5-coder-1.5b-instruct",
        1_543_714_304,
        "Apache-2.0",
        1_117_320_768,
        None,
        False,
        "Needs 3.4 GB of memory, 2.1 GB are free. Close something, or take 135m.",
    ),
    ModelStatus(
        "0.5b",
        "Qwen2.5 Coder 0.5B",
        "qwen2.5-coder-0.5b-instruct",
        494_032_768,
        "Apache-2.0",
        491_400_064,
        None,
        False,
        "Not fetched. Run: argo-tui models fetch 0.5b (0.5 GB).",
    ),
    ModelStatus(
        "135m",
        "SmolLM2 135M",
        "smollm2-135m-instruct",
        134_515_008,
        "Apache-2.0",
        98_362_432,
        Path("/models/smollm2-135m-instruct"),
        True,
        "Weights are here, 0.4 GB of memory is enough.",
    ),
)


def home_in(directory: Path) -> Home:
    """Directories of a user below a test's own."""
    return Home(directory / "config", directory / "data", directory / "cache")


class Host(App[None]):
    """Shows one screen in the shipped themes and keeps what it dismissed with."""

    CSS = "Screen { background: $background; color: $foreground; }"

    def __init__(self, make: Callable[[], Screen[Any]], theme: str = "midnight") -> None:
        super().__init__()
        self._make = make
        self._first_theme = theme
        self.result: Any = "open"
        self.copied: list[str] = []

    def on_mount(self) -> None:
        """Register the themes and push the screen."""
        for theme in load_themes([shipped("themes")])[0].values():
            self.register_theme(theme)
        self.theme = self._first_theme
        self.push_screen(self._make(), self._keep)

    def copy_to_clipboard(self, text: str) -> None:
        """Keep what was copied."""
        self.copied.append(text)
        super().copy_to_clipboard(text)

    def _keep(self, result: Any) -> None:
        self.result = result
