"""What a column takes of the machine, before anything is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.comparison import needs
from engine.comparison.plan import Need
from engine.config import CapsTable, Profile, Temperatures
from engine.models.memory import needed_bytes
from engine.models.registry import ModelStatus

PROFILE = Profile(
    title="A",
    model="a",
    caps=CapsTable(subquery=1, answer=1, synthesis=1),
    temperatures=Temperatures(decompose=0.0, answer=0.0, synthesise=0.0),
)


def status(
    parameters: int = 0, directory: Path | None = None, url: str | None = None
) -> ModelStatus:
    return ModelStatus("a", "A", "a", parameters, "", 0, directory, True, "", url)


def test_a_shipped_model_needs_what_the_registry_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "free_on_gpu", lambda: None)
    found = needs.need(status(500_000_000), PROFILE)
    assert found == Need("a", needed_bytes(500_000_000, PROFILE), "cpu")


def test_a_server_needs_nothing_here_and_is_a_place_of_its_own() -> None:
    assert needs.need(status(url="http://x/v1"), PROFILE) == Need("a", 0, "http://x/v1")


def test_weights_of_the_users_own_need_the_size_of_their_files(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"x" * 1_000)
    (tmp_path / "notes.txt").write_bytes(b"x" * 500)
    more = needs.need(status(directory=tmp_path), PROFILE).bytes
    assert more - needs.need(status(), PROFILE).bytes == 1_000
    file = needs.need(status(directory=tmp_path / "model.safetensors"), PROFILE)
    assert file.bytes == more


def test_memory_is_counted_where_the_columns_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "free_bytes", lambda: 500)
    monkeypatch.setattr(needs, "free_on_gpu", lambda: 300)
    gpu, cpu, server = (Need("a", 1, place) for place in (needs.GPU, needs.PROCESSOR, "http://x"))
    assert needs.free([gpu, server]) == 300
    assert needs.free([cpu, server]) == 500
    assert needs.free([gpu, cpu]) == 300
    assert needs.need(status(1), PROFILE).place == needs.GPU
