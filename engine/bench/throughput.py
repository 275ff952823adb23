"""How much an OpenAI-compatible server does when many ask at once: calls in, figures out.

A level keeps a number of requests in flight: each worker sends its next call when its last one
has ended. Not responsible for making the calls (engine.bench.workload) or for tables
(engine.bench.throughput_table).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

import httpx2

from engine.bench.recording import Call
from engine.bench.workload import numbered
from engine.errors import ModelError
from engine.llm.server.address import Address, is_loopback
from engine.llm.server.request import chat_body
from engine.llm.server.wire import DONE, LONGEST_LINE, Chunk, MalformedError, parse
from engine.text import clean

LEVELS: Final = (1, 2, 4, 8, 16, 32)
_TIMEOUT: Final = httpx2.Timeout(300.0, connect=5.0)
_SHOWN: Final = 200
"""Characters of an error that are kept."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One request. Seconds from sending it; tokens as the server counts them."""

    seconds: float
    first_s: float
    """To the first text; 0 where none came."""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    """Of the prompt, found in the server's cache; 0 where the server does not say."""
    decoded_tokens: int = 0
    error: str = ""
    """Empty where it went well."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """Every request of one number in flight, and the seconds from the first to the last."""

    in_flight: int
    seconds: float
    samples: tuple[Sample, ...]


def measure(
    address: Address,
    calls: Sequence[Call],
    levels: Sequence[int] = LEVELS,
    *,
    requests: int | None = None,
    told: Callable[[Level], None] = lambda _: None,
) -> list[Level]:
    """Every level in turn. `requests`: how many at each; at least twice the number in flight.

    Raises ModelError where the server answers none of the first requests.
    """
    return asyncio.run(_measure(address, calls, levels, requests or len(calls), told))


async def _measure(
    address: Address,
    calls: Sequence[Call],
    levels: Sequence[int],
    requests: int,
    told: Callable[[Level], None],
) -> list[Level]:
    # Not from 1: what an earlier measurement asked may still be in the server's cache.
    numbers = count(secrets.randbelow(1_000_000))
    done = []
    async with connected(address) as client:
        warm = await run_level(client, address, _endless(calls, numbers, 2), 1)
        if all(sample.error for sample in warm.samples):
            raise ModelError(
                f"The server answers no question: {warm.samples[0].error}",
                where=address.base,
                remedy="Start it, and name the model as it serves it (--served-model).",
            )
        for in_flight in levels:
            work = _endless(calls, numbers, max(requests, 2 * in_flight))
            done.append(await run_level(client, address, work, in_flight))
            told(done[-1])
    return done


async def run_level(
    client: httpx2.AsyncClient, address: Address, work: Iterator[Call], in_flight: int
) -> Level:
    """All of `work`, `in_flight` at a time. Errors are counted, never raised."""
    samples: list[Sample] = []

    async def worker() -> None:
        samples.extend([await ask(client, address, call) for call in work])

    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(worker())
    return Level(in_flight, time.perf_counter() - start, tuple(samples))


async def ask(client: httpx2.AsyncClient, address: Address, call: Call) -> Sample:
    """One call, streamed to its end."""
    body = chat_body(address.model, call.messages, call.sampling, call.stop)
    del body["logprobs"]  # they are for judging an answer, and cost the server time
    start = time.perf_counter()
    first, prompt, cached, decoded, error, text = 0.0, 0, 0, 0, "", ""
    try:
        async with client.stream("POST", f"{address.base}/chat/completions", json=body) as response:
            if response.status_code != httpx2.codes.OK:
                said = (await response.aread()).decode("utf-8", "replace")
                raise MalformedError(f"status {response.status_code}: {said}")
            async for chunk in _chunks(response.aiter_bytes()):
                if chunk.error:
                    raise MalformedError(str(chunk.error))
                if chunk.text and not first:
                    first = time.perf_counter() - start
                text += clean(chunk.text)
                if chunk.usage:
                    prompt = chunk.usage.prompt_tokens or 0
                    decoded = chunk.usage.completion_tokens or 0
                    details = chunk.usage.prompt_tokens_details
                    cached = (details.cached_tokens or 0) if details else 0
    except (httpx2.HTTPError, MalformedError) as problem:
        error = _words(problem, address)
    seconds = time.perf_counter() - start
    return Sample(seconds, first, prompt, cached, decoded, error, text)


def connected(address: Address) -> httpx2.AsyncClient:
    """A client with the server's key. Each request has its own connection.

    Some servers close one after a stream without saying so, and the next request on it is lost.
    """
    headers = dict([address.key.header()]) if address.key else {}
    return httpx2.AsyncClient(
        headers=headers,
        timeout=_TIMEOUT,
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
        trust_env=not is_loopback(address.host),
    )


async def _chunks(parts: AsyncIterator[bytes]) -> AsyncIterator[Chunk]:
    """The events of a stream."""
    held = b""
    async for part in parts:
        *lines, held = (held + part).split(b"\n")
        if len(held) > LONGEST_LINE:
            raise MalformedError("a line without an end")
        for line in lines:
            name, _, value = line.partition(b":")
            if name == b"data" and value.strip() != DONE:
                yield parse(value, Chunk)


def _endless(calls: Sequence[Call], numbers: Iterator[int], total: int) -> Iterator[Call]:
    """`total` calls, the given ones in turn, each with a number of its own."""
    for place in range(total):
        yield numbered(calls[place % len(calls)], next(numbers))


def _words(problem: Exception, address: Address) -> str:
    said = " ".join(clean(str(problem)).split()) or type(problem).__name__
    if address.key:
        said = address.key.struck_out(said)
    return said[:_SHOWN]
