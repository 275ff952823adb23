"""The answer calls of many questions, made beforehand, so that a server alone is measured.

Each question goes through the real loop up to its first answer call: classified, searched, its
prompt written. Not responsible for sending the calls (engine.bench.throughput).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from engine.argo import Argo
from engine.bench.recording import Call, Recording, Silent
from engine.config import Profile, Settings
from engine.errors import DocumentError, StoreError
from engine.llm.backend import Message
from engine.paths import Home
from engine.roles.prompt import load as load_prompts
from engine.session import Session, guard, open_index


def read_questions(path: Path) -> list[str]:
    """The questions of a file, one a line: plain text, or an object with `q` or `question`.

    Raises DocumentError.
    """
    try:
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"Cannot read the questions: {error}", where=str(path)) from None
    found = [_question(line, f"{path}:{n}") for n, line in enumerate(lines, 1) if line]
    if not found:
        raise DocumentError("There is no question in the file", where=str(path))
    return found


def answer_calls(
    questions: Sequence[str], settings: Settings, home: Home, profile: Profile
) -> list[Call]:
    """The first answer call of each question; questions that find nothing have none.

    Raises ConfigError, StoreError.
    """
    with loop_without_model(settings, home, profile) as (argo, recording):
        calls = [call for q in questions if (call := _first_answer(argo, recording, q))]
    if not calls:
        raise StoreError(
            "No passage was found for any of the questions",
            remedy="Ask about what the index holds; see argo-tui corpus.",
        )
    return calls


def numbered(call: Call, number: int) -> Call:
    """The same call with a number before the words of its last message.

    So no two prompts are equal: a prefix cache serves what is constant, and no whole prompt.
    """
    *before, last = call.messages
    return replace(call, messages=(*before, Message(last.role, f"[{number}] {last.content}")))


@contextmanager
def loop_without_model(
    settings: Settings, home: Home, profile: Profile
) -> Iterator[tuple[Argo, Recording]]:
    """The loop over the index of `home`, with a back end that says nothing."""
    recording = Recording(Silent())
    store, embedder = open_index(settings, home)
    session = Session(
        settings=settings,
        profile_name=profile.title,
        profile=profile,
        why="",
        prompts=load_prompts(profile.prompts),
        guard=guard(settings, embedder),
        backend=recording,
        store=store,
        embedder=embedder,
        seconds=dict,
        versions={},
        directory=None,
    )
    try:
        yield Argo(session, home), recording
    finally:
        session.close()


def _first_answer(argo: Argo, recording: Recording, question: str) -> Call | None:
    recording.calls.clear()
    for _ in argo.answer(question):
        if answers := [call for call in recording.calls if call.kind == "answer"]:
            return answers[0]
    return None


def _question(line: str, where: str) -> str:
    if not line.startswith("{"):
        return line
    try:
        row = json.loads(line)
        return str(row["q"] if "q" in row else row["question"])
    except (ValueError, KeyError):
        raise DocumentError(
            "The line is no question", where=where, remedy="Write text, or an object with `q`."
        ) from None
