"""What servers get away with."""

from __future__ import annotations

import json
import time

import pytest

from tests.engine.remote_kit import read
from tests.fake_server import (
    CHAT,
    MODELS,
    Exchange,
    FakeServer,
    failing,
    saying,
)

pytest_plugins = ("tests.engine.remote_fixture",)


def test_no_done_at_the_end(server: FakeServer) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        exchange.say("Hello", finish="stop")
        exchange.end(done=False)

    server.paths[CHAT] = answer
    assert read(server.open())[0] == "Hello"


def test_no_reason_and_no_counts(server: FakeServer) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        exchange.say("Hello")
        exchange.end()

    server.paths[CHAT] = answer
    text, last = read(server.open())
    assert (text, last.finish) == ("Hello", "stop")
    assert read(server.open(), cap=1)[1].finish == "cap"


def test_a_connection_that_stays_open_after_the_end(server: FakeServer) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        exchange.say("Hello", finish="stop")
        exchange.wait_until_left()

    server.paths[CHAT] = answer
    start = time.monotonic()
    assert read(server.open())[0] == "Hello"
    assert time.monotonic() - start < 2


def test_the_stop_string_left_in_the_text(server: FakeServer) -> None:
    server.paths[CHAT] = saying("one\n")
    assert read(server.open(), stop=("\n",))[0] == "one"


def test_a_stop_string_that_is_not_heeded_at_all(server: FakeServer) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        for _ in range(2000):
            exchange.say("one", "\n")
            time.sleep(0.002)
        raise AssertionError("nobody left")

    backend = server.open()
    server.paths[CHAT] = answer
    assert read(backend, stop=("\n",))[0] == "one"
    assert server.left.wait(2)


def test_a_whole_answer_instead_of_a_stream(server: FakeServer) -> None:
    message = {"role": "assistant", "content": "Hello"}
    body = {"choices": [{"message": message, "finish_reason": "stop"}], "usage": None}
    server.paths[CHAT] = failing(200, json.dumps(body, indent=2))
    assert read(server.open())[0] == "Hello"


def test_comments_event_names_and_nulls_in_the_stream(server: FakeServer) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        exchange.raw(b": ping\r\n\r\nevent: message\r\nid: 1\r\nretry: 5\r\n")
        exchange.raw(b'data:{"choices":[{"delta":null,"logprobs":null}],"usage":null}\r\n\r\n')
        exchange.raw(b'data: {"choices":[{"delta":{"content":null},"logprobs":[1]}]}\n\n')
        exchange.raw('data: {"choices":[{"delta":{"content":"a\u2028b"}}]}\n\n'.encode())
        exchange.raw(b'data: {"choices":[{"delta":{"content":"\\ud83d"}}],"x":1}\n\ndata:\n\n')
        exchange.end()

    server.paths[CHAT] = answer
    text, _ = read(server.open())
    assert text.startswith("a\nb")  # one event, whose line separator is a line break at the door
    assert text.encode()  # half a surrogate pair does not get past the door


def test_a_list_of_models_that_fails(server: FakeServer) -> None:
    server.paths[MODELS] = failing(500, "Internal Server Error", "text/plain")
    assert read(server.open())[0] == "Hello there."


@pytest.mark.parametrize("body", ["[]", '{"data": null}', '{"models": []}', "", "<html>"])
def test_a_list_of_models_of_another_shape(server: FakeServer, body: str) -> None:
    server.paths[MODELS] = failing(200, body)
    assert read(server.open())[0] == "Hello there."


@pytest.mark.parametrize("status", [400, 422])
def test_a_field_that_is_refused_is_left_out_from_then_on_and_announced(
    server: FakeServer, status: int
) -> None:
    def picky(exchange: Exchange) -> None:
        if "seed" in exchange.body:
            body = {"error": {"message": "Unexpected keys in the request: {'seed'}"}}
            exchange.reply(status, body)
        else:
            saying("Hello")(exchange)

    server.paths[CHAT] = picky
    backend = server.open()
    assert "The server refuses the field seed: the same seed may give another answer" in (
        backend.info.notices
    )
    assert read(backend)[0] == "Hello"
    (sent,) = server.bodies()
    assert "seed" not in sent
    assert "logprobs" in sent


def test_a_refusal_that_names_nothing_takes_every_optional_field_away(server: FakeServer) -> None:
    def plain(exchange: Exchange) -> None:
        if {"seed", "logprobs", "stream_options"} & set(exchange.body):
            exchange.reply(422, {"detail": [{"loc": ["body"], "msg": "Extra inputs"}]})
        else:
            saying("Hello")(exchange)

    server.paths[CHAT] = plain
    backend = server.open()
    assert len([text for text in backend.info.notices if "refuses the field" in text]) == 3
    assert read(backend)[0] == "Hello"


def test_fields_that_are_refused_one_after_the_other(server: FakeServer) -> None:
    def picky(exchange: Exchange) -> None:
        for name in ("max_tokens", "logprobs", "seed"):
            if name in exchange.body:
                wish = "; use 'max_completion_tokens'" if name == "max_tokens" else ""
                exchange.reply(400, {"error": {"message": f"Unsupported: '{name}'{wish}"}})
                return
        saying("Hello")(exchange)

    server.paths[CHAT] = picky
    assert read(server.open())[0] == "Hello"
    assert server.bodies()[-1]["max_completion_tokens"] == 50
