"""Whether a value is from the column of a table that was asked for.

«Which port does E2AP use?» is not answered by its payload identifiers, though they stand in the
row of E2AP. Speaks up only where a heading of the table is a word of the question and the value
stands under other headings. Not responsible for rows (engine.guard.binding).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.guard.literals import canonical, occurs
from engine.guard.text import words

Row = tuple[str, ...]


def from_another_column(values: Sequence[str], text: str, question: str) -> bool:
    """`values`: literals of a claim that the question does not hold; `text`: of the passage.

    False where the passage holds them outside of its tables too, where no heading was asked for, or
    where one of them is from a column that was: «how many labs and participants» asks for two.
    """
    asked = frozenset(words(question))
    prose = canonical("\n".join(line for line in text.splitlines() if not _is_row(line)))
    other = False
    for value in values:
        if occurs(value, prose):
            continue
        for head, rows in tables(text):
            wanted = {n for n, cell in enumerate(head) if asked & frozenset(words(cell))}
            found = {
                n for row in rows for n, cell in enumerate(row) if occurs(value, canonical(cell))
            }
            if wanted & found:
                return False
            other |= bool(wanted and found)
    return other


def tables(text: str) -> Iterator[tuple[Row, list[Row]]]:
    """Headings and rows of each table of a text."""
    held: list[Row] = []
    for line in [*text.splitlines(), ""]:
        if _is_row(line):
            held.append(tuple(cell.strip() for cell in line.strip().strip("|").split("|")))
            continue
        rows = [row for row in held if any(cell.strip("-: ") for cell in row)]
        if len(rows) > 1:
            yield rows[0], rows[1:]
        held = []


def _is_row(line: str) -> bool:
    return line.lstrip().startswith("|")
