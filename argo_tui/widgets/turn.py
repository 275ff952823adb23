"""One question with its answer, sources and figures.

Shows a RunView and nothing else. Not responsible for the steps in full (step_tree).
"""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from argo_tui.numbers import plural, seconds
from argo_tui.run_view import RunView, StepView, activity
from argo_tui.widgets.answer import Answer
from argo_tui.widgets.ink import OF_ACTION, Ink, Piece, content, crop, justify, one_line, shorten
from argo_tui.widgets.sources import Sources, sources
from engine.events import Choice, Sentence, Status

BAR = 24
LONGEST = 4_000
"""Characters of a question that are shown; the engine takes no more either."""
LONGEST_ANSWER = 40_000
LONGEST_REMARK = 600


def trail(step: StepView, cells: int) -> list[Piece]:
    """A step in one line, for panes that show no tree."""
    action = step.action
    name: Piece = (action.value, OF_ACTION[action]) if action else ("deciding", Ink.MUTED)
    left: list[Piece] = [(f"{step.number} ", Ink.FAINT), name]
    if step.subquery:
        left.append((f" «{one_line(step.subquery)}»", Ink.MUTED))
    right: list[Piece] = []
    if step.retrieved:
        right.append((plural(len(step.retrieved.passages), "passage"), Ink.MUTED))
    if step.answer and not step.answer.answered:
        right.append((" · no answer there", Ink.WARN))
    if step.timed:
        right.append((f" · {seconds(step.timed.ns / 1e9)} s", Ink.MUTED))
    return justify(left, right, cells)


def choice_lines(options: tuple[str, ...], choice: Choice, cells: int) -> list[Content]:
    """Options with their probabilities as bars; the chosen one in the accent colour."""
    names = [one_line(option, 60) for option in options]
    label = min(max((cell_len(name) for name in names), default=0), max(cells - BAR - 12, 8))
    lines = []
    for index, (name, probability) in enumerate(zip(names, choice.probabilities, strict=False)):
        chosen = index == choice.index
        ink = Ink.ACCENT if chosen else Ink.MUTED
        shown = crop([(name, Ink.PLAIN if chosen else Ink.MUTED)], label)
        pad = label - sum(cell_len(text) for text, _ in shown)
        filled = round(probability * BAR)
        lines.append(
            content(
                [
                    ("▸ " if chosen else "  ", Ink.ACCENT),
                    (f"{index + 1} ", Ink.MUTED),
                    *shown,
                    (" " * (pad + 2), Ink.PLAIN),
                    ("━" * filled, ink),
                    ("━" * (BAR - filled), Ink.FAINT),
                    (f" {probability * 100:3.0f} %", ink),
                ]
            )
        )
    return lines


def remarks(view: RunView) -> list[list[Piece]]:
    """What must be said about the answer, each on a line."""
    lines: list[list[Piece]] = []
    done = view.synthesis
    if view.failed:
        lines.append([("failed ", Ink.BAD), (shorten(view.failed.what, LONGEST_REMARK), Ink.PLAIN)])
        rest = " ".join(part for part in (view.failed.where, view.failed.remedy) if part)
        if rest:
            lines.append([(shorten(rest, LONGEST_REMARK), Ink.MUTED)])
    if view.status is Status.CANCELLED:
        rest = " · the answer above is unfinished" if view.answer else " before it answered"
        lines.append([("stopped", Ink.WARN), (rest, Ink.MUTED)])
    if done and done.status is Status.NOT_FOUND:
        lines.append([("not found in the documents", Ink.WARN), (_nearest(view), Ink.MUTED)])
    if done and done.from_model:
        text = "from the model's own knowledge"
        lines.append([(text, Ink.WARN), (" · no document was cited", Ink.MUTED)])
    elif doubts := doubtful(view):
        why = doubts[0].why or "not supported by the cited passages"
        lines.append([("underlined", Ink.DOUBT), (f" {why}", Ink.MUTED)])
    if done and done.compared:
        lines.append([(done.compared, Ink.PLAIN), (" · computed, not generated", Ink.MUTED)])
    if done and done.removed_citations:
        count = plural(done.removed_citations, "citation")
        lines.append([(f"{count} pointed nowhere and went", Ink.MUTED)])
    for notice in view.notices:
        text = shorten(f"{notice.text} {notice.remedy}".strip(), LONGEST_REMARK)
        lines.append([("! ", Ink.WARN), (text, Ink.MUTED)])
    return lines


def understood(view: RunView) -> list[Content]:
    """A follow-up as it was written out; nothing where the question stood alone."""
    if view.restated is None:
        return []
    return [content([("understood as: ", Ink.FAINT), (shorten(view.understood, 600), Ink.MUTED)])]


def _nearest(view: RunView) -> str:
    return " · the nearest passages:" if view.synthesis and view.synthesis.nearest else ""


def doubtful(view: RunView) -> tuple[Sentence, ...]:
    """Sentences without support; none where the whole answer is the model's own."""
    done = view.synthesis
    if done is None or done.from_model:
        return ()
    return tuple(sentence for sentence in done.sentences if not sentence.supported)


def foot(view: RunView) -> list[Piece]:
    """The last line: what goes on, then what it took."""
    if view.queued:
        return [("queued", Ink.WARN), (" · asked as soon as the model is free", Ink.MUTED)]
    if view.finished is None:
        return [("● ", Ink.ACCENT), (activity(view), Ink.MUTED)]
    parts = [f"{seconds(view.finished.ns / 1e9)} s"]
    usage = view.finished.usage
    if usage.decoded_tokens:
        parts += [plural(usage.decoded_tokens, "token"), f"{usage.tokens_per_second:.0f} tok/s"]
    if view.started:
        parts.append(view.started.profile)
    parts.append(plural(view.finished.steps, "step"))
    return [(" · ".join(parts), Ink.FAINT)]


class Turn(Vertical):
    """A question and everything that came of it."""

    class Chosen(Message):
        """A click: show the steps of this run."""

        def __init__(self, run: str) -> None:
            self.run = run
            super().__init__()

    def __init__(self, view: RunView) -> None:
        super().__init__()
        self.view = view
        self._question = Static(Content(shorten(view.question, LONGEST)), classes="question")
        self._understood = Static(Content(""), classes="understood")
        self._trail = Static(Content(""), classes="trail")
        self._answer = Answer()
        self._choice = Static(Content(""), classes="choice")
        self._remarks = Static(Content(""), classes="remarks")
        self._sources = Sources(view.run)
        self._foot = Static(Content(""), classes="foot")
        self._drawn: dict[Static, list[Content]] = {}

    def compose(self) -> ComposeResult:
        """From the question to the figures."""
        yield self._question
        yield self._understood
        yield self._trail
        yield self._answer
        yield self._choice
        yield self._remarks
        yield self._sources
        yield self._foot

    def on_mount(self) -> None:
        """Draw what is known."""
        self.refresh_view()

    def on_resize(self, _: events.Resize) -> None:
        """Lines follow the width."""
        self.refresh_view()

    def on_click(self) -> None:
        """Steps of this run, please."""
        self.post_message(self.Chosen(self.view.run))

    def refresh_view(self) -> None:
        """Bring everything up to date with the view."""
        view, cells = self.view, max(self.content_size.width - 2, 1)
        self._put(self._understood, understood(view))
        steps = [view.steps[number] for number in sorted(view.steps)]
        lines = [content(trail(step, cells)) for step in steps]
        self._put(self._trail, [*lines], whole_lines=True)
        if view.synthesis is not None:
            text = shorten(view.synthesis.text, LONGEST_ANSWER)
            self._answer.finish(text, [sentence.text for sentence in doubtful(view)])
        else:
            self._answer.stream(shorten(view.answer, LONGEST_ANSWER), draft=view.is_draft)
        self._answer.display = bool(self._answer.text)
        choice = view.synthesis.choice if view.synthesis else None
        self._put(self._choice, choice_lines(view.options, choice, cells) if choice else [])
        self._put(self._remarks, [content(pieces) for pieces in remarks(view)])
        self._sources.show(sources(view))
        self._put(self._foot, [content(foot(view))], whole_lines=True)

    def _put(self, widget: Static, lines: list[Content], *, whole_lines: bool = False) -> None:
        """`whole_lines`: none of them wraps, so that only their number changes the layout."""
        before = self._drawn.get(widget)
        if (
            before is not None
            and len(before) == len(lines)
            and all(map(Content.is_same, before, lines))
        ):
            return
        self._drawn[widget] = lines
        same_height = whole_lines and before is not None and len(before) == len(lines)
        widget.update(Content("\n").join(lines), layout=not same_height)
        widget.set_class(not lines, "-empty")


def _same(one: list[Content], other: list[Content]) -> bool:
    # `==` compares the text only; a colour that changes is a change too.
    return len(one) == len(other) and all(map(Content.is_same, one, other))
