"""Numbers with units, compared in code: a small model cannot tell that 3 s is more than 40 ms.

Pure functions. Not responsible for whether a passage holds a number (engine.guard.support).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.guard.text import normalise

_UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("ns", "nanosecond", "nanoseconds"), ("time", 1e-9)),
    **dict.fromkeys(("us", "µs", "μs", "microsecond", "microseconds"), ("time", 1e-6)),
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), ("time", 1e-3)),
    **dict.fromkeys(("s", "sec", "second", "seconds"), ("time", 1.0)),
    **dict.fromkeys(("min", "minute", "minutes"), ("time", 60.0)),
    **dict.fromkeys(("h", "hour", "hours"), ("time", 3600.0)),
    **dict.fromkeys(("day", "days"), ("time", 86_400.0)),
    "Hz": ("frequency", 1.0),
    "kHz": ("frequency", 1e3),
    "MHz": ("frequency", 1e6),
    "GHz": ("frequency", 1e9),
    **dict.fromkeys(("bit", "bits"), ("data", 1.0)),
    **dict.fromkeys(("byte", "bytes", "B", "octet", "octets"), ("data", 8.0)),
    "kB": ("data", 8e3),
    "MB": ("data", 8e6),
    "GB": ("data", 8e9),
    "bps": ("rate", 1.0),
    **dict.fromkeys(("kbps", "kbit/s"), ("rate", 1e3)),
    **dict.fromkeys(("Mbps", "Mbit/s"), ("rate", 1e6)),
    **dict.fromkeys(("Gbps", "Gbit/s"), ("rate", 1e9)),
    "m": ("length", 1.0),
    "km": ("length", 1e3),
    "cm": ("length", 1e-2),
    "mm": ("length", 1e-3),
    "W": ("power", 1.0),
    "kW": ("power", 1e3),
    **dict.fromkeys(("%", "percent"), ("share", 1.0)),
    "dB": ("level", 1.0),
    "dBm": ("absolute level", 1.0),
    "ppb": ("frequency error", 1e-9),
    "ppm": ("frequency error", 1e-6),
}
"""Dimension and size of one unit. Data in bits, a byte of eight."""

_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_QUANTITY = re.compile(rf"(?<![\w.])(\d+(?:\.\d+)?)\s*({_UNIT})(?![\w/])")
_WANTED = re.compile(
    r"\b(?:longer|shorter|larger|bigger|smaller|wider|narrower|higher|lower|faster|slower|more"
    r"|less|fewer|longest|shortest|largest|biggest|smallest|highest|lowest|fastest|slowest"
    r"|differ\w*|compar\w+|versus|vs)\b",
    re.IGNORECASE,
)
_MORE = r"(?:longer|larger|bigger|wider|higher|greater|more|above|exceeds)"
_LESS = r"(?:shorter|smaller|narrower|lower|less|fewer|below|under)"
_CLAIM = re.compile(rf"\b(?P<more>{_MORE})\b|\b(?P<less>{_LESS})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit."""

    text: str
    dimension: str
    value: float
    """In the base unit of the dimension."""


def quantities(text: str) -> list[Quantity]:
    """All of a text, in order, each value once."""
    found: dict[tuple[str, float], Quantity] = {}
    for match in _QUANTITY.finditer(normalise(text)):
        dimension, size = _UNITS[match[2]]
        value = float(match[1]) * size
        found.setdefault((dimension, value), Quantity(_spaced(match), dimension, value))
    return list(found.values())


def contradicts(claim: str) -> bool:
    """Whether a sentence orders two quantities that it names the wrong way round.

    «40 ms is longer than 3 s» does; where there are not exactly two comparable ones, or no
    «than» between them, nothing is said.
    """
    text = normalise(claim)
    found = quantities(claim)
    if len(found) != 2 or found[0].dimension != found[1].dimension or " than " not in text:
        return False
    order = _CLAIM.search(text)
    if order is None or re.search(r"\b(?:not|no)\b", text):
        return False
    between = text.find(" than ")
    first = _QUANTITY.search(text)
    if first is None or first.start() > between:
        return False
    more = found[0].value > found[1].value
    return more != (order["more"] is not None)


def compared(question: str, sentences: Sequence[str]) -> str:
    """Two quantities of an answer set against each other; empty where that was not asked.

    Also where the answer does not hold exactly two of one dimension that the question does not
    name itself.
    """
    if not _WANTED.search(question):
        return ""
    named = {(one.dimension, one.value) for one in quantities(question)}
    fresh = [q for q in quantities(" ".join(sentences)) if (q.dimension, q.value) not in named]
    by_dimension: dict[str, list[Quantity]] = {}
    for quantity in fresh:
        by_dimension.setdefault(quantity.dimension, []).append(quantity)
    pairs = [group for group in by_dimension.values() if len(group) == 2]
    if len(pairs) != 1:
        return ""
    large, small = sorted(pairs[0], key=lambda q: -q.value)
    if "level" in large.dimension or small.value == 0:
        return f"{large.text} is more than {small.text}."
    return f"{large.text} is {_times(large.value / small.value)} {small.text}."


def _times(ratio: float) -> str:
    shown = f"{ratio:.0f}" if ratio >= 10 or ratio == round(ratio) else f"{ratio:.1f}"
    return f"{shown} times" if shown != "1.0" else "a little more than"


def _spaced(match: re.Match[str]) -> str:
    return f"{match[1]} {match[2]}"
