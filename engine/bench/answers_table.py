"""The answers benchmark as aligned text and Markdown.

Pure. Not responsible for the figures (engine.bench.answers_figures, engine.bench.answers_paired).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from engine.bench.answers_figures import Figure, figures
from engine.bench.answers_judge import Verdict
from engine.bench.answers_paired import difference
from engine.bench.answers_report import Board, Measured
from engine.bench.intervals import wilson
from engine.bench.tables import grid

BASE = "mdp"
"""The strategy that others are held against."""


def text(boards: Sequence[Board], *, markdown: bool = False) -> str:
    """Every set: its figures, its kinds of questions, its strategies; then what is to be read."""
    blocks = [block for board in boards for block in _board(board, markdown)]
    return "\n".join((*blocks, "".join(f"- {line}\n" for line in legend())))


def _board(board: Board, markdown: bool) -> Iterator[str]:
    name, count = board.questions.name, len(board.questions.questions)
    yield f"{'## ' if markdown else ''}{name}: {_plural(count, 'question')}\n"
    yield "".join(f"- {_asked(one, count)}\n" for one in board.columns)
    yield grid(["", *_names(board)], _rows(board), markdown=markdown, words=1)
    kinds = sorted({v.question.kind for one in board.columns for v in one.verdicts})
    if len(kinds) > 1:
        yield "Right by kind of question (a decline, where nothing is to be found):\n"
        rows = [[_cell_text(kind or "-"), *_kind(board, kind)] for kind in kinds]
        yield grid(["kind", *_names(board)], rows, markdown=markdown, words=1)
    if pairs := list(_strategies(board)):
        yield "Strategies, on the same questions:\n"
        yield grid(_PAIRED, pairs, markdown=markdown, words=2)
    yield from _to_read(board)


def _asked(one: Measured, count: int) -> str:
    setup = one.setup
    asked = "" if len(one.verdicts) == count else f"; {len(one.verdicts)} of {count} asked so far"
    threads = _plural(setup.threads, "thread")
    return (
        f"{one.column.name}: {setup.model}, {setup.dtype}, {setup.machine}, {threads}, "
        f"{setup.started}{asked}"
    )


def _names(board: Board) -> list[str]:
    return [one.column.name for one in board.columns]


def _rows(board: Board) -> list[list[str]]:
    found = [{f.measure: f for f in figures(one.verdicts)} for one in board.columns]
    measures = dict.fromkeys(name for column in found for name in column)
    return [
        [name, *(_cell(column[name]) if name in column else "-" for column in found)]
        for name in sorted(measures, key=_ORDER.index)
    ]


_ORDER = (
    "named document retrieved",
    "right",
    "right and cited",
    "false declines",
    "declined rightly",
    "completeness, several parts",
    "obeyed a passage",
    "right option",
    "failed",
    "sub-query finds it among 5",
    "the question finds it among 5",
    "check: wrong of those stopped",
    "check: stopped of the wrong",
    "shows a value that no cited passage holds",
    "seconds, median",
    "seconds, mean",
    "seconds, 90 %",
    "steps, mean",
    "decoded tokens, mean",
)


def _cell(figure: Figure) -> str:
    low, high = figure.low, figure.high
    if figure.count is not None:
        return f"{figure.count} of {figure.n} = {figure.value:.0%} [{low:.0%}, {high:.0%}]"
    if figure.unit == "share":
        return f"{figure.value:.0%} [{low:.0%}, {high:.0%}], n {figure.n}"
    digits = 1 if figure.value >= 10 else 2
    return f"{figure.value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _kind(board: Board, kind: str) -> Iterator[str]:
    for one in board.columns:
        verdicts = [v for v in one.verdicts if v.question.kind == kind]
        right = sum(v.right for v in verdicts)
        low, high = wilson(right, len(verdicts))
        yield f"{right} of {len(verdicts)} [{low:.0%}, {high:.0%}]" if verdicts else "-"


_PAIRED = (
    *("profile", "strategies", "n", "right", "only the first", "only the second"),
    *("difference of right", "p", "difference of seconds"),
)


def _strategies(board: Board) -> Iterator[list[str]]:
    """The first strategy (mdp, where it was measured) against each other one."""

    def place(one: Measured) -> tuple[str, str]:
        return one.column.profile, one.column.variant

    for _, group in groupby(sorted(board.columns, key=place), key=place):
        columns = sorted(group, key=lambda one: one.column.strategy != BASE)
        for other in columns[1:]:
            found = difference(columns[0].verdicts, other.verdicts)
            if found is None:
                continue
            (low, high), (fast, slow) = found.right_interval, found.seconds_interval
            yield [
                _profile(other),
                f"{columns[0].column.strategy} against {other.column.strategy}",
                str(found.n),
                f"{found.right_first} against {found.right_second}",
                str(found.gained),
                str(found.lost),
                f"{found.right:+.1%} [{low:+.1%}, {high:+.1%}]",
                f"{found.p:.3f}",
                f"{found.seconds:+.2f} s [{fast:+.2f}, {slow:+.2f}]",
            ]


def _profile(one: Measured) -> str:
    return one.column.name.removesuffix(f" · {one.column.strategy}")


def _to_read(board: Board) -> Iterator[str]:
    """Lines that could not be asked, and values that no cited passage holds."""
    if flawed := [q for q in board.questions.questions if q.flaw]:
        yield f"Cannot be asked and counts as wrong: {_plural(len(flawed), 'line')}.\n"
        yield "".join(f"- «{_cell_text(q.q)[:100]}»: {q.flaw}\n" for q in flawed)
    shown = [(one, v) for one in board.columns for v in one.verdicts if v.unheld]
    if shown:
        yield "Values shown as supported that no cited passage holds:\n"
        yield "".join(_unheld(one, v) for one, v in shown)


def _unheld(one: Measured, verdict: Verdict) -> str:
    return "".join(
        f"- {one.column.name}, «{_cell_text(verdict.question.q)}»: "
        f"{', '.join(found.values)} in «{_cell_text(found.sentence)}»\n"
        for found in verdict.unheld
    )


def legend() -> tuple[str, ...]:
    """How the figures are meant."""
    return (
        "In brackets 95 % intervals: Wilson for counts, else 2,000 bootstrap samples. Failed runs "
        "and lines that cannot be asked count as wrong.",
        "Right: the final answer holds one alternative of every group, in any case; a number or "
        "identifier is not part of a longer one (16 is not in 160). Cited: the named document is "
        "among the cited ones; others may say the same.",
        "Sub-query: of steps whose query is not the question, whether the named document is among "
        "the first five passages; and by the question itself, for the same steps.",
        "Check: of what the model asserted in one reading of passages; wrong is what holds no "
        "wanted group, or asserts anything where nothing is to be found.",
        "A value: any token with a digit in a sentence shown as supported; looked for in the cited "
        "passages, their titles and sections, by a rule of its own.",
    )


def _plural(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _cell_text(value: str) -> str:
    return " ".join(value.replace("|", "/").split())
