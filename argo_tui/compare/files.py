"""A comparison that leaves the screen: Markdown, CSV and a picture, each in a new file.

Not responsible for the formats (engine.comparison.report,
argo_tui.compare.picture) or for the clipboard (the screen).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from argo_tui.compare.picture import picture
from argo_tui.compare.state import Comparing
from argo_tui.widgets.ink import Ink
from engine.comparison.report import csv, markdown
from engine.comparison.tally import Round, TallyRow, tally


def save(
    directory: Path, state: Comparing, target_s: float, seed: int, moment: datetime
) -> tuple[str, Ink, str]:
    """Write the session there: what to say of it, in which tone, and the Markdown to copy.

    Nothing is written, and nothing is to be copied, while names are hidden or nothing ended.
    """
    if state.hidden:
        return "The names are hidden: vote first, or turn blind off with f12.", Ink.WARN, ""
    if state.running or not state.rounds:
        return "There is nothing to export yet.", Ink.WARN, ""
    rows = tally(state.rounds, target_s, seed)
    try:
        paths = export(directory, state.rounds, rows, moment)
    except OSError as error:
        remedy = "Free some space there, or see that you may write."
        return f"Cannot write to {directory}: {error.strerror or error}. {remedy}", Ink.BAD, ""
    text = f"Copied, and saved as {paths[0]}, .csv and .svg."
    return text, Ink.GOOD, markdown(state.rounds, rows)


def export(
    directory: Path,
    rounds: Sequence[Round],
    rows: Sequence[TallyRow],
    moment: datetime,
) -> tuple[Path, ...]:
    """Write three files of one name there, and say where. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    texts = {
        ".md": markdown(rounds, rows),
        ".csv": csv(rounds, rows),
        ".svg": picture(rounds, rows),
    }
    stem = _free(directory, f"comparison-{moment:%Y%m%d-%H%M%S}", texts)
    paths = []
    for suffix, text in texts.items():
        path = directory / f"{stem}{suffix}"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return tuple(paths)


def _free(directory: Path, stem: str, suffixes: Iterable[str]) -> str:
    endings = tuple(suffixes)
    names = (stem if number == 1 else f"{stem}-{number}" for number in itertools.count(1))
    return next(
        name
        for name in names
        if not any((directory / f"{name}{suffix}").exists() for suffix in endings)
    )
