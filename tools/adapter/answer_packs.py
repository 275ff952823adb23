"""Packs of the answer role over invented worlds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from engine.events import Passage
from engine.roles.answer import messages
from engine.roles.prompt import PromptSet
from tools.adapter import injections
from tools.adapter.evidence import Ranking, Shown, read, sources
from tools.adapter.facts import sentence
from tools.adapter.families import Families
from tools.adapter.packing import Branch, Line
from tools.adapter.questions import Asked, Questioner
from tools.adapter.world import World, world

DECLINED = 0.37
"""Share of the questions over invented worlds that have no answer."""
_PER_WORLD = 4


def packs(
    random: Random, prompts: PromptSet, families: Families, count: int, *, held_out: bool
) -> Iterator[Line]:
    """`count` packs, four over each world."""
    made = 0
    while made < count:
        of = world(
            random, families, "held_out" if held_out else "training", entities=random.randint(3, 5)
        )
        limit = random.choice((120, 160, 220, 220))
        found = [source for page in of.pages for source in sources(page.path, page.text, limit)]
        ranking = Ranking(found)
        for _ in range(min(_PER_WORLD, count - made)):
            passages = _passages(random, of, ranking)
            hurt = random.random() < 0.06
            shown = tuple(_injected(random, passages) if hurt else passages)
            asker = Questioner(random, of, Shown.of(shown), held_out=held_out)
            asked = asker.ask(random.randint(8, 14), DECLINED)
            if len(asked) > 3:
                made += 1
                mark = "held" if held_out else "world"
                yield line(
                    prompts, f"{mark}-{made}", shown, asked, held_out, "injection" if hurt else ""
                )


def _passages(random: Random, of: World, ranking: Ranking) -> list[Passage]:
    """What a search for one fact of the world brings."""
    fact = random.choice([fact for fact in of.facts if fact.asks])
    query = sentence(random.choice(fact.asks), fact.entity.ref)
    count = random.choices((1, 2, 3, 4), (0.06, 0.1, 0.3, 0.54))[0]
    best = ranking.best(query, count + 1)
    if len(best) > count:
        # The best one is missing now and then, as after a search that failed.
        best = best[1:] if random.random() < 0.08 else best[:count]
    limit = random.choices((150, 0, 200, 100), (0.68, 0.12, 0.12, 0.08))[0]
    return read(random, [ranking.sources[n] for n in best], query, limit)


def _injected(random: Random, passages: Sequence[Passage]) -> list[Passage]:
    """One passage carries an order, before or behind its text."""
    hurt = random.randrange(len(passages))
    order = injections.order(random)
    out = list(passages)
    text = out[hurt].excerpt or out[hurt].text
    text = f"{order}\n\n{text}" if random.random() < 0.5 else f"{text}\n\n{order}"
    kept = out[hurt]
    out[hurt] = Passage(
        number=kept.number, id=kept.id, document=kept.document, source=kept.source,
        section=kept.section, text=text, dense=0.5, lexical=1.0, fused=0.5,
    )  # fmt: skip
    return out


def line(
    prompts: PromptSet,
    name: str,
    passages: Sequence[Passage],
    asked: Sequence[Asked],
    held_out: bool,
    kind: str = "",
) -> Line:
    """A pack: what all its user messages begin with, and how each goes on."""
    said = [messages(prompts, one.question, list(passages)) for one in asked]
    shared = messages(prompts, "", list(passages))[-1].content
    branches = tuple(
        Branch(rest=m[-1].content.removeprefix(shared), reply=one.reply, kind=kind or one.kind)
        for m, one in zip(said, asked, strict=True)
    )
    return Line(name, "answer", held_out, said[0][0].content, shared, branches)
