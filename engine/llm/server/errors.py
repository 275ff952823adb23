"""What went wrong between us and a server, in words: what happened, where, what to do.

Nothing that a server says is shown uncleaned or with the key in it. Not responsible for trying
again (engine.llm.server.client).
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpcore2

from engine.errors import ModelError
from engine.llm.server.address import Address
from engine.text import clean

_PASSING: Final = frozenset({408, 429, 500, 502, 503, 504, 529})
"""Statuses that may be gone in a moment."""
LONGEST_WAIT_S: Final = 30.0
"""What a server may ask to wait before it is tried again."""
_EXCERPT: Final = 240
"""Characters of a server's own words."""


class ServerError(ModelError):
    """A server did not do what it was asked for. `status` is 0 where it was not reached."""

    def __init__(
        self,
        what: str,
        *,
        where: str,
        remedy: str,
        status: int = 0,
        said: str = "",
        passing: bool = False,
        wait_s: float = 0.0,
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.status = status
        self.said = said
        """The server's own words, clean and shortened."""
        self.passing = passing
        """Whether it may work in a moment."""
        self.wait_s = wait_s
        """How long the server asks to wait before that."""


def of_status(
    status: int, headers: Mapping[str, str], body: bytes, address: Address, served: Sequence[str]
) -> ServerError:
    """The error for an answer that is not 200. `served` are the models there, where known."""
    said = words(body, address)
    what, remedy = _told(status, headers, said, address, served)
    wait_s = _seconds(headers.get("retry-after", ""))
    if wait_s > LONGEST_WAIT_S:
        remedy = f"It asks to wait {wait_s:.0f} s."
    return ServerError(
        what,
        where=address.base,
        remedy=remedy,
        status=status,
        said=said,
        passing=status in _PASSING and wait_s <= LONGEST_WAIT_S,
        wait_s=wait_s,
    )


def of_connection(error: Exception, address: Address) -> ServerError:
    """The error for a connection that was not made, or broke before an answer began."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__ or cause.__context__
    what, remedy, passing = _unreached(error, cause, address)
    return ServerError(what, where=address.base, remedy=remedy, passing=passing)


def broken_off(tokens: int, address: Address, why: str) -> ServerError:
    """The error for an answer that broke off. `tokens` had come."""
    count = f"{tokens} token{'' if tokens == 1 else 's'} had come" if tokens else "nothing had come"
    return ServerError(
        f"{why}; {count}",
        where=address.base,
        remedy="Ask again; if it stays so, look at the server's own log.",
        passing=not tokens,
    )


def malformed(excerpt: str, tokens: int, address: Address) -> ServerError:
    """The error for an answer that is not of the protocol."""
    shown = shorten(excerpt, address)
    page = excerpt.lstrip().startswith("<")
    came = f" after {tokens} token{'' if tokens == 1 else 's'}" if tokens else ""
    return ServerError(
        f"The server answered with a web page{came}: {shown}"
        if page
        else f"The server sent what cannot be read as JSON{came}: {shown}",
        where=address.base,
        remedy="Is this an OpenAI-compatible server, and does url end in its /v1?",
        status=200,
    )


def words(body: bytes, address: Address) -> str:
    """What a server says in the body of an error: its message, else the beginning of the body."""
    text = body.decode("utf-8", "replace")
    try:
        said = _message(json.loads(text))
    except (ValueError, RecursionError):
        said = ""
    return shorten(said or text, address)


def shorten(text: str, address: Address) -> str:
    """A server's words on one line, clean, without the key."""
    line = " ".join(clean(text).split())
    if address.key is not None:
        line = address.key.struck_out(line)
    return line if len(line) <= _EXCERPT else f"{line[:_EXCERPT]}…"


def _told(
    status: int, headers: Mapping[str, str], said: str, address: Address, served: Sequence[str]
) -> tuple[str, str]:
    """What happened and what to do."""
    quoted = f": {said}" if said else ""
    if status in (401, 403):
        if address.key is None:
            remedy = (
                'Name the environment variable that holds its key: key = "NAME" in the profile.'
            )
        else:
            remedy = f"Check the key in the environment variable {address.key.name}."
        return f"The server refuses access ({status}){quoted}", remedy
    if status == 404 and served and address.model not in served:
        there = ", ".join(clean(name) for name in served[:8])
        return (
            f"The server has no model «{address.model}»",
            f"It serves: {there}. Put one of them into model.",
        )
    if status == 404:
        ends = address.base.endswith("/v1")
        remedy = "Check the url and the model." if ends else "The url should end in /v1."
        return f"The server has nothing at this path (404){quoted}", remedy
    if 300 <= status < 400:
        target = shorten(headers.get("location", "elsewhere"), address)
        return (
            f"The server sends us to {target}; redirects are not followed, the key might go astray",
            "Put the right address into url.",
        )
    if status == 429:
        return f"The server has too much to do (429){quoted}", "Wait, or ask for a higher limit."
    if status >= 500:
        return f"The server failed ({status}){quoted}", "Look at the server's own log."
    return (
        f"The server refuses the request ({status}){quoted}",
        "Check the profile's model and caps against what the server takes.",
    )


def _unreached(
    error: Exception, cause: BaseException | None, address: Address
) -> tuple[str, str, bool]:
    """What happened, what to do, and whether it may be gone in a moment."""
    if isinstance(cause, socket.gaierror):
        return f"There is no machine named «{address.host}»", "Check the host in url.", False
    if isinstance(cause, ssl.SSLError):
        said = shorten(str(cause), address)
        return f"No trusted connection: {said}", "Check https and the certificate.", False
    if isinstance(error, httpcore2.ConnectTimeout):
        return "The server cannot be reached: no answer", "Check url, network and firewall.", False
    if isinstance(error, httpcore2.TimeoutException):
        return (
            "The server is silent: nothing came in time",
            "It may be overloaded or loading; look at its log, and ask again.",
            False,
        )
    if isinstance(error, httpcore2.ConnectError):
        said = shorten(str(cause or error), address)
        return (
            f"The server cannot be reached: {said}",
            "Start it (argo-tui serve vllm PROFILE), or correct url.",
            False,
        )
    if isinstance(error, httpcore2.ProxyError):
        return f"The proxy refuses: {shorten(str(error), address)}", "Check NO_PROXY.", False
    return "The server closed the connection without an answer", "Look at its own log.", True


def _message(body: Any) -> str:
    """The sentence in an error body, of any of the shapes that servers use."""
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return "; ".join(filter(None, map(_message, body)))
    if not isinstance(body, dict):
        return ""
    place = body.get("loc")
    prefix = f"{place[-1]}: " if isinstance(place, list) and place else ""
    for name in ("error", "message", "detail", "msg"):
        if said := _message(body.get(name)):
            return prefix + said
    return ""


def _seconds(text: str) -> float:
    """A Retry-After header in seconds; 0 where there is none or it is a date."""
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0
