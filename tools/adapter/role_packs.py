"""Packs of the other roles: decompose, synthesise, answered, choose and restate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from engine.retrieval.sentences import sentences
from engine.roles import choose, decompose, judge, synthesise
from engine.roles.prompt import PromptSet
from tools.adapter import phrasing
from tools.adapter.facts import Fact, cited, sentence
from tools.adapter.families import Families
from tools.adapter.follow_ups import FollowUps, Said
from tools.adapter.names import Split
from tools.adapter.packing import Branch, Line
from tools.adapter.primer_packs import Primer
from tools.adapter.world import World, world

_ROLES = ("decompose", "synthesise", "answered", "choose", "restate")
_WEIGHTS = (0.26, 0.24, 0.18, 0.12, 0.2)


@dataclass(frozen=True, slots=True)
class Known:
    """A question for one thing, and the finding that answers it."""

    question: str
    finding: str
    query: str
    again: str
    """Another query for the same."""
    fact: Fact | None = None


class Maker:
    """Makes conversations over one world and the primer."""

    def __init__(
        self, random: Random, prompts: PromptSet, of: World, primer: Primer, *, held_out: bool
    ) -> None:
        self._random, self._prompts, self._world, self._held_out = random, prompts, of, held_out
        self._primer = [one for one in primer.written if one.answer and len(one.answer) < 220]
        self._follow_ups = FollowUps(random, prompts, of, [one.question for one in self._primer])
        self._facts = [
            fact
            for fact in of.facts
            if fact.asks and fact.kind in {"value", "list", "why", "message"}
        ]

    def make(self, role: str) -> Said:
        """One conversation of the role."""
        makers: dict[str, Callable[[], Said]] = {
            "decompose": self._decompose,
            "synthesise": self._synthesise,
            "answered": self._answered,
            "choose": self._choose,
            "restate": self._follow_ups.make,
        }
        return makers[role]()

    def _pick(self, count: int, *, primer: bool) -> list[Known]:
        if primer and len(self._primer) > count and self._random.random() < 0.35:
            drawn = self._random.sample(self._primer, count)
            return [
                Known(one.question, _numbered(one.answer, self._random.randint(1, 9)), "", "")
                for one in drawn
            ]
        facts = self._random.sample(self._facts, count)
        return [self._known(fact) for fact in facts]

    def _known(self, fact: Fact) -> Known:
        asks = self._random.sample(fact.asks, 2) if len(fact.asks) > 1 else [fact.asks[0]] * 2
        said = sentence(self._random.choice(fact.says), fact.entity.ref)
        query = f"{fact.entity.title} {fact.label}"
        again = sentence(asks[1], fact.entity.ref).rstrip("?.")
        return Known(
            sentence(asks[0], fact.entity.ref),
            cited(said, self._random.randint(1, 9)),
            query,
            again,
            fact,
        )

    def _decompose(self) -> Said:
        first, second = self._pick(2, primer=False)
        both = phrasing.two(first.question, second.question, self._random)
        known: tuple[str, ...] = ()
        searched: tuple[str, ...] = ()
        failed: tuple[str, ...] = ()
        question, reply = both, second.query
        match self._random.choice(("start", "second", "first", "failed", "twice", "half failed")):
            case "start":
                question, reply = first.question, first.query
            case "second":
                known, searched = (first.finding,), (both,)
            case "first":
                known, searched, reply = (second.finding,), (both,), first.query
            case "failed":
                question, reply = first.question, first.query
                searched = failed = (first.question,)
            case "twice":
                question, reply = first.question, first.again
                searched = failed = (first.question, first.query)
            case _:
                known, searched, failed = (first.finding,), (both, second.query), (second.query,)
                reply = second.again
        said = decompose.messages(
            self._prompts, question, options=(), findings=known, searched=searched, failed=failed
        )
        return Said(said, reply, "query")

    def _synthesise(self) -> Said:
        parts = self._random.choice((1, 2, 2))
        picked = self._pick(self._random.randint(max(2, parts), 4), primer=True)
        asked, rest = picked[:parts], picked[parts:]
        question = asked[0].question
        if parts == 2:
            question = phrasing.two(asked[0].question, asked[1].question, self._random)
        shown = [*asked, *rest]
        self._random.shuffle(shown)
        reply = " ".join(one.finding for one in asked)
        said = synthesise.messages(self._prompts, question, [one.finding for one in shown])
        return Said(said, reply, "synthesis")

    def _answered(self) -> Said:
        parts = self._random.choice((1, 2))
        picked = self._pick(4, primer=True)
        asked, rest = picked[:parts], picked[parts:]
        question = asked[0].question
        if parts == 2:
            question = phrasing.two(asked[0].question, asked[1].question, self._random)
        yes = self._random.random() < 0.5
        found = list(asked) if yes else asked[1:]
        if not yes and self._random.random() < 0.5:
            found = asked[:-1]
        found = [*found, *rest[: self._random.randint(0 if found else 1, 2)]]
        self._random.shuffle(found)
        said = judge.messages(self._prompts, question, [one.finding for one in found])
        return Said(said, "yes" if yes else "no", "yes" if yes else "no")

    def _choose(self) -> Said:
        pool = [f for f in self._facts if f.kind == "value" and f.checks]
        fact = self._random.choice(pool)
        known = self._known(fact)
        family = next(f for f in self._world.families.families if f.name == fact.key[0])
        options = {fact.value: None}  # in the order drawn: a set has none
        for _ in range(40):
            drawn = self._world.families.fact(self._random, fact.entity, family, fact.key[1])
            options[drawn.value] = None
            if len(options) == 4:
                break
        listed = sorted(options, key=lambda _: self._random.random())
        other = self._known(self._random.choice([f for f in pool if f is not fact] or pool))
        findings = [known.finding, other.finding][: self._random.randint(1, 2)]
        self._random.shuffle(findings)
        said = choose.messages(self._prompts, known.question, listed, findings)
        return Said(said, fact.value, "option")


def packs(
    random: Random,
    prompts: PromptSet,
    families: Families,
    primer: Primer,
    count: int,
    *,
    held_out: bool,
) -> Iterator[Line]:
    """`count` packs, each of one role and about ten conversations."""
    split: Split = "held_out" if held_out else "training"
    for number in range(count):
        of = world(random, families, split, entities=4)
        maker = Maker(random, prompts, of, primer, held_out=held_out)
        role = random.choices(_ROLES, _WEIGHTS)[0]
        said = [maker.make(role) for _ in range(random.randint(9, 13))]
        yield _line(f"{role}-{'held-' if held_out else ''}{number}", role, said, held_out)


def _line(name: str, role: str, said: Sequence[Said], held_out: bool) -> Line:
    texts = [one.messages[-1].content for one in said]
    shared = _common(texts)
    branches = tuple(
        Branch(rest=text[len(shared) :], reply=one.reply, kind=one.kind)
        for text, one in zip(texts, said, strict=True)
    )
    return Line(name, role, held_out, said[0].messages[0].content, shared, branches)


def _numbered(answer: str, number: int) -> str:
    """Each sentence of an answer with the number, as the answer role writes it."""
    return " ".join(cited(part, number) for part in sentences(answer))


def _common(texts: Sequence[str]) -> str:
    """What all texts begin with."""
    first, last = min(texts), max(texts)
    end = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:end]
