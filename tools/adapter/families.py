"""The families of facts in families.txt, and facts drawn from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tools.adapter.facts import Entity, Fact, joined

_FILE = Path(__file__).with_name("families.txt")
_RANGE = re.compile(r"(\d+)\.\.(\d+)(?: (.+))?$")
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")


@dataclass(slots=True)
class Family:
    """One family, as the file states it (the head of the file says what each line is)."""

    name: str
    groups: tuple[str, ...]
    variants: tuple[str, ...] = ()
    label: str = ""
    values: tuple[str, ...] = ()
    says: list[str] = field(default_factory=list)
    leads: list[str] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    reverse: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)

    @property
    def is_list(self) -> bool:
        """Whether its values are lists."""
        return self.values[0].startswith("list ")


@dataclass(frozen=True, slots=True)
class Families:
    """All families and the pools of words that they draw from."""

    families: tuple[Family, ...]
    pools: Mapping[str, tuple[str, ...]]

    def fitting(self, group: str) -> list[Family]:
        """The families of a group of things."""
        return [family for family in self.families if group in family.groups]

    def fact(self, random: Random, entity: Entity, family: Family, variant: str) -> Fact:
        """A fact with a fresh value."""
        wrong = ""
        items: tuple[str, ...] = ()
        if family.is_list:
            items, wrong = self._items(random, family.values[0])
            value, keys = joined(items), items
        else:
            kind = random.choice(family.values)
            value = self._value(random, kind, "")
            wrong = self._value(random, kind, value)
            keys = (value.split(" per ")[0],)
        put = _Put(variant, value, _COUNTS[len(items)] if items else "", family.label)
        right = random.choice(items) if items else value
        checks = [
            (put(ask.replace("{w}", shown)), shown == right)
            for ask in family.checks
            for shown in (right, wrong)
        ]
        return Fact(
            entity=entity,
            key=(family.name, variant),
            label=put(family.label.removeprefix("~")),
            value=value,
            keys=keys,
            says=tuple(put(text) for text in family.says),
            asks=tuple(put(text) for text in family.asks),
            leads=tuple(put(text) for text in family.leads),
            items=items,
            reverse=tuple(put(text) for text in family.reverse),
            checks=tuple(checks),
            kind="list" if items else "value",
            bare_label=family.label.startswith("~"),
        )

    def _items(self, random: Random, spec: str) -> tuple[tuple[str, ...], str]:
        _, span, pool = spec.split(" ")
        low, high = map(int, span.split(".."))
        drawn = random.sample(self.pools[pool], random.randint(low, high) + 1)
        return tuple(drawn[1:]), drawn[0]

    def _value(self, random: Random, spec: str, other: str) -> str:
        while True:
            value = self._draw(random, spec)
            if value != other:
                return value

    def _draw(self, random: Random, spec: str) -> str:
        if span := _RANGE.match(spec):
            low, high, unit = int(span[1]), int(span[2]), span[3]
            number = random.randint(low, high)
            if high > 200 and number > 100 and random.random() < 0.6:
                number = number // 10 * 10
            return f"{number} {unit}" if unit else str(number)
        match spec:
            case "port":
                return str(random.randint(1100, 9990))
            case "year":
                return str(random.randint(1871, 2024))
            case "version":
                return f"{random.randint(1, 9)}.{random.randint(0, 14)}"
            case "hour":
                return f"{random.randint(6, 14)}:{random.choice(('00', '15', '30', '45'))}"
            case "file":
                folder = random.choice(("/etc", "/var/lib", "/opt/site", "/srv", "/run"))
                stem = random.choice(
                    "main peers audit state local node site last base keys".split()
                )
                suffix = random.choice(("conf", "db", "log", "json", "txt"))
                return f"{folder}/{stem}{random.randint(2, 99)}.{suffix}"
            case _ if "|" in spec:
                return random.choice(spec.split("|"))
            case _:
                return random.choice(self.pools[spec])


@dataclass(frozen=True, slots=True)
class _Put:
    """Fills a template, the thing itself aside."""

    variant: str
    value: str
    count: str
    label: str

    def __call__(self, template: str) -> str:
        text = template.replace("{an p}", f"{_article(self.variant)} {self.variant}")
        text = text.replace(" a {p}", f" {_article(self.variant)} {self.variant}")
        text = text.replace("{l}", self.label).replace("{p}", self.variant)
        text = text.replace(" a {v}", f" {_article(self.value)} {{v}}")
        return text.replace("{v}", self.value).replace("{n}", self.count)


def _article(word: str) -> str:
    return "an" if word[:1].lower() in "aeiou" and not word.startswith(("uni", "one")) else "a"


def load() -> Families:
    """Read the file. Raises ValueError with the line that is not understood."""
    pools: dict[str, tuple[str, ...]] = {}
    families: list[Family] = []
    for number, line in enumerate(_FILE.read_text("utf-8").splitlines(), 1):
        mark, _, rest = line.partition(" ")
        if not mark or mark == "#":
            continue
        if mark == "%":
            pool, _, items = rest.partition(" ")
            pools[pool] = tuple(items.split("|"))
        elif mark == "@":
            name, _, groups = rest.partition(" | ")
            families.append(Family(name, tuple(groups.split())))
        elif mark == "p":
            families[-1].variants = tuple(rest.split("|"))
        elif mark == "l":
            families[-1].label = rest
        elif mark == "v":
            families[-1].values = tuple(rest.split("; "))
        else:
            into = families[-1]
            lines = {
                "s": into.says,
                "h": into.leads,
                "a": into.asks,
                "r": into.reverse,
                "y": into.checks,
            }
            if mark not in lines:
                raise ValueError(f"{_FILE}:{number}: a line starts with @ p l v s h a r y or %")
            lines[mark].append(rest)
    return Families(tuple(families), pools)
