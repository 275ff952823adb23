"""An invented world: things, facts about them, and documents that state the facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tools.adapter import names, render, specials
from tools.adapter.facts import Entity, Fact, Mention, under
from tools.adapter.families import Families, Family
from tools.adapter.names import Split
from tools.adapter.render import Page

_NOUNS: dict[str, tuple[str, ...]] = {
    "net": tuple(
        "node|hub|gateway|controller|unit|agent|broker|router|interface|protocol|relay|radio head|"
        "switch|bridge|collector|edge server|beacon|sensor link".split("|")
    ),
    "soft": tuple(
        "daemon|library|scheduler|store|compiler|portal|service|planner|toolkit|archive server|"
        "queue manager|message bus|index|rApp|xApp|dashboard".split("|")
    ),
    "machine": tuple(
        "pump|valve|oven|press|boiler|mixer|dryer|crane|turbine|washer|coffee machine|lathe|"
        "compressor|printer|heater|milling machine|ticket machine".split("|")
    ),
    "place": tuple(
        "library|station|museum|depot|clinic|workshop|ferry terminal|archive|swimming pool|"
        "reading room|market hall|tram stop|school|observatory".split("|")
    ),
}
_RELEASES = tuple(f"in release {major}.{minor}" for major in range(1, 8) for minor in (0, 2, 4))
CONDITIONS = (
    *_RELEASES, "in standby mode", "at night", "on battery", "under load", "in test mode",
    "during an update", "for guests", "in profile A", "in profile B", "in profile C",
    "on the uplink", "on the downlink", "before 2020", "since 2020",
)  # fmt: skip
_SECTIONS = {
    "Timing": "timer wait period retry opening weekday loan service".split(),
    "Limits and sizes": (
        "capacity size retention threshold room length rate accuracy weight".split()
    ),
    "Interfaces": "port codec transport cipher message fields standard version".split(),
    "Operation": (
        "owner person states modes colour steps roles fallback services parts metrics".split()
    ),
    "Construction": "pressure temperature material fluid power location".split(),
    "Inside": "store algorithm language licence file founded fee".split(),
}
_OTHER = ("Background", "Notes", "Overview", "Remarks", "General")
_UNCONDITIONED = frozenset("opening founded weekday person licence language".split())
_TITLES = (
    "{t}",
    "{t} handbook",
    "{t}: reference",
    "{t} guide",
    "{t} description",
    "Working with the {t}",
)


@dataclass(frozen=True, slots=True)
class World:
    """Things, facts and the pages that state them."""

    families: Families
    split: Split
    entities: tuple[Entity, ...]
    facts: tuple[Fact, ...]
    pages: tuple[Page, ...]
    spare: tuple[Entity, ...]
    """Things that no page describes."""

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """Every place that states a fact."""
        return tuple(mention for page in self.pages for mention in page.mentions)

    @property
    def names(self) -> tuple[str, ...]:
        """All names of things."""
        return tuple(entity.name for entity in (*self.entities, *self.spare))


def world(
    random: Random,
    families: Families,
    split: Split,
    taken: Sequence[str] = (),
    *,
    entities: int = 5,
) -> World:
    """A world with all its documents."""
    things = _entities(random, split, entities + 2, taken)
    known, spare = things[:entities], things[entities:]
    facts = [fact for entity in known for fact in _facts(random, families, entity)]
    facts += _messages(random, known)
    pages = [
        _page(random, entity, [f for f in facts if f.entity is entity], known) for entity in known
    ]
    pages += _comparison(random, families, known, facts)
    return World(
        families, split, tuple(known), tuple(_all(facts, pages)), tuple(pages), tuple(spare)
    )


def _all(facts: Sequence[Fact], pages: Sequence[Page]) -> list[Fact]:
    told = [mention.fact for page in pages for mention in page.mentions]
    return list({(fact.entity.name, fact.key): fact for fact in [*facts, *told]}.values())


def _entities(random: Random, split: Split, count: int, taken: Sequence[str]) -> list[Entity]:
    groups = list(
        random.choice(
            (
                ("net", "soft"),
                ("net",),
                ("machine", "net"),
                ("machine", "place"),
                ("place", "soft"),
                ("soft", "net"),
                ("machine",),
            )
        )
    )
    nouns = {group: random.sample(_NOUNS[group], 2) for group in groups}
    found = []
    for name in names.distinct(random, split, count, taken):
        group = random.choice(groups)
        bare = group in {"net", "soft"} and random.random() < 0.15
        noun = "" if bare else random.choice(nouns[group])
        found.append(Entity(name, noun, group, article=not bare))
    return found


def _facts(random: Random, families: Families, entity: Entity) -> list[Fact]:
    """Ten to sixteen families, some with two or three variants that can be confused."""
    found: list[Fact] = []
    fitting = families.fitting(entity.group)
    for family in random.sample(fitting, min(len(fitting), random.randint(14, 24))):
        count = random.choice((1, 1, 2, 3))
        for variant in random.sample(family.variants, min(count, len(family.variants))):
            found += _conditioned(random, families, entity, family, variant)
    habits: set[str] = set()
    for _ in range(random.randint(1, 3)):
        told, silent = specials.reason(random, entity)
        if told.key[1] not in habits:
            habits.add(told.key[1])
            found.append(silent if random.random() < 0.35 else told)
    special = [specials.ability(random, entity) for _ in range(random.randint(2, 4))]
    special += [specials.definition(random, entity) for _ in range(random.randint(0, 2))]
    special += [specials.steps(random, entity)] if random.random() < 0.6 else []
    if (long := specials.expansion(random, entity)) is not None:
        special.append(long)
    return found + list({fact.key: fact for fact in special}.values())


def _conditioned(
    random: Random, families: Families, entity: Entity, family: Family, variant: str
) -> list[Fact]:
    if family.is_list or family.name in _UNCONDITIONED or random.random() < 0.8:
        return [families.fact(random, entity, family, variant)]
    pair = random.sample(_RELEASES, 2) if random.random() < 0.5 else random.sample(CONDITIONS, 2)
    made = [under(families.fact(random, entity, family, variant), condition) for condition in pair]
    return made if made[0].value != made[1].value else made[:1]


def _messages(random: Random, known: Sequence[Entity]) -> list[Fact]:
    """Messages between the things of a world that talk to each other."""
    able = [entity for entity in known if entity.group in {"net", "soft", "machine"}]
    found: dict[tuple[str, ...], Fact] = {}
    for _ in range(random.randint(2, 5) if len(able) > 1 else 0):
        sender, receiver = random.sample(able, 2)
        fact = specials.message(random, sender, receiver, random.choice((sender, receiver)).name)
        found[fact.key] = fact
    return list(found.values())


def _page(random: Random, entity: Entity, facts: Sequence[Fact], known: Sequence[Entity]) -> Page:
    title = random.choice(_TITLES).replace("{t}", entity.title)
    page = Page(f"{''.join(c if c.isalnum() else '_' for c in entity.title.lower())}.md", title)
    by_section: dict[str, list[Fact]] = {}
    other, second = random.sample(_OTHER, 2)
    # Real sections are uneven: most pages have few and long ones.
    merged = {title: random.choice((title, other, other, second)) for title in _SECTIONS}
    for fact in facts:
        home = next(
            (merged[title] for title, keys in _SECTIONS.items() if fact.key[0] in keys), other
        )
        by_section.setdefault(home, []).append(fact)
    sections = list(by_section.items())
    random.shuffle(sections)
    for heading, of_section in sections:
        random.shuffle(of_section)
        page.heading(heading if random.random() < 0.7 else f"{heading} of {entity.ref}")
        _section(random, page, entity, of_section)
    return page


def _section(random: Random, page: Page, entity: Entity, facts: Sequence[Fact]) -> None:
    """The facts in groups of one form each."""
    rest = list(facts)
    listed = [fact for fact in rest if fact.leads and random.random() < 0.55]
    rest = [fact for fact in rest if fact not in listed]
    plain = [fact for fact in rest if not fact.prose and fact.kind != "steps"]
    form = random.random()
    if len(plain) >= 3 and form < 0.62:
        few = plain[: random.randint(3, 6)]
        rest = [fact for fact in rest if fact not in few]
        if form < 0.16:
            render.bullets(random, page, few)
        elif form < 0.34:
            render.table(random, page, few)
        else:
            settings = [fact for fact in few if not fact.condition and not fact.items]
            rest = [fact for fact in [*rest, *few] if fact not in settings]
            if settings and form < 0.50:
                render.config(random, page, settings)
            elif settings:
                render.model(random, page, entity, settings)
    while rest:
        count = random.randint(2, 6)
        render.prose(random, page, entity, rest[:count], named=True)
        rest = rest[count:]
    for fact in listed:
        render.items(random, page, fact)


def _comparison(
    random: Random, families: Families, known: Sequence[Entity], facts: Sequence[Fact]
) -> list[Page]:
    """A page over several things: the same attribute of each, as a table and as prose."""
    group = random.choice(known).group
    peers = [entity for entity in known if entity.group == group]
    if len(peers) < 2:
        return []
    page = Page(
        "comparison.md",
        random.choice(
            ("Comparison", "Overview of the site", "At a glance", "Planning notes", "Inventory")
        ),
    )
    usable = [family for family in families.fitting(group) if not family.is_list]
    columns = []
    for family in random.sample(usable, min(len(usable), 4)):
        variant = random.choice(family.variants)
        if any(fact.key[:2] == (family.name, variant) and fact.entity in peers for fact in facts):
            continue
        columns.append([families.fact(random, entity, family, variant) for entity in peers])
    for start in range(0, len(columns), 2):
        two = columns[start : start + 2]
        page.heading(
            random.choice(("Table of values", "Side by side", "Figures", "In short"))
            if start == 0
            else "Further values"
        )
        if random.random() < 0.6:
            render.matrix(page, two)
        else:
            mixed = [fact for column in two for fact in column]
            render.prose(random, page, peers[0], mixed, named=False)
    return [page] if columns else []
