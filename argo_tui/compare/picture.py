"""The tables of a comparison as an SVG picture.

The same tables give the same bytes: no fonts are fetched, no machine, path or time stands in it.
Not responsible for the tables (argo_tui.compare.tables).
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from argo_tui.compare.tables import step_table, tally_table
from engine.comparison.table import step_rows
from engine.comparison.tally import Round, TallyRow
from engine.text import clean

TITLE: Final = "argo-tui compare"
_FORMAT: Final = re.sub(
    r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL
).replace("Fira Code, monospace", "monospace")
"""Without the fonts that a viewer would fetch from the network; it takes its own monospace."""
_WIDEST: Final = 200
_NOT_XML: Final = re.compile("[\ufffe\uffff]")


def picture(rounds: Sequence[Round], rows: Sequence[TallyRow], title: str = TITLE) -> str:
    """The steps of the newest question, then the running table."""
    tables = [_steps(rounds[-1])] if rounds else []
    tables.append(tally_table(rows))
    heading = [Text(_plain(rounds[-1].question), "bold")] if rounds else []
    console = _console(_WIDEST)
    width = max(console.measure(table).maximum for table in tables) + 1
    console = _console(min(width, _WIDEST))
    console.print(Group(*heading, *tables))
    return console.export_svg(title=_plain(title), code_format=_FORMAT, unique_id="argo")


def _console(width: int) -> Console:
    """One that looks at nothing around it: neither at the terminal nor at NO_COLOR."""
    return Console(
        record=True,
        width=width,
        file=io.StringIO(),
        color_system="truecolor",
        force_terminal=True,
        no_color=False,
        legacy_windows=False,
        _environ={},
    )


def _steps(newest: Round) -> Table:
    labels = [label for label, _ in newest.columns]
    return step_table(labels, step_rows([found for _, found in newest.columns]))


def _plain(text: str) -> str:
    """One line that XML may hold."""
    return " ".join(_NOT_XML.sub("", clean(text)).split())
