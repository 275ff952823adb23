"""Throughput of a server: what is sent, what is counted, what an error does to the figures."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bench.recording import Call, Recording, Silent
from engine.bench.throughput import Level, Sample, ask, connected, measure, run_level
from engine.bench.throughput_table import figures, percentile, table
from engine.bench.workload import numbered, read_questions
from engine.errors import DocumentError, ModelError
from engine.llm.backend import Message, Sampling
from engine.llm.server.address import Address, Key
from tests.fake_server import CHAT, Exchange, FakeServer, failing, in_turn, saying, usage


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with FakeServer().running() as server:
        yield server


def call(text: str = "Which port?") -> Call:
    said = (Message("system", "Answer."), Message("user", text))
    return Call("answer", said, Sampling(max_tokens=20), ("\n",))


def address(fake: FakeServer, key: Key | None = None) -> Address:
    return Address(fake.url, "small", key)


def asked(fake: FakeServer, one: Call, key: Key | None = None) -> Sample:
    async def go() -> Sample:
        async with connected(address(fake, key)) as client:
            return await ask(client, address(fake, key), one)

    return asyncio.run(go())


def test_a_request_is_the_one_that_our_client_sends_without_log_probabilities(
    fake: FakeServer,
) -> None:
    asked(fake, call())
    (body,) = fake.bodies()
    assert body["messages"][-1] == {"role": "user", "content": "Which port?"}
    assert body["stop"] == ["\n"]
    assert body["max_tokens"] == 20
    assert body["stream_options"] == {"include_usage": True}
    assert "logprobs" not in body


def test_tokens_are_counted_as_the_server_counts_them(fake: FakeServer) -> None:
    sample = asked(fake, call())
    assert (sample.prompt_tokens, sample.decoded_tokens, sample.cached_tokens) == (12, 2, 8)
    assert 0 < sample.first_s <= sample.seconds
    assert sample.error == ""


def test_the_first_token_is_timed_apart_from_the_end(fake: FakeServer) -> None:
    def slow(exchange: Exchange) -> None:
        exchange.begin()
        exchange.say("one")
        time.sleep(0.2)
        exchange.say(" two", finish="stop")
        exchange.event(usage(5, 2))
        exchange.end()

    fake.paths[CHAT] = slow
    sample = asked(fake, call())
    assert sample.seconds - sample.first_s > 0.15


@pytest.mark.parametrize("status", [401, 404, 422, 500])
def test_a_refusal_is_an_error_with_its_words(fake: FakeServer, status: int) -> None:
    fake.paths[CHAT] = failing(status, {"error": "no such thing"})
    sample = asked(fake, call())
    assert str(status) in sample.error
    assert "no such thing" in sample.error


def test_a_server_that_hangs_up_is_an_error(fake: FakeServer) -> None:
    def broken(exchange: Exchange) -> None:
        exchange.begin()
        exchange.say("half")
        exchange.hang_up()

    fake.paths[CHAT] = broken
    assert asked(fake, call()).error


def test_an_error_inside_a_stream_is_an_error(fake: FakeServer) -> None:
    def failing_late(exchange: Exchange) -> None:
        exchange.begin()
        exchange.event({"error": {"message": "out of memory"}})
        exchange.end()

    fake.paths[CHAT] = failing_late
    assert "out of memory" in asked(fake, call()).error


def test_a_key_is_sent_and_never_shown(fake: FakeServer) -> None:
    fake.paths[CHAT] = failing(401, {"error": "bad key s3cret-value"})
    sample = asked(fake, call(), Key("SOME_KEY", "s3cret-value"))
    (_, headers, _) = fake.seen[-1]
    sent = {name.lower(): value for name, value in headers.items()}
    assert sent["authorization"] == "Bearer s3cret-value"
    assert "s3cret" not in sample.error


def test_no_more_requests_are_in_flight_than_asked_for(fake: FakeServer) -> None:
    lock, now, most = threading.Lock(), 0, 0

    def counting(exchange: Exchange) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.05)
        saying("x")(exchange)
        with lock:
            now -= 1

    fake.paths[CHAT] = counting

    async def go() -> Level:
        async with connected(address(fake)) as client:
            work = iter([call(str(n)) for n in range(12)])
            return await run_level(client, address(fake), work, 3)

    level = asyncio.run(go())
    assert most == 3
    assert len(level.samples) == 12


def test_every_level_has_twice_its_requests_and_no_prompt_repeats(fake: FakeServer) -> None:
    levels = measure(address(fake), [call(), call("Which timer?")], (1, 4), requests=3)
    assert [len(level.samples) for level in levels] == [3, 8]
    prompts = [body["messages"][-1]["content"] for body in fake.bodies()]
    assert len(set(prompts)) == len(prompts)


def test_a_server_that_answers_nothing_is_told_with_its_words(fake: FakeServer) -> None:
    fake.paths[CHAT] = failing(404, {"error": "unknown model"})
    with pytest.raises(ModelError, match="unknown model"):
        measure(address(fake), [call()], (1,))


def test_errors_are_counted_and_leave_the_percentiles_alone(fake: FakeServer) -> None:
    fine = saying("a", "b")
    fake.paths[CHAT] = in_turn(fine, fine, failing(500, "overloaded", "text/plain"), fine)
    (level,) = measure(address(fake), [call()], (1,), requests=4)
    found = figures(level)
    assert (found.requests, found.errors) == (4, 1)
    assert "overloaded" in found.first_error
    assert found.answers_per_s == pytest.approx(3 / level.seconds)


def test_rates_are_over_the_whole_time_of_a_level() -> None:
    samples = (Sample(1.0, 0.5, 100, 50, 10), Sample(3.0, 1.0, 100, 0, 20))
    found = figures(Level(2, 4.0, samples))
    assert found.answers_per_s == 0.5
    assert found.decoded_per_s == 7.5
    assert found.prompt_per_s == 50.0
    assert found.cached == 0.25
    assert found.latency_p95 == 3.0
    assert found.first_p50 == 0.5


def test_a_level_of_errors_has_no_percentiles_and_still_a_row() -> None:
    found = figures(Level(1, 2.0, (Sample(1.0, 0.0, error="refused"),)))
    assert found.latency_p50 is None
    assert table("down", [found], markdown=True).splitlines()[-1].startswith("| down | 1 | 1 | 1 |")


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1.0))
def test_a_percentile_is_one_of_the_values_and_enough_do_not_exceed_it(
    values: list[float], share: float
) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(1 for value in values if value <= found) >= share * len(values) - 1e-9


def test_a_number_goes_before_the_last_message_and_nowhere_else() -> None:
    first, second = numbered(call(), 1), numbered(call(), 2)
    assert first.messages[:-1] == second.messages[:-1] == call().messages[:-1]
    assert first.messages[-1].content == "[1] Which port?"


def test_a_recording_notes_each_call_and_passes_on_what_was_said() -> None:
    recording = Recording(Silent())
    pieces = list(
        recording.stream(call().messages, Sampling(max_tokens=9), kind="answer", stop=("\n",))
    )
    assert [piece.finish for piece in pieces] == ["stop"]
    (noted,) = recording.calls
    assert (noted.messages, noted.stop) == (call().messages, ("\n",))
    assert noted.sampling.max_tokens == 9


def test_questions_are_lines_or_objects(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(f"What is E2?\n\n{json.dumps({'q': 'And A1?'})}\n", "utf-8")
    assert read_questions(path) == ["What is E2?", "And A1?"]


@pytest.mark.parametrize("text", ["", '{"other": 1}', "{broken"])
def test_a_file_without_questions_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(DocumentError) as error:
        read_questions(path)
    assert str(path) in error.value.where
