"""Where one can jump in a run: its steps, its passages, the cited sentences of its answer.

Pure. Not responsible for the list on the screen (screens.jump) or for going there (the chat).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from argo_tui.run_view import RunView, StepView
from argo_tui.widgets.ink import OF_ACTION, Ink, one_line
from argo_tui.widgets.step_rows import place
from engine.events import Citation, Passage, Sentence


@dataclass(frozen=True, slots=True)
class ToStep:
    """To a step in the tree, by its number from 1."""

    number: int


@dataclass(frozen=True, slots=True)
class ToPassage:
    """To a passage by citation number; `quotes` of one sentence, or empty for all that is cited."""

    number: int
    quotes: tuple[str, ...] = ()


Jump = ToStep | ToPassage


@dataclass(frozen=True, slots=True)
class Target:
    """One place: the word for its kind, its number, what is there. All text on one line."""

    jump: Jump
    group: str
    mark: str
    name: str
    """The first words: an action, a section, the sentence."""
    ink: str = Ink.PLAIN
    about: str = ""
    """What follows: the sub-query, the document."""

    @property
    def number(self) -> int:
        """Of the step or the passage."""
        return self.jump.number


STEPS, PASSAGES, ANSWER = "Steps", "Passages", "Sentences of the answer"


def targets(view: RunView) -> tuple[Target, ...]:
    """Everything there is to jump to in a run so far: steps, passages, cited sentences."""
    steps = [_step(view.steps[number]) for number in sorted(view.steps)]
    passages = [_passage(passage) for _, passage in sorted(view.passages().items())]
    return (*steps, *passages, *_sentences(view))


def narrowed(found: Iterable[Target], typed: str) -> tuple[Target, ...]:
    """Those that a text means: a number alone is that of a step or passage, else every word."""
    every = tuple(found)
    words = typed.casefold().split()
    if len(words) == 1 and words[0].isdecimal():
        numbered = tuple(each for each in every if str(each.number).startswith(words[0]))
        if numbered:
            return numbered
    return tuple(each for each in every if all(_holds(each, word) for word in words))


def _holds(target: Target, word: str) -> bool:
    about = f"{target.group} {target.mark} {target.name} {target.about}".casefold()
    return word in about


def _step(step: StepView) -> Target:
    action = step.action
    return Target(
        ToStep(step.number),
        STEPS,
        str(step.number),
        action.value if action else "deciding",
        OF_ACTION[action] if action else Ink.MUTED,
        one_line(step.subquery),
    )


def _passage(passage: Passage) -> Target:
    (name, _), *rest = place(passage)
    about = "".join(text for text, _ in rest).strip()
    return Target(ToPassage(passage.number), PASSAGES, f"[{passage.number}]", name, about=about)


def _sentences(view: RunView) -> list[Target]:
    done = view.synthesis
    if done is None:
        return []
    known = view.passages()
    return [
        Target(
            ToPassage(number, quotes_of(sentence, number, done.citations)),
            ANSWER,
            f"[{number}]",
            one_line(sentence.text),
        )
        for sentence in done.sentences
        for number in sentence.citations
        if number in known
    ]


def quotes_of(sentence: Sentence, number: int, citations: Sequence[Citation]) -> tuple[str, ...]:
    """The quote of a passage that shares most words with a sentence; none where none was kept.

    An answer keeps its citations together, without saying which sentence each is of.
    """
    quotes = [each.quote for each in citations if each.number == number and each.quote]
    said = _words(sentence.text)
    return (max(quotes, key=lambda quote: len(_words(quote) & said)),) if quotes else ()


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))
