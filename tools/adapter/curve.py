"""The course of a training as SVG: loss over tokens, and the share of held-out replies got right.

Pure. Not responsible for the figures (train).
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

Point = tuple[float, float]
_WIDTH: Final = 900
_HEIGHT: Final = 380
_LEFT: Final = 60
_RIGHT: Final = 60
_TOP: Final = 64
_BOTTOM: Final = 48
_STYLE: Final = """\
text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600;font-size:15px}
.dim{fill:#59636e}.end{text-anchor:end}.paper{fill:#ffffff}.grid{stroke:#d1d9e0}
.loss,.held,.right{fill:none;stroke-width:1.5}.loss{stroke:#8c959f}
.held{stroke:#0969da}.right{stroke:#1a7f37}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.dim{fill:#9198a1}.paper{fill:#0d1117}
.grid{stroke:#3d444d}.loss{stroke:#656c76}.held{stroke:#4493f8}.right{stroke:#3fb950}}"""


def svg(
    title: str, loss: Sequence[Point], held_out: Sequence[Point], right: Sequence[Point]
) -> str:
    """`loss`, `held_out`: (tokens, loss), drawn to the left scale; `right`: (tokens, 0 to 1)."""
    longest = max((x for x, _ in (*loss, *held_out, *right)), default=0.0) or 1.0
    highest = max((y for _, y in (*smooth(loss), *held_out)), default=0.0) or 1.0
    bottom = _HEIGHT - _BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<rect class="paper" width="{_WIDTH}" height="{_HEIGHT}"/>',
        f'<text class="title" x="12" y="22">{escape(title)}</text>',
        '<text class="dim" x="12" y="42">grey: loss in training; blue: loss, held out; '
        "green: replies right word for word, held out (right scale)</text>",
    ]
    for step in range(5):
        y = bottom - (bottom - _TOP) * step / 4
        x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * step / 4
        parts += [
            f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>',
            f'<text class="dim end" x="{_LEFT - 8}" y="{y + 4:.1f}">'
            f"{highest * step / 4:.2f}</text>",
            f'<text class="dim" x="{_WIDTH - _RIGHT + 8}" y="{y + 4:.1f}">{step * 25} %</text>',
            f'<text class="dim" x="{x:.1f}" y="{bottom + 20}">{longest * step / 4e6:.2f} M</text>',
        ]
    parts.append(f'<text class="dim" x="{_LEFT}" y="{_HEIGHT - 8}">tokens</text>')
    for name, points, top in (
        ("loss", smooth(loss), highest),
        ("held", held_out, highest),
        ("right", right, 1.0),
    ):
        parts.append(f'<polyline class="{name}" points="{_places(points, longest, top)}"/>')
    return "\n".join([*parts, "</svg>\n"])


def smooth(points: Sequence[Point], window: int = 5) -> list[Point]:
    """Each value as the mean of the last few."""
    found: list[Point] = []
    for at, (x, _) in enumerate(points):
        near = [y for _, y in points[max(0, at - window + 1) : at + 1]]
        found.append((x, sum(near) / len(near)))
    return found


def _places(points: Sequence[Point], longest: float, highest: float) -> str:
    bottom = _HEIGHT - _BOTTOM
    return " ".join(
        f"{_LEFT + x / longest * (_WIDTH - _LEFT - _RIGHT):.1f},"
        f"{bottom - min(y / highest, 1.0) * (bottom - _TOP):.1f}"
        for x, y in points
    )
