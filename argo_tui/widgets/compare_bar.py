"""The lines above and below the columns: the question, the tabs, the mode and what to do next.

Pure. While names are hidden the plan's sentence, which names profiles, is not shown. Not
responsible for the columns (argo_tui.widgets.compare_lines).
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content

from argo_tui.compare.state import LETTERS, Comparing
from argo_tui.numbers import plural
from argo_tui.widgets.compare_lines import DIFFERS
from argo_tui.widgets.ink import Ink, Piece, content, crop, justify, one_line, width
from engine.comparison.plan import Mode, Plan

PLAINLY: dict[Mode, str] = {
    Mode.PARALLEL: "In parallel: all columns answer at once.",
    Mode.IN_TURN: "In turn: one column after the other.",
    Mode.ONE_AT_A_TIME: "One at a time: each model is loaded for its turn.",
}
"""Why a mode, without a name."""


@dataclass(frozen=True, slots=True)
class Said:
    """Something said once, until a moment of the screen's clock."""

    text: str
    tone: Ink
    until: float


def title(state: Comparing, waiting: str, cells: int) -> Content:
    """The question, which may wait for models, and at the right how many there were, and blind."""
    left: list[Piece] = [("Compare", Ink.MUTED)]
    if question := waiting or state.question:
        left += [("  ", Ink.PLAIN), (one_line(question), Ink.STRONG)]
    right: list[Piece] = [("blind", Ink.WARN)] if state.blind else []
    if state.rounds:
        gap = "   " if right else ""
        right.append((gap + plural(len(state.rounds), "question"), Ink.MUTED))
    return content(justify(left, right, cells))


def tabs(state: Comparing, place: int, cells: int) -> Content:
    """The columns, where one is shown at a time; the shown one strong."""
    pieces: list[Piece] = []
    for each in range(len(state.order)):
        pieces.append(("   " if pieces else "", Ink.PLAIN))
        view = state.at(each).view
        busy = state.running and view is not None and view.running
        pieces.append((state.name(each), Ink.STRONG if each == place else Ink.MUTED))
        pieces.append((" ●" if busy else "  ", Ink.ACCENT))
    return content(crop([*pieces, ("  f4", Ink.FAINT)], cells))


def status(
    state: Comparing, plan: Plan | None, said: Said | None, waiting: bool, cells: int
) -> Content:
    """What was just said, else what is waited for, else the mode and why."""
    if said is not None:
        return content(crop([(said.text, said.tone)], cells))
    if state.ballots:
        digits = " ".join(str(place + 1) for place in range(state.ballots))
        letters = " or ".join(LETTERS[: state.ballots])
        vote: list[Piece] = [(digits, f"bold {Ink.ACCENT}")]
        vote.append((f"  Which answer is better, {letters}? The vote shows the names.", Ink.PLAIN))
        return content(crop(vote, cells))
    if waiting:
        text = "The question is asked as soon as the models are loaded."
        return content(crop([(text, Ink.WARN)], cells))
    if plan is None:
        return Content("")
    why = PLAINLY[plan.mode] if state.hidden else plan.why
    marks = _legend(state)
    left: list[Piece] = [(why, Ink.MUTED)]
    fits = width(left) + width(marks) < cells
    return content(justify(left, marks if fits else [], cells))


def _legend(state: Comparing) -> list[Piece]:
    if not any(state.differences()):
        return []
    return [("underlined", DIFFERS), (" differs", Ink.MUTED)]
