"""A value answers only from the column that was asked for."""

from __future__ import annotations

import pytest

from engine.guard.columns import from_another_column, tables

TABLE = """Ports by protocol:

| Protocol | Port | Payload identifier |
|---|---|---|
| E2AP | 36421 | 70 to 72 |
| F1AP | 38472 | 62 |

F1AP is also seen on 5000."""


@pytest.mark.parametrize(
    ("values", "question", "another"),
    [
        (["72"], "Which port does E2AP use?", True),
        (["36421"], "Which port does E2AP use?", False),
        (["72"], "Which payload identifier has E2AP?", False),
        (["36421"], "Which payload identifier has E2AP?", True),
        (["36421", "72"], "Which port and identifier has E2AP?", False),
        (["72"], "What does E2AP use?", False),
        (["5000"], "Which payload identifier has F1AP?", False),
        (["99"], "Which port does E2AP use?", False),
    ],
)
def test_the_heading_decides(values: list[str], question: str, another: bool) -> None:
    assert from_another_column(values, TABLE, question) is another


def test_a_table_is_its_headings_and_its_rows() -> None:
    ((head, rows),) = tables(TABLE)
    assert head == ("Protocol", "Port", "Payload identifier")
    assert rows[1] == ("F1AP", "38472", "62")


def test_a_text_without_a_table_says_nothing() -> None:
    assert not list(tables("Port | 5\nand more"))
    assert not from_another_column(["5"], "Port 5.", "Which colour?")
