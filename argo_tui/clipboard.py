"""What leaves the screen: an answer on the clipboard, and the same in a file.

A terminal never says whether it took the clipboard write (OSC 52), and tmux may swallow it, so
there is always a file as well, and a word on tmux. Not responsible for the format (engine.export).
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from argo_tui.run_view import RunView
from argo_tui.widgets.ink import Ink

_TMUX_ASKED: Final = ("tmux", "show-options", "-sv", "set-clipboard")
_ANSWER_S: Final = 1.0


def export(
    directory: Path, view: RunView, copy: Callable[[str], None] | None, between: str = ""
) -> tuple[str, Ink]:
    """To a new file there, and to the clipboard where `copy` is given. What to say of it.

    `between` is `hindrance()`: what stands between this program and the clipboard.
    """
    text = answer_text(view)
    if copy is not None:
        copy(text)
    sent = "answer sent to the terminal's clipboard" if copy is not None else ""
    if sent and between:
        sent = f"{sent} ({between})"
    try:
        path = save(directory, view.question, f"# {view.question}\n\n{text}\n")
    except OSError as error:
        return f"{sent or 'not saved'}: no file, {error.strerror}", Ink.BAD
    return f"{sent}, and saved in {path}" if sent else f"saved in {path}", Ink.PLAIN


def hindrance(
    environment: Mapping[str, str] = os.environ, tmux: Callable[[], str] | None = None
) -> str:
    """Why a clipboard write may not arrive, with the line that lets it through; empty where it may.

    `tmux` answers with tmux's own setting, or with nothing where it cannot be asked.
    """
    if environment.get("TMUX"):
        if (tmux or _set_clipboard)() == "on":
            return ""
        return "tmux needs: set -g set-clipboard on"
    if environment.get("STY"):
        return "GNU screen may keep it"
    return ""


def _set_clipboard() -> str:
    try:
        said = subprocess.run(
            _TMUX_ASKED, capture_output=True, text=True, timeout=_ANSWER_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip() if said.returncode == 0 else ""


def save(directory: Path, name: str, text: str) -> Path:
    """Write `text` to a new file there and return its path. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{_slug(name)}.md"
    for number in range(2, 1000):
        if not path.exists():
            break
        path = directory / f"{_slug(name)}-{number}.md"
    path.write_text(text, encoding="utf-8")
    return path


def answer_text(view: RunView) -> str:
    """The answer with its sources, as plain text."""
    lines = [view.answer]
    seen = view.passages()
    cited = {each.number for each in view.synthesis.citations} if view.synthesis else set()
    for number in sorted(cited & seen.keys()):
        passage = seen[number]
        where = f", page {passage.page}" if passage.page else ""
        lines.append(f"[{number}] {' › '.join((passage.document, *passage.section))}{where}")
    return "\n\n".join(lines)


def _slug(name: str) -> str:
    words = re.findall(r"[a-z0-9]+", name.lower())
    return "-".join(words)[:60].strip("-") or "answer"
