"""Lines drawn with braille dots: two by four in every cell, one ink a cell.

Pure: numbers in, text out. Not responsible for axes, labels or what a line means.
"""

from __future__ import annotations

from collections.abc import Sequence

from argo_tui.widgets.ink import Ink, Piece

ACROSS, DOWN = 2, 4
"""Dots of a cell."""
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_EMPTY = 0x2800


class Canvas:
    """A field of `cells` by `rows`; what is drawn later gives the cell its ink."""

    def __init__(self, cells: int, rows: int) -> None:
        self.cells = cells
        self.rows = rows
        self._bits = [[0] * cells for _ in range(rows)]
        self._inks = [[""] * cells for _ in range(rows)]
        self._marks: dict[tuple[int, int], Piece] = {}

    def curve(
        self, heights: Sequence[float | None], ink: str, *, thick: bool = False, every: int = 1
    ) -> None:
        """A line through one height (0 below to 1 above) for each column of dots.

        None leaves a gap; `every` draws only each n-th column, so that a line looks fainter.
        """
        before: int | None = None
        for x, height in enumerate(heights[: self.cells * ACROSS]):
            if height is None:
                before = None
                continue
            y = self._row(height)
            if x % every == 0:
                start = y if before is None else before
                for step in range(min(start, y), max(start, y) + 1):
                    # A steep line is joined to its neighbour: half of the way is that one's.
                    column = x - 1 if abs(step - start) < abs(step - y) else x
                    self._dot(column, step, ink)
                    if thick:
                        self._dot(column, step + 1, ink)
            before = y

    def mark(self, across: float, height: float, text: str, ink: str) -> None:
        """A character in a cell; `across` and `height` from 0 to 1. A taken cell moves it on."""
        row = self._row(height) // DOWN
        column = min(int(across * self.cells), self.cells - 1)
        while (row, column) in self._marks and column < self.cells - 1:
            column += 1
        self._marks[row, column] = (text, ink)

    def upright(self, across: float, ink: str) -> None:
        """A dotted vertical behind everything else."""
        column = min(int(across * self.cells), self.cells - 1)
        for row in range(self.rows):
            if not self._bits[row][column]:
                self._marks.setdefault((row, column), ("┊", ink))

    def lines(self) -> list[list[Piece]]:
        """Rows from the top, stretches of one ink joined."""
        return [self._line(row) for row in range(self.rows)]

    def _line(self, row: int) -> list[Piece]:
        pieces: list[Piece] = []
        for column in range(self.cells):
            bits = self._bits[row][column]
            dots = (chr(_EMPTY + bits), self._inks[row][column]) if bits else (" ", Ink.PLAIN)
            text, ink = self._marks.get((row, column), dots)
            if pieces and pieces[-1][1] == ink:
                pieces[-1] = (pieces[-1][0] + text, ink)
            else:
                pieces.append((text, ink))
        return pieces

    def _row(self, height: float) -> int:
        """The row of dots, from the top."""
        last = self.rows * DOWN - 1
        return round((1.0 - min(max(height, 0.0), 1.0)) * last)

    def _dot(self, x: int, y: int, ink: str) -> None:
        if 0 <= y < self.rows * DOWN:
            row, column = y // DOWN, x // ACROSS
            self._bits[row][column] |= _BITS[y % DOWN][x % ACROSS]
            self._inks[row][column] = ink
