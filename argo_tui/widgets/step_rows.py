"""The lines of the step tree, as data: what is said of a step, before it is drawn.

Not responsible for drawing, folding or keys (argo_tui.widgets.step_tree).
"""

from __future__ import annotations

from dataclasses import dataclass

from argo_tui.numbers import seconds, share
from argo_tui.run_view import RunView, StepView
from argo_tui.widgets.ink import OF_ACTION, Ink, Piece, one_line
from engine.events import Action, AnswerDone, Belief, Decided, Passage, Restated, StepTimed

Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line: `left` gives way where the pane is narrow, `right` is aligned to its edge."""

    left: Pieces
    right: Pieces = ()
    passage: int | None = None
    """Citation number, where the line stands for a passage."""


@dataclass(frozen=True, slots=True)
class Group:
    """A line with lines below it."""

    key: str
    row: Row
    rows: tuple[Row, ...]


def groups(view: RunView) -> list[Group]:
    """Everything the tree says of a run."""
    result = []
    if view.restated is not None:
        result.append(_understood(view.restated))
    if view.classified is not None:
        result.append(_question(view))
    result += [_step(view.steps[number]) for number in sorted(view.steps)]
    return result


def _understood(restated: Restated) -> Group:
    left = (("understood as: ", Ink.MUTED), (one_line(restated.text), Ink.PLAIN))
    return Group("understood", Row(left), ())


def _question(view: RunView) -> Group:
    found = view.classified
    assert found is not None
    left = (("question ", Ink.MUTED), (f"{found.label} {found.kind}", Ink.PLAIN))
    rows = [Row(((one_line(found.why), Ink.MUTED),))] if found.why else []
    right = ((f"U max {share(found.u_max)}", Ink.MUTED),)
    return Group("question", Row(left, right), tuple(rows))


def _step(step: StepView) -> Group:
    rows: list[Row] = []
    if step.decided:
        rows += _decision(step.decided)
    if step.subquery:
        rows.append(Row((("? ", Ink.MUTED), (one_line(step.subquery), Ink.PLAIN))))
    if step.retrieved:
        rows += _passages(step.retrieved.passages, step.retrieved.cleared)
    if step.answer:
        rows.append(_finding(step.answer))
    if step.progressed:
        rows += _belief(step.progressed.belief, step.progressed.why)
    return Group(f"step-{step.number}", _head(step), tuple(rows))


def _head(step: StepView) -> Row:
    action = step.action
    name = action.value if action else "deciding"
    ink = OF_ACTION[action] if action else Ink.MUTED
    left = ((f"{step.number} ", Ink.MUTED), (name, f"bold {ink}"))
    right: list[Piece] = []
    if step.progressed:
        right += _progress(step.progressed.u_before, step.progressed.u_after)
    elif step.decided:
        right.append((f"U {share(step.decided.u)}", Ink.MUTED))
    if step.timed:
        right.append((f"{_time(step.timed):>9}", Ink.MUTED))
    return Row(left, tuple(right))


def _progress(before: float, after: float) -> list[Piece]:
    ink = Ink.GOOD if after > before else Ink.MUTED
    return [(f"U {share(before)} → ", Ink.MUTED), (share(after), ink)]


def _time(timed: StepTimed) -> str:
    return f"{seconds(timed.ns / 1e9)} s"


def _decision(decided: Decided) -> list[Row]:
    parts: list[Piece] = [("Q ", Ink.MUTED)]
    values = {
        Action.RETRIEVE: decided.values.retrieve,
        Action.REASON: decided.values.reason,
        Action.STOP: decided.values.stop,
    }
    for index, (action, value) in enumerate(values.items()):
        parts.append((" · " if index else "", Ink.FAINT))
        chosen = action is decided.action
        barred = action in decided.forbidden
        ink = OF_ACTION[action] if chosen else Ink.FAINT if barred else Ink.MUTED
        parts.append((f"{action.value} {share(value)}", ink))
    rows = [Row(tuple(parts))]
    if values[decided.action] < max(values.values()):
        rows.append(Row(((one_line(decided.why), Ink.WARN),)))
    return rows


def _passages(passages: tuple[Passage, ...], cleared: bool) -> list[Row]:
    if not passages:
        return [Row((("no passages", Ink.WARN),))]
    head = Row((("passages", Ink.MUTED),), (("fused dense words", Ink.FAINT),))
    rows = [head, *(_passage(passage) for passage in passages)]
    if not cleared:
        rows.append(Row((("none clears the relevance threshold", Ink.WARN),)))
    return rows


def _passage(passage: Passage) -> Row:
    left = ((f"[{passage.number}] ", Ink.ACCENT), *place(passage))
    scores = f"{share(passage.fused):>5} {share(passage.dense):>5} {passage.lexical:>5.1f}"
    return Row(left, ((scores, Ink.MUTED),), passage.number)


def place(passage: Passage) -> Pieces:
    """The innermost section, which tells passages apart, then the document."""
    inner = one_line(passage.section[-1]) if passage.section else ""
    title = one_line(passage.document)
    if not inner or inner == title:
        return ((title, Ink.PLAIN),)
    return (inner, Ink.PLAIN), (f"  {title}", Ink.MUTED)


def _finding(answer: AnswerDone) -> Row:
    text = one_line(answer.text)
    if not answer.answered:
        return Row((("✗ ", Ink.WARN), (text or "no answer", Ink.MUTED)))
    if answer.grounded:
        return Row((("✓ ", Ink.GOOD), (text, Ink.PLAIN)))
    return Row((("~ ", Ink.WARN), (text, Ink.PLAIN)))


def _belief(belief: Belief, why: str) -> list[Row]:
    right = ((f"p_s {share(belief.mean)}", Ink.MUTED),)
    return [Row(((one_line(why), Ink.MUTED),), right)]
