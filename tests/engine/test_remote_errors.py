"""Servers that misbehave, and what the error says: what, where, what to do."""

from __future__ import annotations

import json
import logging
import socket
import time

import pytest
import stamina

from tests.engine.remote_kit import fails, opening, read
from tests.fake_server import (
    CHAT,
    MODELS,
    Exchange,
    FakeServer,
    failing,
    in_turn,
    piece,
    saying,
)

pytest_plugins = ("tests.engine.remote_fixture",)


def test_a_refused_connection() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    error = opening(url)
    assert "cannot be reached" in error.what
    assert error.where == url
    assert "argo-tui serve vllm" in error.remedy


def test_a_host_that_does_not_exist() -> None:
    error = opening("http://no-such-host.invalid/v1")
    assert error.what == "There is no machine named «no-such-host.invalid»"


def test_a_server_that_never_answers(server: FakeServer) -> None:
    backend = server.open()
    server.paths[CHAT] = Exchange.wait_until_left
    start = time.monotonic()
    _, error = fails(backend)
    assert "nothing came in time" in error.what
    assert time.monotonic() - start < 2  # and it is not tried three times


def test_a_server_that_does_not_even_list_its_models(server: FakeServer) -> None:
    server.paths[MODELS] = Exchange.wait_until_left
    assert "nothing came in time" in opening(server.url).what


def test_https_where_there_is_none(server: FakeServer) -> None:
    error = opening(server.url.replace("http:", "https:"))
    assert error.what.startswith("No trusted connection")


@pytest.mark.parametrize("status", [401, 403])
def test_no_access_names_the_environment_variable(server: FakeServer, status: int) -> None:
    server.paths[MODELS] = failing(status, {"error": {"message": "Invalid key: s3cret-value"}})
    error = opening(server.url, key="SOME_KEY", environment={"SOME_KEY": "s3cret-value"})
    assert f"refuses access ({status})" in error.what
    assert error.remedy == "Check the key in the environment variable SOME_KEY."
    assert "s3cret" not in str(error)


def test_no_access_without_a_key_says_how_to_name_one(server: FakeServer) -> None:
    server.paths[CHAT] = failing(401, {"error": "Unauthorized"})
    assert 'key = "NAME"' in opening(server.url).remedy


def test_a_key_that_is_not_set_is_said_before_anything_is_sent(server: FakeServer) -> None:
    error = opening(server.url, key="SOME_KEY")
    assert "SOME_KEY" in error.what
    assert server.seen == []


def test_a_model_that_is_not_there_lists_those_that_are(server: FakeServer) -> None:
    message = {"error": {"message": "The model `huge` does not exist.", "code": 404}}
    server.paths[CHAT] = failing(404, message)
    error = opening(server.url, model="huge")
    assert error.what == "The server has no model «huge»"
    assert "It serves: small." in error.remedy


def test_a_path_that_is_not_there_says_how_the_url_ends(server: FakeServer) -> None:
    error = opening(server.url.removesuffix("/v1"))
    assert "nothing at this path (404)" in error.what
    assert error.remedy == "The url should end in /v1."


def test_a_refusal_that_stays_is_said_in_the_servers_words(server: FakeServer) -> None:
    backend = server.open()
    detail = [{"loc": ["body", "messages"], "msg": "too long \x1b[31m"}]
    server.paths[CHAT] = failing(422, {"detail": detail})
    _, error = fails(backend)
    assert error.what == "The server refuses the request (422): messages: too long"
    assert not any("refuses the field" in notice for notice in backend.info.notices)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_passing_trouble_is_tried_again(server: FakeServer, status: int) -> None:
    backend = server.open()
    trouble = failing(status, {"error": {"message": "busy"}})
    server.paths[CHAT] = in_turn(trouble, trouble, saying("Hello"))
    assert read(backend)[0] == "Hello"
    assert len(server.bodies()) == 3


@pytest.mark.parametrize("status", [429, 503])
def test_a_trouble_that_stays_is_said_after_three_attempts(server: FakeServer, status: int) -> None:
    backend = server.open()
    server.paths[CHAT] = failing(status, "<html>busy</html>", "text/html")
    _, error = fails(backend)
    assert f"({status})" in error.what
    assert error.what.endswith("3 attempts")
    assert len(server.bodies()) == 3


def test_a_server_that_asks_to_wait_is_waited_for(server: FakeServer) -> None:
    backend = server.open()
    busy = failing(429, {"error": "busy"}, Retry_After="0.3")
    server.paths[CHAT] = in_turn(busy, saying("Hello"))
    start = time.monotonic()
    assert read(backend)[0] == "Hello"
    assert time.monotonic() - start >= 0.3


def test_a_server_that_asks_to_wait_long_is_not_waited_for(server: FakeServer) -> None:
    backend = server.open()
    server.paths[CHAT] = failing(429, {"error": "quota"}, Retry_After="3600")
    _, error = fails(backend)
    assert len(server.bodies()) == 1
    assert "3600 s" in error.remedy


def test_silence_within_an_answer_keeps_what_was_shown(server: FakeServer) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        exchange.say("one", " two")
        exchange.wait_until_left()

    backend = server.open()
    server.paths[CHAT] = answer
    shown, error = fails(backend)
    assert shown == "one two"
    assert error.what == "The server fell silent for 0.4 s; 2 tokens had come"


def test_a_connection_closed_within_an_answer_keeps_what_was_shown(server: FakeServer) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        exchange.say("one")
        exchange.hang_up()

    backend = server.open()
    server.paths[CHAT] = answer
    shown, error = fails(backend)
    assert shown == "one"
    assert error.what == "The server closed the connection within the answer; 1 token had come"
    assert len(server.bodies()) == 1  # never again after something was shown


def test_a_body_without_a_length_that_just_ends_is_no_whole_answer(server: FakeServer) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.begin(chunked=False)
        exchange.wfile.write(f"data: {json.dumps(piece('one'))}\n\n".encode())

    backend = server.open()
    server.paths[CHAT] = answer
    assert "1 token had come" in fails(backend)[1].what


def test_a_connection_closed_before_any_answer_is_tried_again(server: FakeServer) -> None:
    backend = server.open()
    server.paths[CHAT] = in_turn(Exchange.hang_up, saying("Hello"))
    assert read(backend)[0] == "Hello"


def test_a_connection_that_is_closed_without_notice_costs_no_wait(server: FakeServer) -> None:
    """llama.cpp closes after every stream, and does not say so before."""

    def closing(exchange: Exchange) -> None:
        saying("a")(exchange)
        time.sleep(0.01)
        exchange.hang_up()

    backend = server.open()
    server.paths[CHAT] = closing
    with stamina.set_testing(False):
        start = time.monotonic()
        assert [read(backend)[0] for _ in range(10)] == ["a"] * 10
        assert time.monotonic() - start < 1.5


def test_an_error_within_a_stream(server: FakeServer) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        exchange.say("one")
        exchange.event({"error": {"message": "EngineDeadError", "code": 500}})
        exchange.end()

    backend = server.open()
    server.paths[CHAT] = answer
    shown, error = fails(backend)
    assert shown == "one"
    assert error.what == "The server failed (500): EngineDeadError; 1 token had come"


def test_json_that_is_broken(server: FakeServer) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        exchange.say("one")
        exchange.raw(b'data: {"choices": [{"del\n\n')
        exchange.end()

    backend = server.open()
    server.paths[CHAT] = answer
    shown, error = fails(backend)
    assert shown == "one"
    assert 'cannot be read as JSON after 1 token: {"choices": [{"del' in error.what


@pytest.mark.parametrize("body", ['{"choices": 5}', "[1, 2]", '"text"', "null", "7"])
def test_json_of_another_shape(server: FakeServer, body: str) -> None:
    backend = server.open()
    server.paths[CHAT] = failing(200, body)
    assert "cannot be read as JSON" in fails(backend)[1].what


def test_a_web_page_instead_of_json(server: FakeServer) -> None:
    page = "<!DOCTYPE html>\n<html><title>Welcome\x1b]0;x\x07</title></html>"
    server.paths[CHAT] = failing(200, page, "text/html")
    error = opening(server.url)
    assert "answered with a web page: <!DOCTYPE html>" in error.what
    assert "\x1b" not in str(error)
    assert "/v1" in error.remedy


def test_a_redirect_is_not_followed_and_the_key_goes_nowhere(server: FakeServer) -> None:
    with FakeServer().running() as other:
        server.paths[MODELS] = failing(307, "", Location=f"{other.url}/models")
        server.paths[CHAT] = failing(307, "", Location=f"{other.url}/chat/completions")
        error = opening(server.url, key="SOME_KEY", environment={"SOME_KEY": "s3cret-value"})
        assert other.seen == []
    assert f"sends us to {other.url}" in error.what


def test_a_key_is_in_no_log(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    backend = server.open(key="SOME_KEY", environment={"SOME_KEY": "s3cret-value"})
    server.paths[CHAT] = failing(500, {"error": {"message": "you sent Bearer s3cret-value"}})
    _, error = fails(backend)
    assert "you sent Bearer …" in error.what
    assert "s3cret" not in caplog.text + "".join(str(vars(each)) for each in caplog.records)


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1:8000", "ftp://host/v1", "http:///v1", "http://host:x/v1", "http://a b/v1",
     "http://me:pass@host/v1", "http://host/v1?key=1", "http://[::1/v1"],
)  # fmt: skip
def test_a_url_that_is_none_is_said_before_anything_is_sent(url: str) -> None:
    error = opening(url)
    assert error.where == "profiles.*.url"
    assert "pass@" not in str(error)


def test_a_line_without_end_is_not_read_for_ever(server: FakeServer) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        for _ in range(40):
            exchange.raw(b"data: " + b"x" * 500_000)
        exchange.wait_until_left()

    backend = server.open()
    server.paths[CHAT] = answer
    assert "cannot be read as JSON" in fails(backend)[1].what
