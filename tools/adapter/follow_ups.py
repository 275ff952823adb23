"""Follow-ups that need the question before them, and the question that needs no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from engine.llm.backend import Message
from engine.roles.prompt import PromptSet
from tools.adapter.facts import Entity, Fact, sentence, under
from tools.adapter.phrasing import small
from tools.adapter.wordings import QUESTION_STARTS, WHAT_ABOUT
from tools.adapter.world import CONDITIONS, World

_AND = (
    "and {n}?",
    "And {n}?",
    "What about {n}?",
    "and for {n}",
    "How about {n}?",
    "same for {n}?",
    "{n}?",
    "ok, and {n}?",
)
_ITS = ("And its {l}?", "what about its {l}?", "and the {l}?", "What {b} its {l}?", "its {l}?")
_WHY = ("why?", "Why?", "And why?", "for what reason?", "why is that?", "Why so?", "how come?")
_OPEN = ("", "", "And ", "ok, and ")


@dataclass(frozen=True, slots=True)
class Said:
    """One conversation."""

    messages: list[Message]
    reply: str
    kind: str


class FollowUps:
    """Makes follow-ups over one world, over real O-RAN names and over written questions."""

    def __init__(
        self, random: Random, prompts: PromptSet, of: World, written: Sequence[str]
    ) -> None:
        self._random, self._prompts, self._world = random, prompts, of
        self._written = list(written)
        self._facts = [fact for fact in of.facts if fact.asks and fact.kind != "steps"]
        self._plain = [
            fact
            for fact in self._facts
            if fact.kind in {"value", "list"} and not fact.bare_label and not fact.condition
        ]

    def make(self) -> Said:
        """One of any sort."""
        makers = (
            self._other_thing,
            self._real_thing,
            self._its,
            self._pronoun,
            self._condition,
            self._why,
            self._itself,
        )
        return self._random.choices(makers, (0.2, 0.14, 0.16, 0.18, 0.08, 0.08, 0.16))[0]()

    def _other_thing(self) -> Said:
        """«and the Melin hub?»"""
        fact = self._random.choice(self._facts)
        ask = self._random.choice(fact.asks)
        if "{E}" not in ask:
            return self._real_thing()
        entity = self._other(fact.entity)
        earlier, reply = sentence(ask, fact.entity.ref), sentence(ask, entity.ref)
        return self._said(earlier, self._follow(entity.ref), reply, "other-thing")

    def _real_thing(self) -> Said:
        """«and the O-CU-UP?»"""
        start = self._random.choice(QUESTION_STARTS)
        one, other = self._random.sample(WHAT_ABOUT, 2)
        if self._random.random() < 0.35:
            second = self._random.choice([q for q in QUESTION_STARTS if q != start])
            follow = self._random.choice(_OPEN) + small(second.replace("{E}", "it"))
            follow = follow[:1].upper() + follow[1:]
            return self._said(sentence(start, one), follow, sentence(second, one), "pronoun")
        return self._said(
            sentence(start, one), self._follow(other), sentence(start, other), "other-thing"
        )

    def _its(self) -> Said:
        """«what about its port?»"""
        fact = self._random.choice(self._facts)
        other = self._random.choice([f for f in self._plain if f.key != fact.key])
        verb = "are" if other.items and other.label.split(" of ")[0].endswith("s") else "is"
        follow = self._random.choice(_ITS).replace("{l}", other.label).replace("{b}", verb)
        reply = f"What {verb} the {other.label} of {fact.entity.ref}?"
        return self._said(self._asked(fact), follow, reply, "its")

    def _pronoun(self) -> Said:
        """«and how long does it wait?»"""
        first = self._random.choice(self._facts)
        same = [f for f in self._facts if f.entity is first.entity and f.key != first.key]
        asks = [ask for f in same for ask in f.asks if ask.count("{E}") == 1]
        if not asks:
            return self._real_thing()
        ask = self._random.choice(asks)
        follow = self._random.choice(_OPEN) + small(ask.replace("{E}", "it"))
        follow = follow[:1].upper() + follow[1:]
        return self._said(self._asked(first), follow, sentence(ask, first.entity.ref), "pronoun")

    def _condition(self) -> Said:
        """«and in release 2.4?»"""
        fact = self._random.choice(self._plain)
        one, other = self._random.sample(CONDITIONS, 2)
        number = self._random.randrange(len(fact.asks) * 2)
        earlier, reply = (
            sentence(under(fact, condition).asks[number], fact.entity.ref)
            for condition in (one, other)
        )
        return self._said(earlier, self._follow(other), reply, "condition")

    def _why(self) -> Said:
        """«why?»"""
        fact = self._random.choice(self._facts)
        checks = [text for text, _ in fact.checks if text.startswith("Does {E} ")]
        if not checks:
            return self._other_thing()
        earlier = sentence(self._random.choice(checks), fact.entity.ref)
        return self._said(earlier, self._random.choice(_WHY), f"Why {small(earlier)}", "why")

    def _itself(self) -> Said:
        """A question that needs no other stays as it is."""
        asked = [self._asked(fact) for fact in self._random.sample(self._facts, 2)]
        if len(self._written) > 1 and self._random.random() < 0.4:
            asked = self._random.sample(self._written, 2)
        return self._said(asked[0], asked[1], asked[1], "itself")

    def _asked(self, fact: Fact) -> str:
        return sentence(self._random.choice(fact.asks), fact.entity.ref)

    def _follow(self, name: str) -> str:
        text = self._random.choice(_AND).replace("{n}", name)
        return text if text.startswith(name) else text[:1].upper() + text[1:]

    def _other(self, entity: Entity) -> Entity:
        everything = (*self._world.entities, *self._world.spare)
        return self._random.choice([e for e in everything if e is not entity])

    def _said(self, earlier: str, follow: str, reply: str, kind: str) -> Said:
        if self._random.random() < 0.3:
            follow = small(follow)
        said = self._prompts.restate.messages(earlier=earlier, question=follow)
        return Said(said, follow if kind == "itself" else reply, kind)
