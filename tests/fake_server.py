"""An OpenAI-compatible server on the loopback: well-behaved, until a test says otherwise.

A test puts a function under a path; it gets the request's exchange and writes what it likes.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from engine.config import CapsTable, Profile, Temperatures
from engine.llm.remote import RemoteBackend
from engine.llm.server.connection import Patience

CHAT = "/v1/chat/completions"
MODELS = "/v1/models"
COMPLETIONS = "/v1/completions"
TOKENIZE = "/tokenize"
MODEL = "small"
QUICK = Patience(first=0.6, between=0.4, after=0.2)


class Exchange(BaseHTTPRequestHandler):
    """One request and what is written back."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Listener
    body: dict[str, Any]

    def do_GET(self) -> None:
        self._dispatch({})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self._dispatch(json.loads(self.rfile.read(length)))

    def _dispatch(self, body: dict[str, Any]) -> None:
        self.body = body
        self.server.fake.seen.append((self.path, dict(self.headers), body))
        answer = self.server.fake.paths.get(self.path, not_found)
        try:
            answer(self)
        except (BrokenPipeError, ConnectionResetError):
            self.server.fake.left.set()
            self.close_connection = True

    def reply(self, status: int, body: Any, kind: str = "application/json", **headers: str) -> None:
        """A whole answer."""
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def begin(self, *, chunked: bool = True) -> None:
        """The head of a stream."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()

    def raw(self, data: bytes) -> None:
        """Bytes of a chunked body."""
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def event(self, value: Any) -> None:
        """One event of a chunked stream."""
        self.raw(f"data: {json.dumps(value)}\n\n".encode())

    def say(self, *pieces: str, finish: str | None = None) -> None:
        """Pieces of text, one event each."""
        for text in pieces:
            self.event(piece(text))
        if finish:
            self.event(piece("", finish))

    def end(self, *, done: bool = True) -> None:
        """The end of a chunked stream."""
        if done:
            self.raw(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def hang_up(self) -> None:
        """Close in the middle."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def wait_until_left(self) -> None:
        """Until the other side has closed, or five seconds."""
        self.connection.settimeout(5)
        try:
            while self.connection.recv(1024):
                pass
            self.server.fake.left.set()
        except OSError:
            pass
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""


class Listener(ThreadingHTTPServer):
    """With a way back to the test."""

    daemon_threads = True
    fake: FakeServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is what many tests are about; anything else is a defect."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


Answer = Callable[[Exchange], None]


class FakeServer:
    """A server in a thread. `paths` say what it does, `seen` what it was asked."""

    def __init__(self) -> None:
        self.paths: dict[str, Answer] = {MODELS: models, CHAT: saying("Hello", " there.")}
        self.seen: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.left = threading.Event()
        """The client closed the connection before the answer was over."""
        self._listener = Listener(("127.0.0.1", 0), Exchange)
        self._listener.fake = self
        self.port: int = self._listener.server_address[1]
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def bodies(self, path: str = CHAT) -> list[dict[str, Any]]:
        return [body for seen, _, body in self.seen if seen == path]

    def open(self, **changes: Any) -> RemoteBackend:
        """A back end on this server, after its first token; `seen` is empty again."""
        environment = changes.pop("environment", {})
        patience = changes.pop("patience", QUICK)
        profile = profile_of(self.url, **changes)
        backend = RemoteBackend.open(profile, environment=environment, patience=patience)
        self.seen.clear()
        return backend

    @contextmanager
    def running(self) -> Iterator[FakeServer]:
        self._thread.start()
        try:
            yield self
        finally:
            self._listener.shutdown()
            self._listener.server_close()
            self._thread.join()


def profile_of(url: str, /, **changes: Any) -> Profile:
    settings: dict[str, Any] = {
        "title": "Fake",
        "kind": "openai",
        "url": url,
        "model": MODEL,
        "caps": CapsTable(subquery=20, answer=50, synthesis=50),
        "temperatures": Temperatures(decompose=0.0, answer=0.0, synthesise=0.0),
    }
    return Profile(**(settings | changes))


def piece(text: str, finish: str | None = None, logprob: float | None = -0.5) -> dict[str, Any]:
    """One event, as vLLM sends it."""
    logprobs = {"content": [{"token": text, "logprob": logprob}]} if text else None
    choice = {"index": 0, "delta": {"content": text}, "logprobs": logprobs}
    return {"id": "x", "choices": [{**choice, "finish_reason": finish}]}


def usage(prompt: int, completion: int, cached: int | None = None) -> dict[str, Any]:
    """The last event with `include_usage`."""
    details = {"cached_tokens": cached} if cached is not None else None
    counted = {"prompt_tokens": prompt, "completion_tokens": completion}
    return {"id": "x", "choices": [], "usage": {**counted, "prompt_tokens_details": details}}


def saying(*pieces: str, finish: str = "stop") -> Answer:
    """Streams pieces, the reason and the counts, as vLLM does."""

    def answer(exchange: Exchange) -> None:
        exchange.begin()
        exchange.event({"choices": [{"delta": {"role": "assistant", "content": ""}}]})
        exchange.say(*pieces, finish=finish)
        exchange.event(usage(12, len(pieces), 8))
        exchange.end()

    return answer


def models(exchange: Exchange) -> None:
    exchange.reply(200, {"object": "list", "data": [{"id": MODEL, "max_model_len": 4096}]})


def not_found(exchange: Exchange) -> None:
    exchange.reply(404, {"detail": "Not Found"})


def failing(status: int, body: Any, kind: str = "application/json", **headers: str) -> Answer:
    """The same answer always."""
    return lambda exchange: exchange.reply(status, body, kind, **headers)


def in_turn(*answers: Answer) -> Answer:
    """One after the other; the last stays."""
    left = list(answers)

    def answer(exchange: Exchange) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(exchange)

    return answer
