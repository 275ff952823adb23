"""The lines of the list of runs and the page beside it, as data.

Not responsible for the list (argo_tui.screens.runs).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from argo_tui.numbers import plural, seconds
from argo_tui.widgets.ink import Ink, Piece, content, crop, one_line

if TYPE_CHECKING:
    from engine.runs import RunSummary

OF_STATUS: dict[str, Ink] = {
    "answered": Ink.GOOD,
    "not_found": Ink.WARN,
    "cancelled": Ink.WARN,
    "interrupted": Ink.WARN,
    "failed": Ink.BAD,
    "running": Ink.ACCENT,
}
"""The colour of how a run ended."""


def when(started: str) -> str:
    """Local time of an ISO 8601 moment, `24 Nov 16:03`; the text itself where it is not one."""
    try:
        return datetime.fromisoformat(started).astimezone().strftime("%d %b %H:%M")
    except ValueError:
        return one_line(started, 12)


def columns(wide: bool, cells: int) -> list[Piece]:
    """The titles over the list."""
    titles = [f"{'When':<14}", f"{'Status':<13}", f"{'Seconds':>7}"]
    if wide:
        titles += [f"{'Steps':>7}", f"   {'Profile':<12}"]
    return crop([("".join([*titles, "  Question"]), Ink.MUTED)], cells + 2)


def line(run: RunSummary, wide: bool, cells: int) -> list[Piece]:
    """One run; `wide` has the columns that a narrow list leaves out."""
    pieces: list[Piece] = [
        (f"{when(run.started):<14}", Ink.MUTED),
        (f"{run.status.replace('_', ' '):<13}", OF_STATUS.get(run.status, Ink.PLAIN)),
        (f"{seconds(run.seconds):>7}", Ink.PLAIN),
    ]
    if wide:
        pieces.append((f"{run.steps:>7}", Ink.MUTED))
        pieces.append((f"   {one_line(run.profile, 12):<12}", Ink.MUTED))
    pieces.append((f"  {one_line(run.question)}", Ink.PLAIN))
    return crop(pieces, cells)


def page(run: RunSummary) -> Content:
    """Question, figures and answer."""
    facts = [
        when(run.started),
        run.profile,
        plural(run.steps, "step"),
        plural(run.tokens, "token"),
        f"{seconds(run.seconds)} s",
    ]
    return content(
        [
            (run.question, Ink.STRONG),
            ("\n\n", Ink.PLAIN),
            (run.status.replace("_", " "), OF_STATUS.get(run.status, Ink.PLAIN)),
            (f" · {' · '.join(facts)}", Ink.MUTED),
            ("\n\n", Ink.PLAIN),
            (run.answer, Ink.PLAIN) if run.answer else ("No answer was written.", Ink.MUTED),
            (f"\n\n{run.run}", Ink.FAINT),
        ]
    )
