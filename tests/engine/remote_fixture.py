"""A fake server as a fixture: `pytest_plugins = ("tests.engine.remote_fixture",)`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina

from tests.fake_server import FakeServer


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """It runs on the loopback; what is tried again is tried at once."""
    with stamina.set_testing(True, attempts=3, cap=True), FakeServer().running() as running:
        yield running
