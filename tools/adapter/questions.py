"""Questions over shown passages, each with the reply that the passages allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tools.adapter import phrasing
from tools.adapter.absences import Absences
from tools.adapter.evidence import Shown
from tools.adapter.facts import Entity, Fact, Mention, cited, inner, sentence
from tools.adapter.world import World

DECLINE = "Not in the passages."


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its reply and what the shown text must hold for it."""

    question: str
    reply: str
    kind: str
    keys: tuple[str, ...] = ()
    """Literal stretches of the shown text on which the reply rests."""


@dataclass(frozen=True, slots=True)
class Told:
    """A fact that is shown, and where."""

    mention: Mention
    number: int

    @property
    def fact(self) -> Fact:
        """The fact."""
        return self.mention.fact

    @property
    def reply(self) -> str:
        """The sentence that an answer copies."""
        return cited(self.mention.reply, self.number)

    @property
    def mid(self) -> str:
        """The same sentence behind «Yes, »."""
        return cited(self.mention.mid or inner(self.mention.reply), self.number)


class Questioner:
    """Asks about a world whose shown part is known."""

    def __init__(self, random: Random, world: World, shown: Shown, *, held_out: bool) -> None:
        self._random, self._world, self._held_out = random, world, held_out
        told: dict[tuple[str, tuple[str, ...]], Told] = {}
        partly: set[tuple[str, tuple[str, ...]]] = set()
        for page in world.pages:
            for mention in page.mentions:
                number = shown.number(mention, page.path)
                identity = (mention.fact.entity.name, mention.fact.key)
                if number > 0 and (identity not in told or number < told[identity].number):
                    told[identity] = Told(mention, number)
                elif number < 0:
                    partly.add(identity)
        self._silent = [t for t in told.values() if t.fact.kind == "unexplained"]
        self.told = [t for t in told.values() if t.fact.kind != "unexplained"]
        hidden = [
            f for f in world.facts if (f.entity.name, f.key) not in told | dict.fromkeys(partly)
        ]
        self._absences = Absences(
            random,
            world,
            [told.fact for told in self.told],
            [fact for fact in hidden if fact.kind != "unexplained"],
            " ".join(shown.texts),
        )

    def ask(self, count: int, decline: float) -> list[Asked]:
        """About `count` different questions, of which the share `decline` has no answer."""
        if not self.told:
            return self._many([self._near_miss], count, [1.0])
        makers = [
            self._plain,
            self._check,
            self._two,
            self._reverse,
            self._compare,
            self._conditions,
            self._near_miss,
        ]
        weights = [0.39, 0.14, 0.15, 0.06, 0.07, 0.06, decline / (1 - decline) * 0.85]
        return self._many(makers, count, weights)

    def _many(self, makers: list[Maker], count: int, weights: list[float]) -> list[Asked]:
        found: dict[str, Asked] = {}
        for _ in range(count * 6):
            maker = self._random.choices(makers, weights)[0]
            if (asked := maker()) is not None and asked.reply and asked.question not in found:
                found[asked.question] = asked
            if len(found) == count:
                break
        return list(found.values())

    # -- answerable -------------------------------------------------------------------------

    def _plain(self) -> Asked | None:
        told = self._random.choice(self.told)
        if told.fact.kind == "yes-no":
            return self._check()
        base = self._base(told.fact, told.mention)
        kind = told.mention.kind or told.fact.kind
        return Asked(self._styled(base), told.reply, kind, told.mention.parts)

    def _check(self) -> Asked | None:
        fit = [t for t in [*self.told, *self._silent] if t.fact.checks]
        if not fit:
            return None
        told = self._random.choice(fit)
        template, holds = self._random.choice(told.fact.checks)
        question = self._styled(self._named(template, told.fact.entity))
        reply = f"{'Yes' if holds else 'No'}, {told.mid}"
        return Asked(question, reply, "yes-no", told.mention.parts)

    def _two(self) -> Asked | None:
        fit = [t for t in self.told if t.fact.kind != "yes-no"]
        if not fit:
            return None
        first = self._random.choice(fit)
        draw = self._random.random()
        if draw < 0.62 and len(fit) > 1:
            second = self._random.choice([t for t in fit if t is not first])
            question = phrasing.two(self._base(first.fact), self._base(second.fact), self._random)
            parts = (*first.mention.parts, *second.mention.parts)
            return Asked(self._styled(question), f"{first.reply} {second.reply}", "two-part", parts)
        absent = self._absences.draw()
        if absent is None or not absent.asks:
            return None
        pair = [self._base(first.fact), self._base(absent)]
        if self._random.random() < 0.5:
            pair.reverse()
        question = phrasing.two(pair[0], pair[1], self._random)
        return Asked(self._styled(question), first.reply, "one-of-two", first.mention.parts)

    def _reverse(self) -> Asked | None:
        fit = [t for t in self.told if t.fact.reverse and self._unique(t.fact)]
        if not fit:
            return None
        told = self._random.choice(fit)
        base = self._named(self._random.choice(told.fact.reverse), told.fact.entity)
        return Asked(self._styled(base), told.reply, "reverse", told.mention.parts)

    def _unique(self, fact: Fact) -> bool:
        return (
            sum(f.value == fact.value and f.entity is fact.entity for f in self._world.facts) == 1
        )

    def _compare(self) -> Asked | None:
        by_key: dict[tuple[str, ...], list[Told]] = {}
        for told in self.told:
            if told.fact.kind in {"value", "list"}:
                by_key.setdefault(told.fact.key, []).append(told)
        pairs = [group for group in by_key.values() if len(group) > 1]
        if not pairs:
            return self._siblings()
        first, second = self._random.sample(self._random.choice(pairs), 2)
        a, b, label = first.fact.entity.ref, second.fact.entity.ref, first.fact.label
        if first.fact.bare_label:
            return None
        asks = [
            f"Compare the {label} of {a} and {b}.",
            f"How do {a} and {b} differ in the {label}?",
            f"What is the {label} of {a}, and of {b}?",
            f"{a} against {b}: the {label}?",
            f"Is the {label} the same for {a} and {b}?",
        ]
        question = self._random.choice(asks)
        parts = (*first.mention.parts, *second.mention.parts)
        reply = f"{first.reply} {second.reply}"
        if question.startswith("Is "):
            same = first.fact.value == second.fact.value
            reply = f"{'Yes' if same else 'No'}, {first.mid} {second.reply}"
        return Asked(self._styled(sentence(question, "")), reply, "comparison", parts)

    def _conditions(self) -> Asked | None:
        """An attribute that depends on a condition, asked without one: all that is said of it."""
        groups: dict[tuple[str, tuple[str, ...]], list[Told]] = {}
        for told in self.told:
            if told.fact.condition:
                groups.setdefault((told.fact.entity.name, told.fact.key[:2]), []).append(told)
        if not groups:
            return None
        group = self._random.choice(list(groups.values()))
        entity, key = group[0].fact.entity, group[0].fact.key
        known = [f for f in self._world.facts if f.entity is entity and f.key[:2] == key[:2]]
        if len(known) != len(group):
            return None
        family = next(f for f in self._world.families.families if f.name == key[0])
        bare = self._world.families.fact(self._random, entity, family, key[1])
        parts = tuple(part for told in group for part in told.mention.parts)
        reply = " ".join(told.reply for told in sorted(group, key=lambda told: told.number))
        return Asked(self._styled(self._base(bare)), reply, "conditions", parts)

    def _siblings(self) -> Asked | None:
        """Two variants of one attribute of one thing."""
        groups: dict[tuple[str, str], list[Told]] = {}
        for told in self.told:
            if told.fact.kind == "value" and not told.fact.bare_label and not told.fact.condition:
                groups.setdefault((told.fact.entity.name, told.fact.key[0]), []).append(told)
        pairs = [group for group in groups.values() if len(group) > 1]
        if not pairs:
            return None
        first, second = self._random.sample(self._random.choice(pairs), 2)
        one, other = first.fact.label, second.fact.label
        question = self._random.choice(
            (
                f"How do the {one} and the {other} of {{E}} differ?",
                f"Compare the {one} and the {other} of {{E}}.",
                f"What are the {one} and the {other} of {{E}}?",
            )
        )
        parts = (*first.mention.parts, *second.mention.parts)
        said = self._styled(self._named(question, first.fact.entity))
        return Asked(said, f"{first.reply} {second.reply}", "comparison", parts)

    # -- not answerable ---------------------------------------------------------------------

    def _near_miss(self) -> Asked | None:
        if self._silent and self._random.random() < 0.12:
            fact = self._random.choice(self._silent).fact
            told = {(t.fact.entity.name, t.fact.key) for t in self.told}
            if (fact.entity.name, ("why", fact.key[1])) in told:
                return None
            return Asked(self._styled(self._base(fact)), DECLINE, "decline")
        fact_or_none = self._absences.draw()
        if fact_or_none is None:
            return None
        fact = fact_or_none
        draw = self._random.random()
        if fact.checks and (draw < 0.15 or not fact.asks):
            template, _ = self._random.choice(fact.checks)
            return Asked(self._styled(self._named(template, fact.entity)), DECLINE, "decline")
        second = self._absences.draw()
        if (
            draw < 0.25
            and second is not None
            and second.key != fact.key
            and fact.asks
            and second.asks
        ):
            both = phrasing.two(self._base(fact), self._base(second), self._random)
            return Asked(self._styled(both), DECLINE, "decline")
        return Asked(self._styled(self._base(fact)), DECLINE, "decline") if fact.asks else None

    # -- wording ----------------------------------------------------------------------------

    def _base(self, fact: Fact, mention: Mention | None = None) -> str:
        """A whole question, or a few words."""
        if mention is not None and mention.asks and self._random.random() < 0.45:
            return self._named(self._random.choice(mention.asks), fact.entity)
        if self._random.random() < 0.13 and fact.kind in {"value", "list"}:
            return phrasing.short(self._random, fact.label, fact.entity.title)
        if self._random.random() < 0.1 and fact.kind in {"value", "list"} and not fact.bare_label:
            return self._named(phrasing.general(self._random, fact.label), fact.entity)
        asks = [ask for n, ask in enumerate(fact.asks) if (n % 5 == 4) == self._held_out]
        if self._held_out and self._random.random() < 0.5:
            asks = list(fact.asks)
        return self._named(self._random.choice(asks or list(fact.asks)), fact.entity)

    def _named(self, template: str, entity: Entity) -> str:
        name = phrasing.named(self._random, entity.title, entity.name, entity.ref, entity.noun)
        return sentence(template, name)

    def _styled(self, question: str) -> str:
        return phrasing.styled(self._random, question, self._world.names, held_out=self._held_out)


Maker = Callable[[], Asked | None]
