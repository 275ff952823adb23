"""The bundled glossary: acronyms and what they stand for, read from the primer.

Not responsible for ingesting the glossary as documents (engine.retrieval.ingest).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

_ENTRY = re.compile(r"^- \*\*(?P<acronym>[^*]+)\*\*:\s*(?P<expansion>[^.]+)\.", re.MULTILINE)
_DIRECTORY = Path(__file__).parent / "primer"
_WORD = re.compile(r"[\w-]+(?:/[\w-]+)*")


def load() -> Mapping[str, str]:
    """Expansion by acronym, as written: «O-DU» -> «O-RAN Distributed Unit»."""
    texts = [path.read_text("utf-8") for path in sorted(_DIRECTORY.glob("glossary*.md"))]
    entries = [match for text in texts for match in _ENTRY.finditer(text)]
    return MappingProxyType({m["acronym"].strip(): m["expansion"].strip() for m in entries})


def expansions(text: str, glossary: Mapping[str, str]) -> dict[str, str]:
    """What the acronyms in a text stand for, by acronym; none that the text itself spells out."""
    low = text.lower()
    found: dict[str, str] = {}
    for word in _WORD.findall(text):
        for form in (word, word.removesuffix("s")):
            expansion = glossary.get(form)
            if expansion and expansion.lower() not in low:
                found[form] = expansion
    return found
