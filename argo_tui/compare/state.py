"""A comparison as the screen knows it: columns, the round in progress, blind or not, votes.

Columns stand for contenders and keep their number; in blind mode the places on the screen are
shuffled every round, or a first vote would tell the names of all later ones. Not responsible for
words and looks (argo_tui.widgets.compare_lines), for engines (argo_tui.compare.fleet) or for
keeping rounds (engine.comparisons).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from argo_tui.reports import Happened, Loaded, LoadFailed, Loading, Report
from argo_tui.run_view import RunView
from engine.comparison.difference import Span, differences
from engine.comparison.figures import RunFigures, figures
from engine.comparison.tally import Round
from engine.events import Delta, Event
from engine.llm.backend import ModelInfo

LETTERS = "ABCD"


@dataclass(slots=True)
class Column:
    """One contender: its model, and its run of the round in progress."""

    label: str
    phase: str = "waiting for its turn to load"
    """What loading does; empty once the model is there."""
    trouble: LoadFailed | None = None
    info: ModelInfo | None = None
    run: str = ""
    view: RunView | None = None
    events: list[Event] = field(default_factory=list)
    began: float | None = None
    """When the first event came, on the screen's clock."""
    figures: RunFigures | None = None

    def ask(self, run: str, question: str, options: tuple[str, ...]) -> None:
        """A new round."""
        self.run, self.view = run, RunView(run, question, options)
        self.events, self.began, self.figures = [], None, None

    def take(self, report: Report, now: float) -> None:
        """What its bridge reported."""
        match report:
            case Loading(phase=phase):
                self.phase, self.trouble = phase, None
            case Loaded(info=info):
                self.phase, self.trouble, self.info = "", None, info
            case LoadFailed():
                self.phase, self.trouble = "", report
            case Happened(event=event, pieces=pieces) if self.view and event.run == self.run:
                self.began = now if self.began is None else self.began
                self.view.apply(event, pieces)
                self.events.append(event)
                if not isinstance(event, Delta):
                    self.figures = figures(self.events)
            case _:
                pass

    def measured(self, events: Sequence[Event]) -> None:
        """The run as it was recorded: the screen joins deltas, which hides the first token."""
        if events:
            self.figures = figures(events)

    def elapsed(self, now: float) -> float | None:
        """Seconds of its run so far, or in all; None before it began."""
        if self.view is not None and self.view.finished is not None:
            return self.view.finished.ns / 1e9
        return None if self.began is None else now - self.began


@dataclass(slots=True)
class Comparing:
    """All columns and the rounds so far."""

    columns: tuple[Column, ...]
    order: tuple[int, ...]
    """The column in each place on the screen."""
    blind: bool = False
    question: str = ""
    """Of the latest round; empty before the first."""
    was_blind: bool = False
    """Whether the latest round was asked blind."""
    vote: int | None = None
    """The column that won the latest round."""
    running: bool = False
    """Whether columns still answer; the fleet knows when they do not."""
    rounds: list[Round] = field(default_factory=list)
    """Of the running table: those of one mode, as times of another do not compare."""

    @classmethod
    def of(cls, labels: Sequence[str], *, blind: bool = False) -> Comparing:
        """Nothing asked yet. `labels`: 2 to 4 names, all different."""
        return cls(tuple(Column(label) for label in labels), tuple(range(len(labels))), blind)

    @property
    def asked(self) -> bool:
        """Whether there is a round."""
        return bool(self.question)

    @property
    def in_order(self) -> tuple[int, ...]:
        """The places as they are where nothing is hidden."""
        return tuple(range(len(self.columns)))

    @property
    def finished(self) -> bool:
        """Whether the latest round is over."""
        return self.asked and not self.running

    @property
    def hidden(self) -> bool:
        """Whether no name may be seen."""
        return self.blind and self.vote is None

    @property
    def ballots(self) -> int:
        """How many places can be voted for now; 0 outside a finished, blind, open round."""
        return len(self.order) if self.hidden and self.was_blind and self.finished else 0

    def at(self, place: int) -> Column:
        """The column in a place."""
        return self.columns[self.order[place]]

    def name(self, place: int) -> str:
        """What a place is called: a letter while names are hidden, both after the vote."""
        label = self.at(place).label
        if self.hidden:
            return LETTERS[place]
        return f"{LETTERS[place]} · {label}" if self.was_blind and self.blind else label

    def ask(
        self, question: str, options: tuple[str, ...], runs: Sequence[str], order: Sequence[int]
    ) -> None:
        """Begin a round. `runs` by column, `order` the column in each place."""
        self.question, self.order = question, tuple(order)
        self.was_blind, self.vote, self.running = self.blind, None, True
        for column, run in zip(self.columns, runs, strict=True):
            column.ask(run, question, options)

    def close_round(self) -> Round:
        """End the round and keep it for the running table."""
        self.running = False
        columns = tuple((column.label, column.figures) for column in self.columns)
        kept = Round(question=self.question, columns=columns, vote=None)
        self.rounds.append(kept)
        return kept

    def cast(self, place: int) -> int:
        """Vote for a place: names are shown, the round remembers. Returns the column."""
        self.vote = self.order[place]
        if self.rounds:
            last = self.rounds.pop()
            self.rounds.append(Round(last.question, last.columns, self.vote))
        return self.vote

    def figures(self) -> tuple[RunFigures | None, ...]:
        """Of the latest round, by place."""
        return tuple(self.at(place).figures for place in range(len(self.order)))

    def differences(self) -> tuple[tuple[Span, ...], ...]:
        """What differs between the answers, by place; nothing before the round is over."""
        places = range(len(self.order))
        answers = [view.answer if (view := self.at(place).view) else "" for place in places]
        if not self.finished or sum(bool(answer) for answer in answers) < 2:
            return tuple(() for _ in places)
        spoken = [place for place in places if answers[place]]
        found = differences([answers[place] for place in spoken])
        by_place = dict(zip(spoken, found, strict=True))
        return tuple(by_place.get(place, ()) for place in places)
