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
# What is left: C0 but tab and newline, DEL, C1, and the characters that reorder or hide text (tag
# characters and selectors of variants can spell whole sentences that only a model reads).
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef]"
)
_LINE_END = re.compile("\r\n|[\r\u2028\u2029]")


def clean(text: str) -> str:
    """Remove escape sequences and control characters; normalise newlines.

    Idempotent. Keeps tab and newline. A lone surrogate becomes a question mark.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_END.sub("\n", text)
    text = _CONTROL.sub("", _SEQUENCE.sub("", text))
    return text.encode("utf-8", "replace").decode("utf-8")
