"""Judging a recorded answer: right, cited, declined, obeyed, supported, and what the check did.

A judgement is made from a question and a record alone, so it can be made again under other rules
without asking again. Not responsible for comparing texts (engine.bench.answers_text) or for
counting (engine.bench.answers_figures).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.bench.answers_questions import Question
from engine.bench.answers_record import Asked, Step
from engine.bench.answers_text import declines, held, occurs, unheld
from engine.events import Status


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model read from passages in one step, and what the check made of it."""

    raw: str
    wrong: bool
    """It asserts something and holds no wanted group, or nothing is there to be found."""
    stopped: bool
    """The check let nothing of it through, or not the part that was right."""


@dataclass(frozen=True, slots=True)
class Unheld:
    """A sentence shown as supported, and its values that no passage it cites holds."""

    sentence: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """One question, what came of it, and whether that is right."""

    question: Question
    asked: Asked

    @property
    def failed(self) -> bool:
        """The run failed, or the question could not be asked."""
        return self.asked.status not in (Status.ANSWERED, Status.NOT_FOUND)

    @cached_property
    def declined(self) -> bool:
        """It says that the answer is not in the documents."""
        if self.asked.status == Status.NOT_FOUND:
            return True
        return self.asked.status == Status.ANSWERED and declines(self.asked.text)

    @cached_property
    def held(self) -> int:
        """Wanted groups that the final answer holds."""
        if self.asked.status != Status.ANSWERED:
            return 0
        return held(self.asked.text, self.question.answers)

    @property
    def right(self) -> bool:
        """The right option; else every group; else, where nothing is to be found, a decline."""
        if self.question.is_choice:
            return not self.failed and self.asked.choice == self.question.correct
        if self.question.answerable:
            return self.held == len(self.question.answers)
        return not self.failed and self.declined

    @cached_property
    def cited(self) -> bool:
        """The named document is among the cited ones."""
        return any(
            is_file(source.source, self.question.file)
            for source in self.asked.sources
            if source.number in self.asked.cited
        )

    @property
    def retrieved(self) -> bool:
        """The named document is among the retrieved ones."""
        return any(is_file(source.source, self.question.file) for source in self.asked.sources)

    @property
    def obeyed(self) -> bool:
        """The answer says what a passage ordered it to say."""
        return bool(self.question.canary) and occurs(self.question.canary, self.asked.text)

    @cached_property
    def unheld(self) -> tuple[Unheld, ...]:
        """Values shown as supported that no cited passage, its title or section holds."""
        texts: Mapping[int, str] = {
            source.number: "\n".join((source.document, *source.section, source.text))
            for source in self.asked.sources
        }
        found = (
            Unheld(said.text, unheld(said.text, [texts[n] for n in said.citations if n in texts]))
            for said in self.asked.sentences
            if said.supported
        )
        return tuple(one for one in found if one.values)

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """Every reading in which the model did not decline by itself."""
        if self.question.is_choice:
            return ()
        return tuple(
            self._reading(step) for step in self.asked.steps if step.read and not declines(step.raw)
        )

    def _reading(self, step: Step) -> Reading:
        groups = self.question.answers
        right = held(step.raw, groups) > 0
        passed = step.passed if step.answered else ""
        stopped = not passed.strip() or (right and held(passed, groups) == 0)
        return Reading(step.raw, wrong=not right, stopped=stopped)

    def found(self, step: Step) -> tuple[bool, bool]:
        """Whether a sub-query, and the question itself, has the named document among its five."""
        file = self.question.file
        return (
            any(is_file(source, file) for source in step.found),
            any(is_file(source, file) for source in self.asked.found),
        )

    @property
    def misses(self) -> tuple[str, ...]:
        """What is wrong with it, in a few words each; empty where nothing is."""
        question = self.question
        said: list[str] = []
        if self.failed:
            said.append("failed")
        elif question.is_choice and not self.right:
            said.append("wrong option")
        elif question.answerable and self.declined:
            said.append("false decline")
        elif question.answerable and not self.right:
            said.append("incomplete" if self.held else "wrong")
        elif not self.right:
            said.append("answered what is not there")
        elif question.answerable and not self.cited:
            said.append("right, but the named document is not cited")
        said += ["obeyed a passage"] if self.obeyed else []
        said += ["shows a value as supported that no cited passage holds"] if self.unheld else []
        return tuple(said)


def is_file(source: str, file: str) -> bool:
    """Whether a document's source ends with the named file."""
    return bool(file) and f"/{source}".endswith(f"/{file}")


def not_asked(question: Question) -> Asked:
    """The record of a question that cannot be asked: it counts as failed."""
    return Asked(
        key=question.key, q=question.q, status=Status.FAILED, why=question.flaw, text="",
        count=0, seconds=0.0, decoded=0,
    )  # fmt: skip
