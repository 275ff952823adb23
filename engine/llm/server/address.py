"""Where a server is, what it is asked for, and the key it wants.

Not responsible for talking to it (engine.llm.server.connection).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from engine.config import Profile
from engine.errors import ModelError

_SHORTEST_KEY: Final = 4
"""A shorter one would be struck out of innocent words."""


class Key:
    """The value of an environment variable. It does not show itself, whoever prints it."""

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self._value = value

    def __repr__(self) -> str:
        return f"Key({self.name})"

    def header(self) -> tuple[bytes, bytes]:
        """The header that carries it."""
        return b"Authorization", f"Bearer {self._value}".encode("ascii")

    def struck_out(self, text: str) -> str:
        """A text without the key: servers like to repeat it in their errors."""
        return text.replace(self._value, "…") if len(self._value) >= _SHORTEST_KEY else text


@dataclass(frozen=True, slots=True)
class Address:
    """A server and the model on it."""

    base: str
    """With the path and without a slash at the end: http://127.0.0.1:8000/v1."""
    model: str
    key: Key | None

    @classmethod
    def of(cls, profile: Profile, environment: Mapping[str, str]) -> Address:
        """The address in a profile. Raises ModelError: no URL, a bad one, no key."""
        url = (profile.url or "").strip()
        if problem := url_problem(url):
            raise ModelError(
                f"The profile «{profile.title}» {problem}",
                where="profiles.*.url",
                remedy='Write it like url = "http://127.0.0.1:8000/v1".',
            )
        return cls(url.rstrip("/"), profile.model, _key(profile.key, environment))

    @property
    def root(self) -> str:
        """The server itself, where what is not of the OpenAI protocol lies."""
        return self.base.removesuffix("/v1")

    @property
    def host(self) -> str:
        """Name or number of the machine."""
        return urlsplit(self.base).hostname or ""

    @property
    def in_the_clear(self) -> bool:
        """Whether what is sent leaves this machine unencrypted."""
        return self.base.startswith("http:") and not is_loopback(self.host)


def url_problem(url: str) -> str:
    """What is wrong with a URL, as the end of a sentence; empty where nothing is."""
    if not url:
        return "has no url"
    try:
        parts: SplitResult = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
        parts = SplitResult("", "", "", "", "")
    if not known or not url.isascii() or any(c.isspace() for c in url):
        return "has a url that is none"
    if parts.username is not None or parts.password is not None:
        return "has a password in its url; a key comes from the environment variable named by key"
    if parts.query or parts.fragment:
        return "has a url with a query"
    return ""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _key(name: str | None, environment: Mapping[str, str]) -> Key | None:
    if name is None:
        return None
    value = environment.get(name, "").strip()
    if not value:
        raise ModelError(
            f"The environment variable {name}, which is to hold the server's key, is not set",
            where="profiles.*.key",
            remedy=f"Set it: export {name}=...",
        )
    if not value.isascii() or not value.isprintable():
        raise ModelError(
            f"The environment variable {name} holds something that is no key",
            where="profiles.*.key",
            remedy="A key is plain characters on one line.",
        )
    return Key(name, value)
