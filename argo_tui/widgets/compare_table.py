"""The steps of one column as a table: the total first, because room is short, then every step.

The texts and ratios are the engine's (engine.comparison.table), turned so that a step is one
line. Measures that do not fit are left out from the right. Not responsible for figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from argo_tui.widgets.ink import Ink, Piece, content, crop
from engine.comparison.table import Cell, Row

NAME = 12
MEASURES: tuple[tuple[str, str, int], ...] = (
    ("time", "time", 8),
    ("ratio", "ratio", 7),
    ("tokens", "tokens", 8),
    ("tokens/s", "tok/s", 7),
    ("passages", "found", 7),
    ("U", "U", 6),
)
"""Key, heading and cells, the most important first."""


@dataclass(frozen=True, slots=True)
class Line:
    """A step, or the total, with a cell for each measure."""

    name: str
    cells: dict[str, Cell]
    warn: bool = False


def step_lines(rows: Sequence[Row], place: int, width: int) -> list[Content]:
    """The table of the column in `place`, `width` cells wide; empty before there are figures."""
    lines = turned(rows, place)
    if not lines:
        return []
    shown = _fitting(width)
    head: list[Piece] = [(" " * NAME, Ink.PLAIN)]
    for key, heading, cells in shown:
        # The first column is what the others are compared with.
        text = "" if key == "ratio" and place == 0 else heading
        head.append((f"{text:>{cells}}", Ink.FAINT))
    return [content(head), *(_line(line, shown) for line in lines)]


def turned(rows: Sequence[Row], place: int) -> list[Line]:
    """One line for the total, one for the first token, one for each step."""
    totals: dict[str, Cell] = {}
    steps: list[Line] = []
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        cell = row.cells[place]
        if row.label.startswith(" "):
            steps[-1].cells[row.label.strip()] = cell
        elif after is not None and after.label.startswith(" "):
            steps.append(_step(row.label, cell))
        else:
            totals[row.label] = cell
    if not totals or totals["time"].text == "-":
        return []
    first = totals.pop("first token", Cell("-"))
    happened = [line for line in steps if line.cells["time"].text != "-"]
    return [Line("total", totals), *happened, Line("first token", {"time": first})]


def _step(label: str, cell: Cell) -> Line:
    action, _, failed = cell.text.partition(",")
    number = label.removeprefix("step ")
    name = number if number == label else f"{number} {action}"
    return Line(f"{name} ✗" if failed else name, {}, warn=bool(failed))


def _fitting(width: int) -> list[tuple[str, str, int]]:
    shown: list[tuple[str, str, int]] = []
    left = width - NAME
    for measure in MEASURES:
        if measure[2] > left:
            break
        shown.append(measure)
        left -= measure[2]
    return shown


def _line(line: Line, shown: Sequence[tuple[str, str, int]]) -> Content:
    total = line.name == "total"
    ink = Ink.WARN if line.warn else Ink.STRONG if total else Ink.MUTED
    name = crop([(line.name, ink)], NAME)
    pieces: list[Piece] = [*name, (" " * (NAME - sum(len(text) for text, _ in name)), Ink.PLAIN)]
    for key, _, cells in shown:
        if key == "ratio":
            text, tone = line.cells["time"].ratio if "time" in line.cells else "", Ink.ACCENT
        else:
            # «0.45 of 0.80» is a total's; the scale stands in the policy's own pictures.
            text = line.cells.get(key, Cell("")).text.partition(" of ")[0]
            tone = Ink.STRONG if total else Ink.PLAIN
        pieces.append((f"{text:>{cells}}", tone))
    return content(pieces)
