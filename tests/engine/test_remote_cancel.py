"""A cancel leaves the server at once, also before the first token, and keeps what has come."""

from __future__ import annotations

import threading
import time

from engine.llm.backend import Piece, Sampling
from tests.engine.remote_kit import ASKED, read
from tests.fake_server import CHAT, Exchange, FakeServer, saying

pytest_plugins = ("tests.engine.remote_fixture",)


def test_a_cancel_between_pieces_leaves_the_server_and_keeps_the_text(server: FakeServer) -> None:
    backend, cancel = server.open(), threading.Event()

    def endless(exchange: Exchange) -> None:
        exchange.begin()
        exchange.say("one", " two")
        exchange.wait_until_left()

    server.paths[CHAT] = endless
    got: list[Piece] = []
    start = 0.0
    for each in backend.stream(ASKED, Sampling(max_tokens=9), kind="answer", cancel=cancel):
        got.append(each)
        if len(got) == 2:
            cancel.set()
            start = time.monotonic()
    assert time.monotonic() - start < 0.3
    assert "".join(each.text for each in got) == "one two"
    assert got[-1].finish == "cancelled"
    assert got[-1].usage is not None
    assert got[-1].usage.decoded_tokens == 2
    assert server.left.wait(2)


def test_a_cancel_while_nothing_has_come_does_not_wait_for_the_first_token(
    server: FakeServer,
) -> None:
    backend, cancel = server.open(), threading.Event()
    server.paths[CHAT] = Exchange.wait_until_left
    threading.Timer(0.1, cancel.set).start()
    start = time.monotonic()
    (only,) = backend.stream(ASKED, Sampling(max_tokens=9), kind="answer", cancel=cancel)
    assert time.monotonic() - start < 0.4
    assert (only.text, only.finish) == ("", "cancelled")
    assert server.left.wait(2)
    server.paths[CHAT] = saying("Well.")
    assert read(backend)[0] == "Well."


def test_who_stops_reading_leaves_the_server_too(server: FakeServer) -> None:
    backend = server.open()

    def endless(exchange: Exchange) -> None:
        exchange.begin()
        exchange.say("one")
        exchange.wait_until_left()

    server.paths[CHAT] = endless
    pieces = backend.stream(ASKED, Sampling(max_tokens=9), kind="answer")
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert server.left.wait(2)
