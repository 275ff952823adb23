"""A pasted multiple-choice question: the question and its options.

Pure. Not responsible for choosing (engine.roles.choose).
"""

from __future__ import annotations

import re

_OPTION = re.compile(r"^\s*\(?(?P<label>[A-Ha-h]|[1-8])[.):]\s+(?P<text>\S.*)$")


def split_options(text: str) -> tuple[str, tuple[str, ...]]:
    """The question and the options that end it: two or more lines labelled 1, 2… or A, B….

    Labels must begin at the first and follow each other; else everything is the question.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    found: list[str] = []
    labels: list[int] = []
    while lines and (option := _OPTION.match(lines[-1])):
        labels.insert(0, _rank(option["label"]))
        found.insert(0, option["text"].strip())
        lines.pop()
    if len(found) < 2 or not lines or labels != list(range(1, len(found) + 1)):
        return text, ()
    return "\n".join(lines), tuple(found)


def _rank(label: str) -> int:
    return int(label) if label.isdigit() else ord(label.lower()) - ord("a") + 1
