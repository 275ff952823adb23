"""How people type a question: polite, short, hasty, with a situation around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

_BEFORE = (
    "Please tell me: ", "Can you tell me: ", "Quick question: ", "Hi! ", "I am new here. ",
    "For my report: ", "I'd like to know: ", "One more thing: ", "According to the documents: ",
    "Do you know: ", "Just to be sure: ", "A colleague asks: ", "Help: ",
    "Question from the field: ",
    "We are planning the installation. ", "Something is wrong on site. ", "I could not find it: ",
    "For an exam: ", "As far as the manual says: ", "Still unclear to me: ",
    "Reading the handbook. ",
)  # fmt: skip
_BEFORE_HELD = ("Kindly answer: ", "From a ticket: ", "My customer wonders: ", "Short one: ")
_AFTER = (
    " Thanks.",
    " Thanks!",
    " Please.",
    " I need the exact words.",
    " Please be brief.",
    " It is urgent.",
)


def styled(random: Random, question: str, names: Sequence[str], *, held_out: bool) -> str:
    """The question as somebody might type it; `names` are never misspelt."""
    said = question
    draw = random.random()
    if draw < 0.2:
        said = random.choice(_BEFORE_HELD if held_out else _BEFORE) + said
    elif draw < 0.26:
        said += random.choice(_AFTER)
    if random.random() < 0.1:
        said = hasty(random, said, names)
    case = random.random()
    if case < 0.1:
        said = small(said)
    elif case < 0.15:
        said = said.lower()
    if random.random() < 0.14:
        said = said.rstrip("?.")
    return said


def hasty(random: Random, text: str, names: Sequence[str]) -> str:
    """One or two slips of the fingers in long plain words."""
    safe = {part.lower() for name in names for part in re.findall(r"\w+", name)}
    words = text.split(" ")
    fit = [
        n
        for n, word in enumerate(words)
        if len(word) > 5 and word.isalpha() and word.islower() and word not in safe
    ]
    for n in random.sample(fit, min(len(fit), random.choice((1, 1, 2)))):
        words[n] = _slip(random, words[n])
    return " ".join(words)


def _slip(random: Random, word: str) -> str:
    at = random.randrange(1, len(word) - 2)
    match random.randrange(3):
        case 0:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case 1:
            return word[:at] + word[at + 1 :]
        case _:
            return word[:at] + word[at] + word[at:]


def named(random: Random, title: str, name: str, ref: str, noun: str) -> str:
    """The thing as a question names it."""
    if not noun:
        return ref
    draw = random.random()
    if draw < 0.45:
        return ref
    if draw < 0.7:
        return name
    if draw < 0.85 and ref.startswith("the "):
        return f"{'an' if name[0] in 'AEIOU' and not name.isupper() else 'a'} {title}"
    return f"our {title}" if ref.startswith("the ") and random.random() < 0.4 else ref


_GENERAL = (
    "Tell me the {l} of {E}.", "I need the {l} of {E}.",
    "What do the documents say about the {l} of {E}?",
    "Could you look up the {l} of {E}?", "{E}: what about the {l}?",
    "What is stated as the {l} of {E}?",
    "I am looking for the {l} of {E}.", "Does the text give the {l} of {E}?",
    "What would be the {l} of {E}?",
    "Give me the {l} for {E}.", "Look for the {l} of {E}, please.",
    "Is there anything on the {l} of {E}?",
)  # fmt: skip


def general(random: Random, label: str) -> str:
    """A question that any attribute can be asked with; {E} is still to be named."""
    return random.choice(_GENERAL).replace("{l}", label)


def short(random: Random, label: str, title: str) -> str:
    """A question of a few words."""
    return random.choice(
        (
            f"{title} {label}",
            f"{label} of {title}",
            f"{label} {title}?",
            f"{title}: {label}?",
            f"{label}, {title}",
        )
    )


_STARTS = frozenset(
    "what which how when where who whose whom why does is in on at for after to by can do are over "
    "under with from up according within of name list define tell i give look could will was until "
    "before since during into please quick help".split()
)


def small(question: str) -> str:
    """A question as it goes on behind other words; a name keeps its capital."""
    first = question.split(" ", 1)[0].rstrip(",:?")
    return question[:1].lower() + question[1:] if first.lower() in _STARTS - {"i"} else question


def two(first: str, second: str, random: Random) -> str:
    """Both questions as one."""
    head, tail = first.rstrip("?. "), second.rstrip("?. ")
    joint = random.choice((", and ", " and ", ", and also ", "; "))
    if random.random() < 0.2:
        return f"{head}? And {small(tail)}?"
    return f"{head}{joint}{small(tail)}?"
