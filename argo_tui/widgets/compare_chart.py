"""Seconds a question and column as bars, the target as a line.

Imported when it is first shown: plotext is slow to import. Not responsible for the running table.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.color import Color
from textual_plotext import PlotextPlot

from argo_tui.numbers import seconds
from argo_tui.widgets.compare_session import COLOURS
from argo_tui.widgets.status import seconds_of
from engine.comparison.tally import Round

LATEST = 12
"""Questions; bars of more would be too thin."""
ROOM = 1.08
"""Of the highest value: how far the axis goes."""


FAR = 3.0
"""A target so many times as high as every bar would leave no bar to see."""


class SecondsChart(PlotextPlot):
    """The latest questions."""

    def show(self, rounds: Sequence[Round], target_s: float) -> None:
        """Draw anew. `rounds` is not empty."""
        latest = list(rounds)[-LATEST:]
        before = len(rounds) - len(latest)
        columns = range(len(latest[0].columns))
        times = [[_seconds(each, column) for each in latest] for column in columns]
        highest = max(max(column) for column in times)
        self.plt.clear_figure()
        self.plt.multiple_bar(
            [str(before + index + 1) for index in range(len(latest))],
            times,
            # One colour a series is what plotext takes; its stub says one for all.
            color=[self._colour(name) for name in COLOURS[: len(columns)]],  # type: ignore[arg-type]
            width=0.7,
        )
        near = target_s <= FAR * highest
        top = max(highest, target_s) if near else highest
        ticks = [0.0, highest]
        if near:
            self.plt.hline(target_s, self._colour("error"))
            # Two figures on one line of the axis would cover each other.
            ticks = [0.0, target_s, *([highest] if abs(highest - target_s) > top / 5 else [])]
        self.plt.ylim(0, top * ROOM or 1.0)
        self.plt.yticks(ticks, [seconds(tick) for tick in ticks])
        where = "line" if near else "far above"
        self.plt.title(f"seconds a question · target {seconds_of(target_s)} s ({where})")
        self.refresh()

    def _colour(self, name: str) -> tuple[int, int, int]:
        return Color.parse(self.app.theme_variables[name]).rgb


def _seconds(each: Round, column: int) -> float:
    found = each.columns[column][1]
    return found.seconds if found is not None else 0.0
