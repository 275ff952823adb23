"""Horizontal bars on a logarithmic scale, as SVG that reads on light and dark.

A writer of its own because a plotting library is larger than this program. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

ROW: Final = 26
LEFT: Final = 230
WIDTH: Final = 900
RIGHT: Final = 130
TOP: Final = 64
LONGEST: Final = 92
"""Characters of a reason that fit beside its name."""
_STYLE: Final = """\
text{font:13px system-ui,sans-serif;fill:#1f2328}
.title{font-weight:600;font-size:15px}.dim{fill:#59636e}.end{text-anchor:end}
.paper{fill:#ffffff}.bar{fill:#0969da}.first{fill:#8c959f}.grid{stroke:#d1d9e0}.target{stroke:#1a7f37;stroke-width:2}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.dim{fill:#9198a1}.paper{fill:#0d1117}.bar{fill:#4493f8}
.first{fill:#656c76}.grid{stroke:#3d444d}.target{stroke:#3fb950}}"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: a positive value with its label, or a reason why there is none."""

    name: str
    value: float | None
    label: str
    ours: bool = True


def svg(title: str, unit: str, bars: Sequence[Bar], *, target: float) -> str:
    """The chart. `target`, in seconds, is drawn as a line; `unit` stands under the title."""
    values = [bar.value for bar in bars if bar.value]
    low, high = _decades([*values, target])
    height = TOP + ROW * len(bars) + 34
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        f'<text class="title" x="12" y="22">{escape(title)}</text>',
        f'<text class="dim" x="12" y="42">{escape(unit)}</text>',
    ]
    bottom = TOP + ROW * len(bars)
    for power in range(low, high + 1):
        x = _x(10.0**power, low, high)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}"/>')
        parts.append(f'<text class="dim" x="{x:.1f}" y="{bottom + 20}">{10.0**power:g}</text>')
    x = _x(target, low, high)
    parts.append(f'<line class="target" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}"/>')
    parts.append(f'<text class="dim" x="{x + 5:.1f}" y="{TOP - 6}">{target:g} s</text>')
    for number, bar in enumerate(bars):
        parts += _bar(bar, TOP + ROW * number, low, high)
    return "\n".join([*parts, "</svg>\n"])


def _bar(bar: Bar, y: int, low: int, high: int) -> list[str]:
    line = y + 18
    parts = [f'<text class="end" x="{LEFT - 10}" y="{line}">{escape(bar.name)}</text>']
    if not bar.value:
        parts.append(
            f'<text class="dim" x="{LEFT + 6}" y="{line}">{escape(_short(bar.label))}</text>'
        )
        return parts
    end = max(_x(bar.value, low, high), LEFT + 1.0)
    kind = "bar" if bar.ours else "first"
    parts.append(
        f'<rect class="{kind}" x="{LEFT}" y="{y + 4}" width="{end - LEFT:.1f}" '
        f'height="{ROW - 8}" rx="3"/>'
    )
    parts.append(f'<text x="{end + 6:.1f}" y="{line}">{escape(bar.label)}</text>')
    return parts


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """Powers of ten that hold all values, at least one decade."""
    low = math.floor(math.log10(min(values)) - 1e-9)
    high = math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _x(value: float, low: int, high: int) -> float:
    share = (math.log10(value) - low) / (high - low)
    return LEFT + share * (WIDTH - LEFT - RIGHT)
