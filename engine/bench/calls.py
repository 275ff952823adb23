"""A question as the published program asked it: for each retrieval a decompose call, a search and
an answer call, then a synthesis call. What says the words is an argument.

The prompts are those of our roles, so that every row reads the same. So that they also read the
same passages, the search is made with the question (and its parts), not with what the model wrote.
Not responsible for our own loop, which makes fewer calls (engine.argo).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.bench.speed_record import Trial
from engine.complexity import split
from engine.config import Settings
from engine.events import Passage, Usage
from engine.llm.backend import Backend, Kind, Message, Sampling
from engine.retrieval.excerpt import excerpts
from engine.retrieval.store import Embedder, Hit, Store
from engine.roles import answer, decompose, synthesise
from engine.roles.prompt import Prompt, PromptSet
from engine.search import find


@dataclass(frozen=True, slots=True)
class Said:
    """What one call gave. `first_ns`: when its first text could be read, monotonic; 0: never."""

    text: str
    usage: Usage
    first_ns: int


Say = Callable[[Kind, Prompt, Sequence[Message]], Said]
"""One model call: which, the words of its role (for the stop strings), the conversation."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What is read with: the words of the roles, the index, the settings."""

    prompts: PromptSet
    store: Store
    embedder: Embedder
    settings: Settings


def ask_in_calls(
    question: str, retrievals: int, reader: Reader, say: Say, *, streamed: bool
) -> Trial:
    """Ask once. `streamed`: whether text is shown as it is decoded, or only at the end."""
    prompts = reader.prompts
    start = time.monotonic_ns()
    usage, first_ns, embed_ns, search_ns = Usage(), 0, 0, 0
    findings: list[str] = []
    searched: list[str] = []
    for number in range(retrievals):
        query = _query(question, number)
        said = say(
            "decompose", prompts.decompose, _decompose(prompts, question, findings, searched)
        )
        usage += said.usage
        searched.append(query)
        found = find(
            query,
            reader.store,
            reader.embedder,
            reader.settings.retrieval,
            reader.settings.retrieval.passages,
        )
        embed_ns, search_ns = embed_ns + found.embed_ns, search_ns + found.search_ns
        asked = query if findings else question
        passages = _passages(found.hits, query, reader.settings.retrieval.excerpt_words)
        said = say("answer", prompts.answer, answer.messages(prompts, asked, passages))
        usage += said.usage
        first_ns = first_ns or said.first_ns
        findings.append(first_line(said.text))
    said = say("synthesise", prompts.synthesise, synthesise.messages(prompts, question, findings))
    end = time.monotonic_ns()
    return Trial(
        row="",
        round=0,
        question=question,
        seconds=(end - start) / 1e9,
        first_text=((first_ns if streamed and first_ns else end) - start) / 1e9,
        embed=embed_ns / 1e9,
        search=search_ns / 1e9,
        usage=usage + said.usage,
        status="answered",
        text=said.text,
        retrievals=retrievals,
    )


def through(backend: Backend, sampling: Callable[[Kind], Sampling], *, stop: bool) -> Say:
    """Calls through a back end of ours, with or without the stop strings of the prompts."""

    def say(kind: Kind, prompt: Prompt, messages: Sequence[Message]) -> Said:
        text, usage, first_ns = "", Usage(), 0
        pieces = backend.stream(
            messages, sampling(kind), kind=kind, stop=prompt.stop if stop else ()
        )
        for piece in pieces:
            if piece.text and not first_ns:
                first_ns = time.monotonic_ns()
            text += piece.text
            usage = piece.usage or usage
        return Said(text, usage, first_ns)

    return say


def first_line(text: str) -> str:
    """What is kept of an answer: the first line that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _query(question: str, number: int) -> str:
    queries = list(dict.fromkeys((question, *split(question))))
    return queries[number % len(queries)]


def _decompose(
    prompts: PromptSet, question: str, findings: Sequence[str], searched: Sequence[str]
) -> list[Message]:
    return decompose.messages(
        prompts, question, options=(), findings=findings, searched=searched, failed=()
    )


def _passages(hits: Sequence[Hit], query: str, limit: int) -> list[Passage]:
    read = excerpts([hit.chunk.text for hit in hits], query, limit)
    return [
        Passage(
            number=number,
            id=hit.chunk.id,
            document=hit.document.title,
            source=hit.document.source,
            section=hit.chunk.section,
            text=hit.chunk.text,
            dense=hit.dense,
            lexical=hit.lexical,
            fused=hit.fused,
            excerpt=excerpt,
        )
        for number, (hit, excerpt) in enumerate(zip(hits, read, strict=True), 1)
    ]
