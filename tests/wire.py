"""The sequences that a program wrote to its terminal, and those Textual never writes.

Not responsible for drawing the bytes (tests.terminal).
"""

from __future__ import annotations

import re
from typing import Final

# ECMA-48 on decoded text: strings with their end, CSI, other escapes; the 8-bit forms too.
_SEQUENCE: Final = re.compile(
    "(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)?"
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"
    "|\x1b[ -/]*[0-~]?"
    "|[\x80-\x9f]"
)
# Colours and styles, cursor movement, erasing, modes, the keyboard protocol and its questions.
_OWN: Final = re.compile(
    r"\x1b\[(?:[0-9;]*m|[0-9;]*[HfABCDGJKd]|\?[0-9;]*[hl]|\?[0-9]+\$p|>[0-9]+u|<u|[0-9;]*t)"
    r"|\x1b\]22;[a-z-]*\x07"
)
_CUT: Final = re.compile("\x1b(?:\\[[0-?]*)?$")
"""What the last read has not brought to its end."""
_SGR: Final = re.compile(r"\x1b\[([0-9;]*)m")
_PLAIN: Final = "\n\r"
COPY: Final = "\x1b]52;c;"
"""How the program's own clipboard write begins."""


def sequences(raw: bytes) -> list[str]:
    """Every escape sequence, in order."""
    return _SEQUENCE.findall(raw.decode("utf-8", "surrogateescape"))


def foreign(raw: bytes) -> list[str]:
    """Sequences and control characters that no part of the program writes."""
    text = _CUT.sub("", raw.decode("utf-8", "surrogateescape"))
    wrong = [each for each in _SEQUENCE.findall(text) if not _OWN.fullmatch(each)]
    rest = _SEQUENCE.sub("", text)
    return wrong + [c for c in rest if (ord(c) < 32 and c not in _PLAIN) or c == "\x7f"]


def colours(raw: bytes) -> set[str]:
    """Of the SGR sequences, the parts that set a colour: `38;2`, `48;5`, `31`."""
    found: set[str] = set()
    for sequence in _SGR.findall(raw.decode("utf-8", "replace")):
        parts = iter(sequence.split(";"))
        for part in parts:
            if part in ("38", "48"):
                kind = next(parts, "")
                found.add(f"{part};{kind}")
                for _ in range({"2": 3, "5": 1}.get(kind, 0)):
                    next(parts, "")
            elif part.isdigit() and (30 <= int(part) <= 49 or 90 <= int(part) <= 107):
                found.add(part)
    return found
