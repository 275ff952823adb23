"""Caps as people write them: `50/200` or `50/200/400`.

Not responsible for their limits (engine.config.CapsTable).
"""

from __future__ import annotations

import re
from typing import Final

_WRITTEN: Final = re.compile(r"(\d{1,6})/(\d{1,6})(?:/(\d{1,6}))?")


def read(text: str) -> dict[str, int] | None:
    """New tokens of sub-query and answer (the synthesis as the answer), or of all three.

    None where it is not written so.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    subquery, answer, synthesis = found.groups()
    return {
        "subquery": int(subquery),
        "answer": int(answer),
        "synthesis": int(synthesis or answer),
    }
