"""What the shown passages do not say, though it lies near what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from tools.adapter import specials
from tools.adapter.facts import Entity, Fact, under
from tools.adapter.world import CONDITIONS, World


class Absences:
    """Draws facts that no shown passage states; `hidden` are those that other passages state."""

    def __init__(
        self,
        random: Random,
        world: World,
        shown: Sequence[Fact],
        hidden: Sequence[Fact],
        text: str,
    ) -> None:
        self._random, self._world = random, world
        self._shown, self._hidden, self._texts = list(shown), list(hidden), text
        self._known = {(f.entity.name, f.key) for f in world.facts}
        self._stated = {(f.entity.name, f.key[:2]) for f in world.facts}

    def draw(self) -> Fact | None:
        """A fact near the shown ones that no passage states."""
        draw = self._random.random()
        shown = {fact.entity.name for fact in self._shown}
        if draw < 0.2 or not self._shown:
            near = [f for f in self._hidden if f.entity.name in shown] or self._hidden
            fact = self._random.choice(near) if near else None
        elif draw < 0.56:
            # A value of the same kind stands beside it: what a small model takes for the answer.
            fact = self._variant(self._random.choice(self._shown))
        elif draw < 0.75:
            fact = self._moved(self._random.choice(self._shown))
        elif draw < 0.92:
            fact = self._otherwise()
        else:
            fact = self._invented(self._random.choice(self._shown).entity)
        if fact is None or self._hinted(fact):
            return None
        return fact

    def _variant(self, fact: Fact) -> Fact | None:
        """The same thing, a sibling of the attribute."""
        families = self._world.families
        family = next((f for f in families.families if f.name == fact.key[0]), None)
        if family is None:
            return self._invented(fact.entity)
        free = [
            v for v in family.variants if (fact.entity.name, (family.name, v)) not in self._stated
        ]
        if not free:
            return None
        made = families.fact(self._random, fact.entity, family, self._random.choice(free))
        return (
            under(made, fact.condition) if fact.condition and self._random.random() < 0.5 else made
        )

    def _moved(self, fact: Fact) -> Fact | None:
        """The attribute, of another thing that does not have it."""
        if fact.kind in {"message", "definition"} and fact.key[0] != "term":
            return None
        others = [
            entity
            for entity in (*self._world.entities, *self._world.spare)
            if (entity.name, fact.key[:2]) not in self._stated and entity.group == fact.entity.group
        ]
        return replace(fact, entity=self._random.choice(others)) if others else None

    def _otherwise(self) -> Fact | None:
        """The thing and the attribute, under a condition of which nothing is said."""
        fit = [fact for fact in self._shown if fact.condition]
        if not fit:
            return None
        fact = self._random.choice(fit)
        release = fact.condition.startswith("in release")
        pool = [c for c in CONDITIONS if c.startswith("in release") == release]
        pool = [c for c in pool if (fact.entity.name, (*fact.key[:2], c)) not in self._known]
        if fact.condition.endswith("2020"):
            return None
        pool = [c for c in pool if not c.endswith("2020")]
        family = next(f for f in self._world.families.families if f.name == fact.key[0])
        bare = self._world.families.fact(self._random, fact.entity, family, fact.key[1])
        return under(bare, self._random.choice(pool))

    def _invented(self, entity: Entity) -> Fact | None:
        """Another attribute altogether."""
        if self._random.random() < 0.15:
            fact = self._random.choice((specials.steps, specials.definition))(self._random, entity)
            return None if (entity.name, fact.key) in self._known else fact
        families = self._world.families
        family = self._random.choice(families.fitting(entity.group))
        variant = self._random.choice(family.variants)
        if (entity.name, (family.name, variant)) in self._stated:
            return None
        return families.fact(self._random, entity, family, variant)

    def _hinted(self, fact: Fact) -> bool:
        """Whether the shown text may say it after all: a habit's reason, a list that was cut."""
        if fact.key[0] == "why":
            return fact.value in self._texts
        return fact.key[0] == "message" and fact.key[1] in self._texts
