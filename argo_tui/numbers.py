"""Figures as the screen writes them: short, aligned, shares without a leading zero.

Not responsible for the command line's tables.
"""

from __future__ import annotations


def share(value: float) -> str:
    """A number around 0 to 1 in three places: `.76`, `1.0`, `-.04`."""
    text = f"{value:.2f}"
    if text.startswith("0."):
        return text[1:]
    if text.startswith("-0."):
        return "-" + text[2:]
    return text[:3] if value < 10 and not text.startswith("-") else f"{value:.0f}"


def seconds(value: float) -> str:
    """Seconds with a precision that fits: `0.04`, `1.42`, `24.0`, `128`."""
    if value < 9.995:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def size(count: int) -> str:
    """Bytes in the unit people use: `412 MB`, `1.1 GB`."""
    if count >= 1_000_000_000:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB"


def plural(count: int, noun: str) -> str:
    """`1 step`, `2 steps`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
