"""What the tests of servers share: a fake one, a call read to its end or to its error."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import ModelError
from engine.llm.backend import Message, Piece, Sampling
from engine.llm.remote import RemoteBackend
from tests.fake_server import QUICK, profile_of

ASKED = [Message("user", "Greet.")]


def read(backend: RemoteBackend, *, stop: tuple[str, ...] = (), cap: int = 50) -> tuple[str, Piece]:
    pieces = list(backend.stream(ASKED, Sampling(max_tokens=cap), kind="answer", stop=stop))
    return "".join(each.text for each in pieces), pieces[-1]


def fails(backend: RemoteBackend) -> tuple[str, ModelError]:
    """What was shown before the error, and the error."""
    shown = ""
    with pytest.raises(ModelError) as caught:
        for each in backend.stream(ASKED, Sampling(max_tokens=50), kind="answer"):
            shown += each.text
    return shown, caught.value


def opening(url: str, **changes: Any) -> ModelError:
    environment = changes.pop("environment", {})
    with pytest.raises(ModelError) as caught:
        RemoteBackend.open(profile_of(url, **changes), environment=environment, patience=QUICK)
    return caught.value
