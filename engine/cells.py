"""Text of models and users made safe for one cell: of Markdown, and of a spreadsheet.

Pure. Not responsible for escape sequences, which are gone before (engine.text).
"""

from __future__ import annotations

import re
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@")
_MARKUP: Final = re.compile(r"([\\`*_\[\]|~#!])")


def line(text: str) -> str:
    """On one line, spaces as words have them."""
    return " ".join(text.split())


def markdown(text: str) -> str:
    """One line that Markdown shows as it is: no markup, no HTML, no end of the table's cell."""
    escaped = _MARKUP.sub(r"\\\1", line(text))
    # Entities, not backslashes: HTML that some readers of Markdown pass on would run.
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def harmless(text: str) -> str:
    """One line. A spreadsheet runs text that begins like a formula; an apostrophe stops it."""
    whole = line(text)
    return f"'{whole}" if whole.startswith(_FORMULA) else whole
