"""Units of measure under all their spellings, and numbers glued to the unit that they are in.

Not responsible for comparing (engine.guard.quantities) or for what a passage holds
(engine.guard.literals).
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Unit(NamedTuple):
    """A dimension and the size of one, in the base unit of the dimension."""

    dimension: str
    size: float


def _table() -> dict[str, Unit]:
    """By spelling. The first of a unit is the one that `measured` writes: no two are alike."""
    rows = (
        ("time", 1e-9, "ns nanosecond nanoseconds nsec"),
        ("time", 1e-6, "us μs microsecond microseconds usec"),
        ("time", 1e-3, "ms millisecond milliseconds msec milli-second mili-second milisecond"),
        ("time", 1.0, "s sec secs second seconds"),
        ("time", 60.0, "min mins minute minutes"),
        ("time", 3600.0, "h hour hours"),
        ("time", 86_400.0, "day days"),
        ("frequency", 1.0, "Hz hertz"),
        ("frequency", 1e3, "kHz kilohertz"),
        ("frequency", 1e6, "MHz megahertz"),
        ("frequency", 1e9, "GHz gigahertz"),
        ("data", 1.0, "bit bits"),
        ("data", 1e3, "kbit kbits"),
        ("data", 1e6, "Mbit Mbits Mb"),
        ("data", 1e9, "Gbit Gbits Gb"),
        ("data", 8.0, "byte bytes B octet octets"),
        ("data", 8e3, "kB kilobyte kilobytes"),
        ("data", 8e6, "MB megabyte megabytes"),
        ("data", 8e9, "GB gigabyte gigabytes"),
        ("data", 8e12, "TB terabyte terabytes"),
        ("data", 8 * 2.0**10, "KiB"),
        ("data", 8 * 2.0**20, "MiB"),
        ("data", 8 * 2.0**30, "GiB"),
        ("rate", 1.0, "bps bit/s bits/s"),
        ("rate", 1e3, "kbps kbit/s kb/s"),
        ("rate", 1e6, "Mbps Mbit/s Mb/s"),
        ("rate", 1e9, "Gbps Gbit/s Gb/s"),
        ("length", 1.0, "m metre metres meter meters"),
        ("length", 1e3, "km kilometre kilometres kilometer kilometers"),
        ("length", 1e-2, "cm centimetre centimetres"),
        ("length", 1e-3, "mm millimetre millimetres"),
        ("power", 1.0, "W watt watts"),
        ("power", 1e3, "kW kilowatt kilowatts"),
        ("power", 1e-3, "milliwatt milliwatts mW"),
        ("power", 1e6, "megawatt megawatts MW"),
        ("voltage", 1.0, "V volt volts"),
        ("share", 1.0, "percent % per-cent"),
        ("level", 1.0, "dB decibel decibels"),
        ("absolute level", 1.0, "dBm"),
        ("temperature level", 1.0, "celsius °C"),
        ("frequency error", 1e-9, "ppb"),
        ("frequency error", 1e-6, "ppm"),
    )
    return {name: Unit(kind, size) for kind, size, names in rows for name in names.split()}


UNITS = _table()
"""Data in bits, a byte of eight."""


def _shortest() -> dict[Unit, str]:
    found: dict[Unit, str] = {}
    for name, unit in UNITS.items():
        found.setdefault(unit, name.lower())
    return found


_SHORT = _shortest()
_FOLDED = {name.lower(): unit for name, unit in UNITS.items() if len(name) > 3} | {
    name.lower(): UNITS[name] for name in ("Hz", "kHz", "MHz", "GHz", "dB", "dBm")
}
"""Names that mean the same in any case, which Mb and MB do not."""
WRITTEN = frozenset(_SHORT.values())
"""All that `measured` writes behind a number."""

_NAME = r"[A-Za-zμ%°][A-Za-zμ]*(?:-seconds?|-cent|/s)?(?![\w/])"
_BEHIND = re.compile(
    rf"(?:(?<![\w.])(?P<number>\d+(?:\.\d+)?)[ -]?|\b(?P<one>[Oo]ne)[ -])[(\[]?(?P<name>{_NAME})"
)
_ALONE = re.compile(
    rf"(?:(?<=[(\[])|(?<=\bin )|(?<=\| ))(?P<name>{_NAME})(?=[)\]\s,.;])"
    r"|(?<![\w.%])(?<!\d )(?P<word>[kMG]?Hz|[munμ]s|dBm?|%|[a-zA-Z]{2,}s)(?![\w/])"
)


def measured(text: str) -> str:
    """`text` with each unit behind its number in one spelling: «40 milliseconds» is «40ms»."""
    return _BEHIND.sub(_glued, text)


def named_alone(text: str) -> frozenset[str]:
    """Units that a text names without a number: «(ms)», «in seconds», «Bits» above a column."""
    found = (short(match["name"] or match["word"]) for match in _ALONE.finditer(text))
    return frozenset(unit for unit in found if unit)


def short(name: str) -> str:
    """The one spelling of a unit; empty where it is none."""
    unit = UNITS.get(name) or _FOLDED.get(name.lower())
    return _SHORT[unit] if unit else ""


def dimension(short_name: str) -> str:
    """What a unit as `measured` writes it measures; empty for no unit."""
    return next((u.dimension for u, name in _SHORT.items() if name == short_name), "")


def _glued(match: re.Match[str]) -> str:
    unit = short(match["name"])
    return f"{match['number'] or 1}{unit}" if unit else match[0]
