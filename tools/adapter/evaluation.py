"""A collection of invented documents with questions, whose names no training has seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from tools.adapter import phrasing
from tools.adapter.facts import Entity, Fact, Mention, sentence, under
from tools.adapter.families import load
from tools.adapter.world import World, world

_WORLDS = 8


@dataclass(frozen=True, slots=True)
class Question:
    """A question over the collection, as tools/measure_answers.py reads it."""

    q: str
    answers: tuple[tuple[str, ...], ...]
    """Groups of alternatives that a right answer holds; empty: the documents do not say."""
    file: str
    kind: str


def evaluation_world(
    seed: int, questions: int = 120
) -> tuple[list[tuple[str, str]], list[Question]]:
    """About 40 documents (path, Markdown) and questions, a third of them without an answer."""
    random, families = Random(f"evaluation {seed}"), load()
    worlds: list[World] = []
    for _ in range(_WORLDS):
        taken = [name for one in worlds for name in one.names]
        worlds.append(world(random, families, "evaluation", taken, entities=5))
    documents = [
        (f"{number}/{page.path}", page.text)
        for number, one in enumerate(worlds, 1)
        for page in one.pages
    ]
    asked: dict[str, Question] = {}
    while len(asked) < questions:
        number = random.randrange(_WORLDS)
        made = _question(random, worlds[number], f"{number + 1}/")
        if made is not None:
            asked[made.q] = made
    return documents, list(asked.values())


def _question(random: Random, of: World, folder: str) -> Question | None:
    told = [
        (mention, page.path)
        for page in of.pages
        for mention in page.mentions
        if mention.fact.kind != "unexplained" and mention.fact.asks
    ]
    mention, path = random.choice(told)
    fact = mention.fact
    draw = random.random()
    if draw < 0.34:
        absent = _absent(random, of, fact)
        if absent is None:
            return None
        return Question(_ask(random, of, absent), (), folder + path, "unanswerable")
    if draw < 0.5:
        return _two(random, of, told, mention, folder + path)
    return Question(_ask(random, of, fact), _keys(fact), folder + path, fact.kind)


def _two(
    random: Random, of: World, told: list[tuple[Mention, str]], first: Mention, file: str
) -> Question | None:
    same = [
        m.fact
        for m, _ in told
        if m.fact.entity is first.fact.entity and m.fact.key != first.fact.key
    ]
    second = random.choice(same)
    both = phrasing.two(_plain(random, first.fact), _plain(random, second), random)
    return Question(both, (*_keys(first.fact), *_keys(second)), file, "two-part")


def _keys(fact: Fact) -> tuple[tuple[str, ...], ...]:
    return tuple((key,) for key in fact.keys)


def _plain(random: Random, fact: Fact) -> str:
    entity = fact.entity
    name = phrasing.named(random, entity.title, entity.name, entity.ref, entity.noun)
    return sentence(random.choice(fact.asks), name)


def _ask(random: Random, of: World, fact: Fact) -> str:
    return phrasing.styled(random, _plain(random, fact), of.names, held_out=True)


def _absent(random: Random, of: World, fact: Fact) -> Fact | None:
    """The same of another thing, a sibling of the same thing, or under another condition."""
    stated = {(f.entity.name, f.key[:2]) for f in of.facts}
    family = next((f for f in of.families.families if f.name == fact.key[0]), None)
    if family is None or fact.condition.endswith("2020"):
        return None
    if fact.condition:
        known = {
            f.condition for f in of.facts if f.entity is fact.entity and f.key[:2] == fact.key[:2]
        }
        other = "in release 9.9"
        bare = of.families.fact(random, fact.entity, family, fact.key[1])
        return None if other in known else under(bare, other)
    if random.random() < 0.5:
        free = [v for v in family.variants if (fact.entity.name, (family.name, v)) not in stated]
        return of.families.fact(random, fact.entity, family, random.choice(free)) if free else None
    others: list[Entity] = [
        e
        for e in (*of.entities, *of.spare)
        if e is not fact.entity
        and e.group == fact.entity.group
        and (e.name, fact.key[:2]) not in stated
    ]
    return replace(fact, entity=random.choice(others)) if others else None
