"""Settings and files: write a draft to the user's file, check what is typed, paths too.

Not responsible for the file itself (engine.layers).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from argo_tui.settings.draft import Draft
from argo_tui.settings.listed import OTHER, setting
from engine import layers
from engine.paths import Home
from engine.text import clean


def save_draft(home: Home, draft: Draft) -> str:
    """Save the changes; where they are, whether comments were kept, what will not win.

    Raises ConfigError, and nothing is lost.
    """
    commented = "#" in _text(home.settings)
    path = layers.save(home, draft.changes)
    words = f"Saved to {path}." + " Its comments were kept." * commented
    if losing := draft.stronger():
        words += f" A stronger layer still sets {', '.join(losing)}."
    return words


def parse(key: str, option: str, typed: str) -> tuple[Any, str]:
    """The value that a text stands for and "", or what is wrong; `option` is that of the row."""
    value, problem = setting(key).parse(typed)
    if option == OTHER:
        problem = problem or not_weights(value)
    return value, problem


def not_weights(name: str) -> str:
    """What is wrong with a path that should hold weights; "" for nothing."""
    path = Path(name).expanduser()
    if path.is_dir() or (path.suffix == ".gguf" and path.is_file()):
        return ""
    return f"profile must be a directory or a .gguf file, not «{clean(name)}»"


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""  # saving reads it again and says what is wrong
