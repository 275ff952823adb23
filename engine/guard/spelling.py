"""One spelling of a text, so that no trick of writing hides a number or makes one up.

Characters only. Not responsible for words (engine.guard.text) or units (engine.guard.units).
"""

from __future__ import annotations

import html
import re
import unicodedata

from engine.guard.numerals import digits

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f"))
"""Characters without width. Those that turn the direction of writing stay: nothing holds them."""
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_OUTSIDE = re.compile(r"[^\x00-\x7f]")
_NARROW_SPACE = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_COMMA_IN_NUMBER = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_EMPHASIS = re.compile(r"(?<!\w)[*`]+(?=\w)|(?<=\w)[*`]+(?!\w)")
_POWER = re.compile(r"(?<=\d)(?:\^|\*\*) ?[({]?(-?\w+)[)}]?")
_NO_ZERO = re.compile(r"(?<![\w.])\.(?=\d)")
_UNIT_SPACE = re.compile(r"(?<=\d)\s+(?=(?:[kMG]?Hz|[nmμu]?s|[kMGT]i?B|[kMG]?bps|dBm?|[kcm]?m)\b)")


def normalise(text: str) -> str:
    """One spelling of characters, dashes, thousands and units: «5 GHz» and «5GHz» are one.

    Number words become digits, and a raised digit is no digit of the number in front of it.
    """
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = _NARROW_SPACE.sub("", text.translate(_INVISIBLE))
        text = unicodedata.normalize("NFC", text).replace("×", "x").replace("’", "'")
        text = _OUTSIDE.sub(_plain, text).translate(_DASHES)
    text = _NO_ZERO.sub("0.", _POWER.sub(r"^\1", text))
    if "*" in text or "`" in text:
        text = _EMPHASIS.sub("", text)
    text = digits(_COMMA_IN_NUMBER.sub("", text))
    return _UNIT_SPACE.sub("", text)


def _plain(match: re.Match[str]) -> str:
    char = match[0]
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    folded = unicodedata.normalize("NFKC", char).replace("⁄", "/")
    return f"^{folded}" if any(one.isdecimal() for one in folded) else folded
