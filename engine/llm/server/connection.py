"""HTTP to one server: a POST or a GET, the answer whole or as it comes, ended by a cancel.

Redirects are not followed and nothing of a request is logged. Not responsible for what is sent and
what it means (engine.llm.server.client).
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpcore2

from engine.llm.backend import Cancel
from engine.llm.server.address import Address, is_loopback
from engine.llm.server.watch import Watch, WatchedNetwork

_CONNECT_S: Final = 5.0
_WRITE_S: Final = 30.0
_KEEP_S: Final = 4.0
"""Servers close a connection that is idle for five seconds or more; be first."""
_LARGEST: Final = 256_000_000
"""Bytes of a whole answer."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server may be silent, in seconds."""

    first: float = 300.0
    """Before the first token: it may be queueing, loading, or computing a long prompt."""
    between: float = 60.0
    """Between two pieces of an answer."""
    after: float = 1.0
    """After the end, for the token counts."""


class Response:
    """An answer whose body is still to come."""

    def __init__(self, response: httpcore2.Response) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        self._response = response

    @property
    def has_an_end(self) -> bool:
        """Whether a body cut short is told from a whole one."""
        return "content-length" in self.headers or "transfer-encoding" in self.headers

    def body(self) -> Iterator[bytes]:
        """As it comes."""
        yield from self._response.iter_stream()

    def read(self) -> bytes:
        """All of it."""
        body = b""
        for part in self.body():
            body += part
            if len(body) > _LARGEST:
                raise httpcore2.RemoteProtocolError("an answer without an end")
        return body


class Connection:
    """Connections to one server, kept open between calls."""

    def __init__(self, address: Address, patience: Patience) -> None:
        self._address = address
        self._patience = patience
        self.watch = Watch()
        self._pool = httpcore2.ConnectionPool(
            network_backend=WatchedNetwork(self.watch),
            proxy=_proxy(address),
            keepalive_expiry=_KEEP_S,
        )

    @contextmanager
    def send(
        self,
        url: str,
        body: Mapping[str, Any] | None = None,
        *,
        cancel: Cancel | None = None,
        patience_s: float | None = None,
    ) -> Iterator[Response]:
        """GET, or POST where there is a body. Leaving ends the answer.

        Raises CancelledError and what httpcore2 raises.
        """
        self.watch.cancel = cancel
        self.watch.quiet_s = self._patience.first if patience_s is None else patience_s
        headers = [(b"Accept", b"application/json, text/event-stream")]
        if self._address.key is not None:
            headers.append(self._address.key.header())
        content = None
        if body is not None:
            content = json.dumps(body).encode("ascii")
            headers.append((b"Content-Type", b"application/json"))
        timeouts = {"connect": _CONNECT_S, "write": _WRITE_S, "pool": _CONNECT_S}
        with self._pool.stream(
            "GET" if body is None else "POST",
            url,
            headers=headers,
            content=content,
            extensions={"timeout": timeouts},
        ) as response:
            yield Response(response)

    def close(self) -> None:
        """Close what is open."""
        self._pool.close()


def _proxy(address: Address) -> httpcore2.Proxy | None:
    """The proxy that the environment names for this server."""
    if is_loopback(address.host) or urllib.request.proxy_bypass(address.host):
        return None
    url = urllib.request.getproxies().get(address.base.partition(":")[0])
    return httpcore2.Proxy(url) if url else None
