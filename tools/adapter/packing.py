"""Packs of training data as tokens: a prefix, and branches behind it that share it.

Conversations are rendered by the model's chat template exactly as in use (engine.llm.chat); what
their ids have in common is computed once. Not responsible for the file's content.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from engine.llm.backend import Message
from engine.llm.chat import Chat
from engine.llm.prefix import common_prefix

HEAVY = 3.0
"""Weight of a reply's first token, which decides between answer and decline, and of citations."""
_CITATION = re.compile(r"\[(\d+)\]")


class Branch(msgspec.Struct, frozen=True):
    """One user message of a pack: how it goes on, and the reply to it."""

    rest: str
    reply: str
    kind: str


class Line(msgspec.Struct, frozen=True):
    """A line of a pack file."""

    id: str
    kind: str
    held_out: bool
    system: str
    shared: str
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """Tokens of all branches in one row. Only reply tokens and the end token have labels."""

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    owners: tuple[int, ...]
    """The branch of each token; -1 in the prefix."""
    prefix: int
    """Tokens of it."""
    predicting: tuple[int, ...]
    """Rows whose next token is a label."""
    labels: tuple[int, ...]
    weights: tuple[float, ...]
    ends: tuple[int, ...]
    """Labels of branch n: those before ends[n], from ends[n - 1] on."""
    kinds: tuple[str, ...]
    """Of the branches, with that of the pack before it."""


def read_lines(path: Path) -> list[Line]:
    """Raises OSError, msgspec.DecodeError."""
    decoder = msgspec.json.Decoder(Line)
    with path.open("rb") as file:
        return [decoder.decode(line) for line in file if line.strip()]


def pack(line: Line, chat: Chat, end: int) -> Pack:
    """`end`: the token that ends a reply."""
    prompts = [_prompt(line, branch, chat) for branch in line.branches]
    replies = [(*chat.encode(branch.reply), end) for branch in line.branches]
    weights = [_weights(branch.reply, chat) for branch in line.branches]
    # The row that predicts a reply's first token belongs to the branch.
    prefix = min(len(prompt) for prompt in prompts) - 1
    for other in prompts[1:]:
        prefix = min(prefix, common_prefix(prompts[0], other))
    ids, positions = list(prompts[0][:prefix]), list(range(prefix))
    owners = [-1] * prefix
    predicting: list[int] = []
    ends: list[int] = []
    for number, (prompt, reply) in enumerate(zip(prompts, replies, strict=True)):
        branch = [*prompt[prefix:], *reply[:-1]]
        first = len(ids) + len(prompt) - prefix - 1
        predicting += range(first, first + len(reply))
        positions += range(prefix, prefix + len(branch))
        owners += [number] * len(branch)
        ids += branch
        ends.append(len(predicting))
    return Pack(
        tuple(ids),
        tuple(positions),
        tuple(owners),
        prefix,
        tuple(predicting),
        tuple(token for reply in replies for token in reply),
        tuple(weight for row in weights for weight in row),
        tuple(ends),
        tuple(f"{line.kind}/{branch.kind}" for branch in line.branches),
    )


def end_token(chat: Chat) -> int:
    """What the template writes behind an assistant's words. Raises ValueError where it is none.

    Asked of the template: in both families here the padding, the end of a text and the end of a
    turn are easily taken for one another.
    """
    question = Message("user", "Why?")
    spoken = [question, Message("assistant", "So."), question]
    after = chat.prompt(spoken)[len(chat.prompt([question])) :]
    for token in after:
        if token in chat.ends:
            return token
    raise ValueError("the chat template writes no end token behind an assistant's turn")


def _prompt(line: Line, branch: Branch, chat: Chat) -> list[int]:
    return chat.prompt([Message("system", line.system), Message("user", line.shared + branch.rest)])


def _weights(reply: str, chat: Chat) -> Sequence[float]:
    """One for each token of the reply and for the end token."""
    encoded = chat.tokenizer.encode(reply, add_special_tokens=False)
    if encoded.ids != chat.encode(reply):  # a control token is spelt out in it
        return [1.0] * (len(chat.encode(reply)) + 1)
    cited = [match.span(1) for match in _CITATION.finditer(reply)]
    heavy = [
        at == 0 or any(start < end_ and start_ < end for start_, end_ in cited)
        for at, (start, end) in enumerate(encoded.offsets)
    ]
    return [*(HEAVY if is_heavy else 1.0 for is_heavy in heavy), 1.0]
