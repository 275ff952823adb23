"""Facts as documents: uneven Markdown with prose, lists, tables, configuration and models."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from tools.adapter.facts import Entity, Fact, Mention, behind, flat, sentence

_FILLERS = (
    "This part is for people who meet {E} for the first time.",
    "The figures were checked by two people.",
    "Older printed copies of this text may differ.",
    "See the other sections for details.",
    "Questions about {E} are best asked in writing.",
    "The list is not complete and grows with every edition.",
    "Most sites leave these values as they are.",
    "Nothing here replaces the training course.",
    "Terms are used as in the rest of this document.",
    "Changes need a restart.",
    "A printed copy hangs beside the entrance.",
    "Readers in a hurry may skip this part.",
)  # fmt: skip
_TAILS = (
    " (see the release notes)",
    ", as most sites have found",
    ", which is checked once a year",
    " (agreed in the last review)",
    ", unless a contract says otherwise",
    " (see also the annex)",
    ", as the figure shows",
)


@dataclass(slots=True)
class Page:
    """A document being written."""

    path: str
    title: str
    parts: list[str] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The Markdown file."""
        return "\n\n".join([f"# {self.title}", *self.parts]) + "\n"

    def heading(self, words: str, level: int = 2) -> None:
        """A section starts."""
        self.parts.append(f"{'#' * level} {words}")


def prose(
    random: Random, page: Page, entity: Entity, facts: Sequence[Fact], *, named: bool
) -> None:
    """A paragraph. `named`: the heading names the thing, so a sentence may say «it»."""
    said: list[str] = []
    subject = False
    for fact in facts:
        template = random.choice(fact.says)
        mention = sentence(template, fact.entity.ref)
        text = mention
        pronoun = template.startswith("{E}") and template.count("{E}") == 1
        if subject and named and pronoun and random.random() < 0.4:
            noun = fact.entity.noun.split(" ")[-1]
            called = random.choice(("it", f"the {noun}" if noun else "it"))
            text = sentence(template, called)
        else:
            called = fact.entity.ref
        bare = flat(text).rstrip(".")
        if said and random.random() < 0.15 and said[-1].endswith("."):
            bare = flat(behind(template, called)).rstrip(".")
            said[-1] = (
                said[-1].rstrip(".") + random.choice((", and ", "; ", ", while ")) + f"{bare}."
            )
        elif random.random() < 0.1:
            said.append(f"{bare}{random.choice(_TAILS)}.")
        else:
            said.append(f"{bare}.")
        page.mentions.append(Mention(fact, (bare,), (), mention, behind(template, fact.entity.ref)))
        subject = pronoun
        if random.random() < 0.12:
            said.append(_filler(random, entity))
            subject = False
    if random.random() < 0.25:
        said.insert(random.choice((0, len(said))), _filler(random, entity))
    page.parts.append(" ".join(said))


def _filler(random: Random, entity: Entity) -> str:
    return sentence(random.choice(_FILLERS), entity.ref)


def as_row(fact: Fact) -> str:
    """What an answer says of a value in a list or a table."""
    if fact.bare_label:
        return sentence(fact.says[0], fact.entity.ref)
    plural = fact.items and fact.label.split(" of ")[0].split(" on ")[0].split(" with ")[
        0
    ].endswith("s")
    at = fact.condition
    label = fact.label.removesuffix(f" {at}") if at else fact.label
    tail = f" {at}" if at else ""
    return sentence(
        f"the {label} of {{E}} {'are' if plural else 'is'} {fact.value}{tail}.", fact.entity.ref
    )


def bullets(random: Random, page: Page, facts: Sequence[Fact]) -> None:
    """One attribute a line."""
    mark = random.choice(
        ("- {l}: {v}", "- **{l}**: {v}", "* {l} - {v}", "- {l}: {v}.", "- `{l}`: {v}")
    )
    lines = []
    for fact in facts:
        line = mark.replace("{l}", fact.label).replace("{v}", fact.value)
        lines.append(line)
        page.mentions.append(Mention(fact, (flat(line),), reply=as_row(fact), kind="list-line"))
    page.parts.append("\n".join(lines))


def items(random: Random, page: Page, fact: Fact) -> None:
    """The items of one fact, one a line."""
    lead = sentence(random.choice(fact.leads), fact.entity.ref)
    ordered = fact.kind == "steps"
    lines = [f"{n}. {item}" if ordered else f"- {item}" for n, item in enumerate(fact.items, 1)]
    page.parts += [lead, "\n".join(lines)]
    reply = (
        f"{lead.rstrip(':')} {fact.value}."
        if not ordered
        else sentence(fact.says[0], fact.entity.ref)
    )
    if "these" in lead or re.search(r"has \w+ ", lead):
        reply = f"{lead} {fact.value}."
    page.mentions.append(Mention(fact, tuple(flat(line) for line in lines), (flat(lead),), reply))


def table(random: Random, page: Page, facts: Sequence[Fact]) -> None:
    """One attribute a row."""
    left, right = random.choice(
        (("Parameter", "Value"), ("Item", "Setting"), ("Property", "Value"), ("What", "Value"))
    )
    rows = [f"| {left} | {right} |", "|---|---|"]
    for fact in facts:
        row = f"| {fact.label} | {fact.value} |"
        rows.append(row)
        page.mentions.append(Mention(fact, (row,), reply=as_row(fact), kind="table"))
    page.parts.append("\n".join(rows))


def matrix(page: Page, columns: Sequence[Sequence[Fact]]) -> None:
    """One thing a row, one attribute a column; `columns` hold the same things in the same order."""
    noun = "Name"
    header = f"| {noun} | {' | '.join(column[0].label for column in columns)} |"
    rows = [header, "|" + "---|" * (len(columns) + 1)]
    for cells in zip(*columns, strict=True):
        row = f"| {cells[0].entity.title} | {' | '.join(fact.value for fact in cells)} |"
        rows.append(row)
        page.mentions += [Mention(f, (row,), (header,), as_row(f), kind="table") for f in cells]
    page.parts.append("\n".join(rows))


def config(random: Random, page: Page, facts: Sequence[Fact]) -> None:
    """A block of settings; the heading names the thing."""
    form = random.choice(("{k} = {v}", "{k}: {v}", '{k} = "{v}"', "set {k} {v}"))
    mark = random.choice(("_", "-"))
    lines = []
    for fact in facts:
        key = _key(fact.label, mark)
        line = form.replace("{k}", key).replace("{v}", fact.value)
        lines.append(line)
        asks = (
            f"What is {key} set to on {{E}}?",
            f"What value has {key} in the configuration of {{E}}?",
            f"{key} of {{E}}?",
            f"Which {key} is configured for {{E}}?",
        )
        reply = sentence(f"the {key} of {{E}} is {fact.value}.", fact.entity.ref)
        page.mentions.append(Mention(fact, (flat(line),), (), reply, asks=asks, kind="code"))
    page.parts.append("\n".join([f"```{random.choice(('', 'ini', 'yaml'))}", *lines, "```"]))


def model(random: Random, page: Page, entity: Entity, facts: Sequence[Fact]) -> None:
    """Leaves as YANG writes them; the heading names the thing."""
    out = [f"container {_key(entity.title, '-')} {{"]
    for fact in facts:
        key = _key(fact.label, "-")
        leaf = [f"  leaf {key} {{", "    type string;", f'    default "{fact.value}";', "  }"]
        out += leaf
        asks = (
            f"What is the default of {key} in {{E}}?",
            f"Which default has the leaf {key} of {{E}}?",
            f"What does {key} of {{E}} default to?",
        )
        reply = sentence(f"the default of {key} of {{E}} is {fact.value}.", fact.entity.ref)
        page.mentions.append(
            Mention(fact, (flat("\n".join(leaf[:3])),), (), reply, asks=asks, kind="code")
        )
    page.parts.append("\n".join(["```yang", *out, "}", "```"]))


def _key(label: str, mark: str) -> str:
    return mark.join(re.findall(r"\w+", label.lower()))
