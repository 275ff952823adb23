"""One column of a comparison: name, what it does, its answer, its steps.

Heights are fixed by the style sheet, so that nothing moves while words come. The answer is plain
text, not Markdown: words are compared, and marks need the places of the words as they were
written. Not responsible for what is said (compare_lines, compare_table).
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from argo_tui.compare.state import Comparing
from argo_tui.widgets import compare_lines, compare_table
from argo_tui.widgets.steady_text import SteadyText
from engine.comparison.difference import Span
from engine.comparison.table import Row


class ComparePane(Vertical):
    """The column in one place on the screen."""

    def __init__(self, place: int) -> None:
        super().__init__(id=f"pane-{place}")
        self._place = place
        self._head = SteadyText(classes="pane-head")
        self._doing = SteadyText(classes="pane-doing")
        self._answer = SteadyText(classes="pane-answer")
        self._below = SteadyText(classes="pane-below")
        self._steps = SteadyText(classes="pane-steps")
        self._body = VerticalScroll(
            Vertical(self._answer, self._below, classes="pane-text"), classes="pane-body"
        )

    def compose(self) -> ComposeResult:
        """From the name to the steps."""
        yield self._head
        yield self._doing
        yield self._body
        yield VerticalScroll(self._steps, classes="pane-table")

    def begin(self) -> None:
        """A new round: follow the words again."""
        self._body.anchor()

    def end(self) -> None:
        """All columns from their first word, which is how answers are compared."""
        self._body.release_anchor()
        self._body.scroll_home(animate=False)

    def tick(self, state: Comparing, now: float, budget_s: float) -> None:
        """What changes by the clock alone."""
        self._head.put(compare_lines.head(state, self._place, now, budget_s, self._cells))

    def show(
        self,
        state: Comparing,
        now: float,
        budget_s: float,
        rows: Sequence[Row],
        spans: Sequence[Span],
    ) -> None:
        """Bring everything up to date. `rows` by place; `spans` differ from other answers."""
        cells = self._cells
        self.tick(state, now, budget_s)
        self._doing.put(compare_lines.doing(state, self._place, cells))
        self._answer.put(compare_lines.answer(state.at(self._place), spans))
        below = compare_lines.below(state, self._place, cells)
        self._below.put(below)
        self._below.display = bool(below.plain)
        lines = compare_table.step_lines(rows, self._place, cells)
        self._steps.put(Content("\n").join(lines))

    @property
    def _cells(self) -> int:
        # The scroll bar of a long answer takes one, the gap beside it another.
        return max(self._head.content_size.width - 2, 1)
