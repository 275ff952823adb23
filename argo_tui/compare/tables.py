"""The tables of a comparison as Rich draws them: on a terminal, in a pipe, in a picture.

Text goes in as Text, never as markup. Not responsible for the figures (engine.comparison) or for
the screen (argo_tui.screens.compare).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from engine.comparison import tally_text
from engine.comparison.difference import Span
from engine.comparison.table import Cell, Row
from engine.comparison.tally import TallyRow
from engine.text import clean

_QUIET: Final = "dim"
_STRONG: Final = "bold"
_ENDLESS: Final = 10_000


def step_table(labels: Sequence[str], rows: Sequence[Row]) -> Table:
    """Step by step, then the totals below a rule; ratios beside their figure."""
    table = _table()
    table.add_column("")
    ratios = [any(row.cells[n].ratio for row in rows) for n in range(len(labels))]
    for label, has_ratio in zip(labels, ratios, strict=True):
        table.add_column(_text(label), justify="right")
        if has_ratio:
            table.add_column("", justify="right", style=_QUIET)
    last = max((n for n, row in enumerate(rows) if _indented(row)), default=None)
    for number, row in enumerate(rows):
        style = _QUIET if _indented(row) else _STRONG
        cells = [text for pair in zip(row.cells, ratios, strict=True) for text in _cell(*pair)]
        table.add_row(Text(row.label, style), *cells, end_section=number == last)
    return table


def tally_table(rows: Sequence[TallyRow], width: int | None = None) -> Table:
    """The running table, a row a configuration; a column a configuration where that is too wide
    for `width` cells."""
    wide = _lines([tally_text.HEAD, *map(tally_text.cells, rows)])
    if width is None or Console(width=_ENDLESS).measure(wide).maximum <= width:
        return wide
    return _lines([*zip(tally_text.HEAD, *map(tally_text.cells, rows), strict=True)])


def marked(text: str, spans: Sequence[Span]) -> Text:
    """An answer with what another one lacks set off."""
    shown = Text(text)
    for span in spans:
        shown.stylize("bold underline", span.start, span.end)
    return shown


def _lines(lines: Sequence[Sequence[str]]) -> Table:
    """A table of texts; the first line is the head, the first column words."""
    table = _table()
    for number, name in enumerate(lines[0]):
        table.add_column(_text(name), justify="right" if number else "left", no_wrap=True)
    for line in lines[1:]:
        table.add_row(*map(_text, line))
    return table


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style=_STRONG)


def _indented(row: Row) -> bool:
    """Whether it is a figure of the step above; after the last of them come the totals."""
    return row.label.startswith(" ")


def _cell(cell: Cell, has_ratio: bool) -> list[Text]:
    """Figure and ratio in columns of their own: figures without one stand below the others."""
    return [Text(cell.text), Text(cell.ratio)] if has_ratio else [Text(cell.text)]


def _text(text: str) -> Text:
    """A label; it may come from a record of another program."""
    return Text(" ".join(clean(text).split()))
