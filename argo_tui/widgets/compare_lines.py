"""What a column of a comparison says, as lines: its name, what it does, its answer, remarks.

While names are hidden, nothing is said here that could tell one: no device, no phase of loading,
no reason of a failure. Not responsible for drawing (argo_tui.widgets.compare_pane).
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from argo_tui.compare.state import Column, Comparing
from argo_tui.numbers import plural, seconds
from argo_tui.run_view import activity
from argo_tui.widgets.answer import mark
from argo_tui.widgets.ink import Ink, Piece, content, crop, justify, shorten
from argo_tui.widgets.sources import line as source_line
from argo_tui.widgets.sources import sources
from argo_tui.widgets.status import seconds_of
from argo_tui.widgets.turn import doubtful, remarks
from engine.comparison.difference import Span
from engine.events import Status

DIFFERS = "underline $warning"
"""Words that another answer lacks."""
MOST_SOURCES = 4
LONGEST = 20_000
_SECRET = "why is shown with the names"


def head(state: Comparing, place: int, now: float, budget_s: float, cells: int) -> Content:
    """Name and device, at the right the seconds so far."""
    column = state.at(place)
    left: list[Piece] = [(state.name(place), f"bold {Ink.ACCENT}")]
    if column.info is not None and not state.hidden:
        left.append((f"  {column.info.device} · {column.info.dtype}", Ink.MUTED))
    elapsed = column.elapsed(now)
    right: list[Piece] = []
    if elapsed is not None:
        ink = Ink.BAD if elapsed > budget_s else Ink.WARN if elapsed > 0.8 * budget_s else Ink.PLAIN
        done = column.view is not None and column.view.finished is not None
        shown = seconds(elapsed) if done else f"{elapsed:.1f}"
        right = [(shown, ink), (f"/{seconds_of(budget_s)} s", Ink.MUTED)]
    return content(justify(left, right, cells))


def doing(state: Comparing, place: int, cells: int) -> Content:
    """What goes on in one line; when it is over, what it took."""
    return content(crop(_doing(state, state.at(place)), cells))


def _doing(state: Comparing, column: Column) -> list[Piece]:
    view = column.view
    if column.trouble is not None:
        return [("✗ ", Ink.BAD), ("could not be loaded", Ink.PLAIN)]
    if view is not None and view.finished is not None:
        return _figures(column)
    if view is not None and state.running and not view.queued:
        return [("● ", Ink.ACCENT), (activity(view), Ink.MUTED)]
    if column.phase:
        return [("○ ", Ink.WARN), ("loading" if state.hidden else column.phase, Ink.MUTED)]
    if state.running:
        return [("○ ", Ink.WARN), ("waits for its turn", Ink.MUTED)]
    return [("○ ", Ink.GOOD), ("ready", Ink.MUTED)]


def _figures(column: Column) -> list[Piece]:
    view = column.view
    assert view is not None and view.finished is not None
    status, usage = view.finished.status, view.finished.usage
    sign, ink = {
        Status.ANSWERED: ("✓ ", Ink.GOOD),
        Status.NOT_FOUND: ("– ", Ink.WARN),
        Status.CANCELLED: ("■ ", Ink.WARN),
        Status.FAILED: ("✗ ", Ink.BAD),
    }[status]
    parts = [status.value.replace("_", " ")]
    if usage.decoded_tokens:
        parts += [plural(usage.decoded_tokens, "token"), f"{usage.tokens_per_second:.0f} tok/s"]
    parts.append(plural(view.finished.steps, "step"))
    return [(sign, ink), (" · ".join(parts), Ink.MUTED)]


def answer(column: Column, spans: Sequence[Span]) -> Content:
    """The answer so far, citations in the accent colour, what differs underlined."""
    view = column.view
    if view is None or not view.answer:
        return Content("")
    text = shorten(view.answer, LONGEST)
    written = Content(text)
    for span in spans:
        written = written.stylize(DIFFERS, span.start, min(span.end, len(text)))
    if view.is_draft and view.finished is None:
        return written.stylize_before(str(Ink.MUTED))
    return mark(written, ())


def below(state: Comparing, place: int, cells: int) -> Content:
    """Under the answer: what must be said about it, then its sources, each on a line."""
    column = state.at(place)
    lines = [*_trouble(state, column), *_remarks(state, column), *_sources(column, cells)]
    return Content("\n").join(content(line) for line in lines)


def _trouble(state: Comparing, column: Column) -> list[list[Piece]]:
    trouble = column.trouble
    if trouble is None:
        return []
    if state.hidden:
        return [[(_SECRET, Ink.MUTED)]]
    rest = " ".join(part for part in (trouble.where, trouble.remedy) if part)
    lines: list[list[Piece]] = [[(trouble.what, Ink.BAD)]]
    if rest:
        lines.append([(rest, Ink.MUTED)])
    return lines


def _remarks(state: Comparing, column: Column) -> list[list[Piece]]:
    view = column.view
    if view is None:
        return []
    if state.hidden and view.failed is not None:
        return [[("failed ", Ink.BAD), (_SECRET, Ink.MUTED)]]
    lines = [line for line in remarks(view) if line[0] != ("underlined", Ink.DOUBT)]
    if state.hidden:
        lines = [line for line in lines if line[0] != ("! ", Ink.WARN)]
    if count := len(doubtful(view)):
        doubt = f"{plural(count, 'sentence')} not supported by the cited passages"
        lines.append([(doubt, Ink.WARN)])
    return lines


def _sources(column: Column, cells: int) -> list[list[Piece]]:
    found = sources(column.view) if column.view else []
    lines = [crop(source_line(passage), cells) for passage in found[:MOST_SOURCES]]
    if len(found) > MOST_SOURCES:
        lines.append([(f"and {len(found) - MOST_SOURCES} more", Ink.MUTED)])
    return lines
