"""What is true in an invented world, and where a document says it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_OPENERS = frozenset(
    "The A An Every If No In On At For After Clients There Against To By With While Each Because "
    "When As Steps".split()
)


@dataclass(frozen=True, slots=True)
class Entity:
    """An invented thing."""

    name: str
    """«Tarvo»: unique in its world."""
    noun: str
    """«node»; empty where the thing goes by its name alone."""
    group: str
    """net, soft, machine or place: which families fit."""
    article: bool = True

    @property
    def ref(self) -> str:
        """As a sentence names it: «the Tarvo node»."""
        plain = f"{self.name} {self.noun}".strip()
        return f"the {plain}" if self.article else plain

    @property
    def title(self) -> str:
        """As a heading names it: «Tarvo node»."""
        return f"{self.name} {self.noun}".strip()


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement. Its sentences name the thing as {E}."""

    entity: Entity
    key: tuple[str, ...]
    """Family, variant and condition: the same for the same attribute of another thing."""
    label: str
    value: str
    keys: tuple[str, ...]
    """What an answer must hold literally."""
    says: tuple[str, ...]
    asks: tuple[str, ...]
    leads: tuple[str, ...] = ()
    """Sentences in front of a bullet list of `items`."""
    items: tuple[str, ...] = ()
    reverse: tuple[str, ...] = ()
    """Questions from the value to the attribute."""
    checks: tuple[tuple[str, bool], ...] = ()
    """Questions for yes or no, and whether yes is right."""
    kind: str = "value"
    prose: bool = False
    """Whether only a sentence can state it, not a table or a list."""
    bare_label: bool = False
    """Whether «the LABEL of X is …» is no English."""

    @property
    def condition(self) -> str:
        """«in release 2.4»; empty where it holds always."""
        return self.key[2] if len(self.key) > 2 else ""


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a document that states a fact."""

    fact: Fact
    parts: tuple[str, ...]
    """Literal stretches that hold the value: all of them are needed."""
    needs: tuple[str, ...] = ()
    """Literal stretches without which the parts cannot be understood: a table's header."""
    reply: str = ""
    """The sentence an answer copies, entity named."""
    mid: str = ""
    """The reply as it goes on behind «Yes, »."""
    asks: tuple[str, ...] = ()
    """Questions in words that only this place has, as a key of a configuration."""
    kind: str = ""


def sentence(template: str, entity: str) -> str:
    """A template with the thing in it, as a sentence."""
    text = template.replace("{E}", entity)
    return text[:1].upper() + text[1:]


def behind(template: str, entity: str) -> str:
    """A template with the thing in it, as it goes on behind other words."""
    return inner(template.replace("{E}", entity))


def inner(text: str) -> str:
    """A sentence as it goes on behind other words: «The node …» as «the node …»."""
    first, space, rest = text.partition(" ")
    return f"{first[:1].lower()}{first[1:]}{space}{rest}" if first in _OPENERS else text


def under(fact: Fact, condition: str) -> Fact:
    """The fact as it holds under a condition only."""
    return replace(
        fact,
        key=(*fact.key[:2], condition),
        label=f"{fact.label} {condition}",
        says=tuple(
            said
            for text in fact.says
            for said in (
                f"{condition[:1].upper()}{condition[1:]}, {inner(text)}",
                _late(text, condition),
            )
        ),
        asks=tuple(
            said
            for text in fact.asks
            for said in (
                f"{text.rstrip('?.')} {condition}?",
                f"{condition[:1].upper()}{condition[1:]}, {text[:1].lower()}{text[1:]}",
            )
        ),
        reverse=(),
        checks=tuple((f"{text.rstrip('?')} {condition}?", holds) for text, holds in fact.checks),
    )


def _late(text: str, condition: str) -> str:
    return f"{text.rstrip('.')} {condition}."


def flat(text: str) -> str:
    """White space as the model sees it."""
    return re.sub(r"\s+", " ", text).strip()


def cited(sentence: str, number: int) -> str:
    """The sentence with its passage number before the full stop."""
    return f"{sentence.rstrip().rstrip('.')} [{number}]."


def joined(items: tuple[str, ...]) -> str:
    """«a, b and c»."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
