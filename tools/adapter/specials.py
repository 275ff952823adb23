"""Facts that only a sentence can state: messages, reasons, abilities, definitions, steps."""

from __future__ import annotations

from random import Random

from tools.adapter import names
from tools.adapter.facts import Entity, Fact, joined

_WHEN = (
    "the link comes up", "a key has expired", "the queue is full", "the operator asks for it",
    "a sensor fails", "the last session ends", "the counter wraps", "a new peer appears",
    "the battery is low", "the door opens", "an order is cancelled", "the clock drifts",
    "two answers disagree", "the shift ends", "a checksum is wrong", "the level falls",
)  # fmt: skip
_HABITS = (
    ("keep two copies of every record", "keeps two copies of every record"),
    ("refuse requests from guests", "refuses requests from guests"),
    ("start in the slow mode", "starts in the slow mode"),
    ("ignore the first sample", "ignores the first sample"),
    ("close its doors at noon", "closes its doors at noon"),
    ("write its log twice", "writes its log twice"),
    ("ask for a second key", "asks for a second key"),
    ("drop old frames first", "drops old frames first"),
    ("use a separate power line", "uses a separate power line"),
    ("run without a fan", "runs without a fan"),
    ("sort entries by age", "sorts entries by age"),
    ("number its messages from one", "numbers its messages from one"),
    ("send short frames only", "sends short frames only"),
    ("pause for an hour each night", "pauses for an hour each night"),
    ("check every label twice", "checks every label twice"),
    ("rinse the tank before filling", "rinses the tank before filling"),
    ("hide the raw readings", "hides the raw readings"),
    ("leave the last slot empty", "leaves the last slot empty"),
    ("count empty orders too", "counts empty orders too"),
    ("turn off the lamp at dusk", "turns off the lamp at dusk"),
)
_REASONS = (
    "a single disk may fail", "the line is shared with an older device",
    "the first value is often wrong", "the cellar is damp", "the auditors ask for it",
    "noise would disturb the neighbours", "a restart takes too long", "the supply is weak",
    "the older firmware cannot read it", "two operators once edited the same entry",
    "heat shortens the life of the seals", "the law demands it", "the memory is small",
    "dust collects in the filter", "the peer does not confirm what it receives",
    "a wrong order cannot be undone", "the clock has no battery", "the fans use too much power",
    "visitors kept asking for it", "the cable is longer than planned",
)  # fmt: skip
_ABILITIES = (
    ("support hot swap", "supports hot swap"), ("accept card payment", "accepts card payment"),
    ("compress its backups", "compresses its backups"),
    ("forward broadcasts", "forwards broadcasts"),
    ("run on battery", "runs on battery"), ("sign its messages", "signs its messages"),
    ("answer anonymous requests", "answers anonymous requests"),
    ("restart by itself", "restarts by itself"),
    ("need a licence key", "needs a licence key"),
    ("work below freezing point", "works below freezing point"),
    ("split large files", "splits large files"),
    ("keep its state after a restart", "keeps its state after a restart"),
    ("admit visitors with dogs", "admits visitors with dogs"),
    ("allow parallel updates", "allows parallel updates"),
    ("check the age of a key", "checks the age of a key"),
    ("tolerate one failed peer", "tolerates one failed peer"),
    ("need a fixed address", "needs a fixed address"), ("store passwords", "stores passwords"),
    ("use the public network", "uses the public network"),
    ("confirm every order", "confirms every order"),
)  # fmt: skip
_TERMS = (
    "drain window", "cold slot", "grey list", "shadow key", "soft join", "twin read", "open lap",
    "late frame", "quiet zone", "pilot order", "ghost entry", "half reset", "amber phase",
    "dry run mark",
)  # fmt: skip
_MEANINGS = (
    "the time in which no new order is taken", "a place that is kept free for urgent work",
    "an entry whose owner has left", "a frame that comes after its deadline",
    "a restart that keeps the settings", "a key that is valid for one read",
    "a peer that listens and never sends", "the gap between two checks of the same item",
    "an order that is run once without effect", "the share of requests that were turned away",
    "a list of senders that are watched", "the state between the first and the second confirmation",
    "a copy that nobody has checked yet", "a reading taken while the door was open",
)  # fmt: skip
_EXPANDED = {
    "A": "Adaptive Ambient Array", "B": "Buffered Balanced Block", "C": "Control Channel Coded",
    "D": "Data Delay Domain", "E": "Exchange Edge Element", "F": "Frame Flow Field",
    "G": "Gateway Grid Group", "H": "Handover Hybrid Header", "I": "Index Inner Image",
    "K": "Keyed Kernel Kit", "L": "Link Local Layer", "M": "Message Map Module",
    "N": "Node Native Network", "P": "Packet Path Protocol", "Q": "Queue Quality Query",
    "R": "Relay Remote Record", "S": "Secure Slot Signal", "T": "Transfer Timed Token",
    "V": "Vector Valve View", "X": "Xenon Xylo Xeric", "Z": "Zone Zero Zonal",
}  # fmt: skip
_TASKS = (
    ("restart", "restarting"), ("clean", "cleaning"),
    ("replace the seal of", "replacing the seal of"),
    ("join a new user to", "joining a new user to"), ("shut down", "shutting down"),
    ("move", "moving"), ("update", "updating"), ("calibrate", "calibrating"),
)  # fmt: skip
_STEPS = (
    "close the inlet", "press the reset key", "wait for the green lamp", "note the serial number",
    "empty the tray", "pull the power plug", "load the backup", "call the control room",
    "check the level", "enter the shift code", "open the side door", "lower the pressure",
    "export the list of users", "confirm on the panel", "attach the label", "start the self test",
    "lock the cover", "clear the alarm", "remove the old cartridge", "sign the log book",
)  # fmt: skip


def message(random: Random, sender: Entity, receiver: Entity, stem: str) -> Fact:
    """Who sends what to whom and when."""
    sent, when = names.message(random, stem), random.choice(_WHEN)
    to = receiver.ref
    return Fact(
        entity=sender,
        key=("message", sent),
        label=f"use of {sent}",
        value=f"{sent} to {to} when {when}",
        keys=(sent, receiver.name, when),
        says=(
            f"{{E}} sends {sent} to {to} when {when}.",
            f"When {when}, {{E}} sends {sent} to {to}.",
            f"{sent} goes from {{E}} to {to} when {when}.",
        ),
        asks=(
            f"When does {{E}} send {sent}?",
            f"To whom does {{E}} send {sent}?",
            f"Who receives {sent} from {{E}}?",
            f"In what case does {{E}} send {sent} to {to}?",
            f"What is {sent} of {{E}} for, when is it sent?",
            f"What makes {{E}} send {sent}?",
            f"Where does {sent} from {{E}} go?",
        ),
        reverse=(
            f"Who sends {sent}?",
            f"Which side sends {sent} to {to}?",
            f"What triggers {sent}?",
        ),
        checks=((f"Does {{E}} send {sent} to {to}?", True),),
        kind="message",
        prose=True,
    )  # fmt: skip


def reason(random: Random, entity: Entity) -> tuple[Fact, Fact]:
    """A habit with its reason, and the same habit stated without one."""
    base, third = random.choice(_HABITS)
    why = random.choice(_REASONS)
    asks = (
        f"Why does {{E}} {base}?",
        f"For what reason does {{E}} {base}?",
        f"What is the reason that {{E}} {third}?",
        f"How come {{E}} {third}?",
        f"What makes it necessary that {{E}} {third}?",
    )
    told = Fact(
        entity=entity, key=("why", base), label=f"reason to {base}", value=why, keys=(why,),
        says=(
            f"{{E}} {third} because {why}.",
            f"Because {why}, {{E}} {third}.",
            f"{{E}} {third}, since {why}.",
        ),
        asks=asks, checks=((f"Does {{E}} {base}?", True),), kind="why", prose=True,
    )  # fmt: skip
    silent = Fact(
        entity=entity, key=("habit", base), label=third, value=third, keys=(third,),
        says=(f"{{E}} {third}.", f"As a rule, {{E}} {third}."),
        asks=asks, checks=((f"Does {{E}} {base}?", True),), kind="unexplained", prose=True,
    )  # fmt: skip
    return told, silent


def ability(random: Random, entity: Entity) -> Fact:
    """What it does or does not do."""
    base, third = random.choice(_ABILITIES)
    does = random.random() < 0.5
    says = (
        (f"{{E}} {third}.", f"By default {{E}} {third}.")
        if does
        else (f"{{E}} does not {base}.", f"{{E}} never {third}.", f"{{E}} cannot {base}.")
    )
    if not does and base.startswith("need"):
        says = (f"{{E}} does not {base}.", f"{{E}} never {third}.")
    asks = (
        f"Does {{E}} {base}?",
        f"Is it true that {{E}} {third}?",
        f"I want to know whether {{E}} {third}.",
        f"Will {{E}} {base}?",
        f"Does {{E}} {base} or not?",
    )
    return Fact(
        entity=entity, key=("ability", base), label=base, value=third if does else base,
        keys=(third,) if does else (base.split(" ", 1)[1],), says=says, asks=(),
        checks=tuple((ask, does) for ask in asks), kind="yes-no", prose=True,
    )  # fmt: skip


def definition(random: Random, entity: Entity) -> Fact:
    """What a word means there."""
    term, meaning = random.choice(_TERMS), random.choice(_MEANINGS)
    return Fact(
        entity=entity, key=("term", term), label=term, value=meaning, keys=(meaning,),
        says=(
            f"In {{E}}, a {term} is {meaning}.".replace(" a a", " an a").replace(" a o", " an o"),
            f"{{E}} calls {meaning} the {term}.",
        ),
        asks=(
            f"What is the {term} in {{E}}?",
            f"What does «{term}» mean in {{E}}?",
            f"Define {term} as {{E}} uses it.",
            f"What does {{E}} call the {term}?",
            f"How is a {term} of {{E}} defined?",
        ),
        kind="definition", prose=True,
    )  # fmt: skip


def expansion(random: Random, entity: Entity) -> Fact | None:
    """What an acronym stands for; None where the name is no acronym."""
    if not entity.name.isupper() or not entity.name.isalpha():
        return None
    words = " ".join(random.choice(_EXPANDED[letter].split()) for letter in entity.name)
    return Fact(
        entity=entity, key=("expansion", "full name"), label="full name",
        value=words, keys=(words,),
        says=(
            f"{entity.name} stands for {words}.",
            f"The full name of {entity.name} is {words}.",
            f"{entity.name} is short for {words}.",
        ),
        asks=(
            f"What does {entity.name} stand for?",
            f"What is the full name of {entity.name}?",
            f"What is {entity.name} short for?",
            f"How is {entity.name} spelled out?",
            f"What do the letters {entity.name} mean?",
        ),
        kind="definition", prose=True,
    )  # fmt: skip


def steps(random: Random, entity: Entity) -> Fact:
    """How something is done, in order."""
    base, gerund = random.choice(_TASKS)
    items = tuple(random.sample(_STEPS, random.randint(3, 4)))
    first = f"to {base} {{E}}"
    return Fact(
        entity=entity, key=("steps", base), label=f"steps for {gerund} it",
        value=joined(items), keys=items,
        says=(f"T{first[1:]}, {joined(items)}.",),
        asks=(
            f"How do I {base} {{E}}?",
            f"What are the steps to {base} {{E}}?",
            f"How does one {base} {{E}}?",
            f"What has to be done to {base} {{E}}?",
            f"I need to {base} {{E}}. What do I do?",
        ),
        leads=(f"T{first[1:]}:", f"Steps {first}:"),
        items=items, kind="steps", bare_label=True,
    )  # fmt: skip
