"""Waits on a socket that look up: has the user cancelled, has the server gone quiet?

A read is cut into short ones, so no thread is needed to end it. Not responsible for what is read
(engine.llm.server.connection).
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any, Final

from httpcore2 import SOCKET_OPTION, NetworkBackend, NetworkStream, ReadTimeout, SyncBackend

from engine.llm.backend import Cancel

SLICE_S: Final = 0.04
"""Longest time in which a cancel is not seen."""


class CancelledError(Exception):
    """The user cancelled the call that waits."""


class Watch:
    """What waits look at. Set anew for every call."""

    def __init__(self) -> None:
        self.cancel: Cancel | None = None
        self.quiet_s = 60.0
        """Longest time without a byte before a read gives up."""

    def look(self) -> None:
        """Raises CancelledError."""
        if self.cancel is not None and self.cancel.is_set():
            raise CancelledError

    def pause(self, seconds: float) -> None:
        """Sleep. Raises CancelledError."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.look()
            time.sleep(min(SLICE_S, left))


class WatchedStream(NetworkStream):
    """A connection whose reads keep looking at a Watch."""

    def __init__(self, inner: NetworkStream, watch: Watch) -> None:
        self._inner = inner
        self._watch = watch

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Bytes that have come, at least one; none at the end. Raises CancelledError."""
        start = time.monotonic()
        while True:
            self._watch.look()
            try:
                return self._inner.read(max_bytes, SLICE_S)
            except ReadTimeout:
                # The limit is looked at afresh: it changes while an answer comes.
                if time.monotonic() - start >= self._watch.quiet_s:
                    raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send."""
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        """Close. The server sees it, and ends what it was computing."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> NetworkStream:
        """The same connection, encrypted."""
        return WatchedStream(
            self._inner.start_tls(ssl_context, server_hostname, timeout), self._watch
        )

    def get_extra_info(self, info: str) -> Any:
        """What the pool asks about the socket."""
        return self._inner.get_extra_info(info)


class WatchedNetwork(NetworkBackend):
    """Opens connections that keep looking at a Watch."""

    def __init__(self, watch: Watch) -> None:
        self._inner = SyncBackend()
        self._watch = watch

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> NetworkStream:
        """Connect. The one wait that does not look: `timeout` keeps it short."""
        self._watch.look()
        stream = self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return WatchedStream(stream, self._watch)
