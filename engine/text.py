"""The engine's door: untrusted text is cleaned here, once.

Questions, documents and model output pass through `clean` before anything else sees them,
so no escape sequence can reach a terminal. Not responsible for markup: widgets show text as
`Text` or `Content`, never as markup.
"""

from __future__ import annotations

import re

# ECMA-48 sequences, longest first: string sequences (OSC, DCS, SOS, PM, APC) up to their
# terminator or the end of the line, CSI, then any two-byte escape. The 8-bit forms too.
_SEQUENCE = re.compile(
    "(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\\\|\x9c)?"
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]?"
    "|\x1b[ -/]*[0-~]?"
)
# What is left: C0 but tab and newline, DEL, C1, and the characters that reorder or hide text.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)


def clean(text: str) -> str:
    """Remove escape sequences and control characters; normalise newlines.

    Idempotent. Keeps tab and newline. Lone surrogates become U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROL.sub("", _SEQUENCE.sub("", text))
    return text.encode("utf-8", "replace").decode("utf-8")
