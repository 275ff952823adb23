"""GGUF to a directory of safetensors: complete or not there at all."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.errors import ModelError
from engine.llm.backend import Message
from engine.llm.chat import Chat
from engine.models.convert import convert
from engine.models.locate import is_weights
from engine.models.manifest import Manifest, is_complete, read_manifest

pytest_plugins = ("tests.models_fixture",)

SCRIPT = """
import sys
from pathlib import Path
from engine.models.convert import convert
convert(Path(sys.argv[1]), Path(sys.argv[2]), model="tiny", sha256="0" * 64)
"""


def start(gguf: Path, target: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(gguf), str(target)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def visible(directory: Path) -> list[str]:
    return sorted(p.name for p in directory.iterdir() if not p.name.endswith(".lock"))


def test_the_converted_weights_are_those_of_the_file(
    tiny: Path, tiny_gguf: Path, tmp_path: Path
) -> None:
    import torch
    from safetensors.torch import load_file

    directory = convert(tiny_gguf, tmp_path / "m", model="tiny", sha256="0" * 64)
    ours, theirs = (load_file(d / "model.safetensors") for d in (directory, tiny))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name].bfloat16()) for name in ours)


def test_the_chat_template_survives(tiny: Path, tiny_gguf: Path, tmp_path: Path) -> None:
    directory = convert(tiny_gguf, tmp_path / "m", model="tiny", sha256="0" * 64)
    turns = [Message("system", "Be short."), Message("user", "What is E2?")]
    assert Chat.load(directory).prompt(turns) == Chat.load(tiny).prompt(turns)


def test_the_manifest_tells_the_source(tiny_gguf: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256(tiny_gguf.read_bytes()).hexdigest()
    directory = convert(tiny_gguf, tmp_path / "m", model="tiny", sha256=digest)
    assert read_manifest(directory) == Manifest(model="tiny", sha256=digest)
    assert is_weights(directory)
    assert not is_complete(directory, "f" * 64)


def test_a_complete_directory_is_left_alone(tiny_gguf: Path, tmp_path: Path) -> None:
    directory = convert(tiny_gguf, tmp_path / "m", model="tiny", sha256="0" * 64)
    before = (directory / "model.safetensors").stat()
    convert(tiny_gguf, directory, model="tiny", sha256="0" * 64)
    assert (directory / "model.safetensors").stat().st_ino == before.st_ino


def test_a_half_made_directory_is_made_again(tiny_gguf: Path, tmp_path: Path) -> None:
    target = tmp_path / "m"
    target.mkdir()
    (target / "model.safetensors").write_bytes(b"half")
    assert is_complete(convert(tiny_gguf, target, model="tiny", sha256="0" * 64))
    assert visible(tmp_path) == ["m"]


def test_a_killed_conversion_leaves_nothing_half_made(tiny_gguf: Path, tmp_path: Path) -> None:
    target = tmp_path / "m"
    process = start(tiny_gguf, target)
    until = time.monotonic() + 60
    while not list(tmp_path.glob(".m.partial-*")) and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert list(tmp_path.glob(".m.partial-*")), "it was killed in the middle"
    assert not target.exists()
    convert(tiny_gguf, target, model="tiny", sha256="0" * 64)
    assert visible(tmp_path) == ["m"]
    assert is_complete(target)


def test_two_processes_may_convert_at_once(tiny_gguf: Path, tmp_path: Path) -> None:
    processes = [start(tiny_gguf, tmp_path / "m") for _ in range(2)]
    assert [process.wait(120) for process in processes] == [0, 0]
    assert visible(tmp_path) == ["m"]
    assert is_complete(tmp_path / "m")


def test_a_file_that_is_no_gguf_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(b"not a model")
    with pytest.raises(ModelError, match="cannot be read"):
        convert(path, tmp_path / "out" / "m", model="x", sha256="0" * 64)
    assert visible(tmp_path / "out") == []


def test_a_full_disk_says_what_to_do(
    tiny_gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ModelError, match=r"No space left.*free space"):
        convert(tiny_gguf, tmp_path / "m", model="tiny", sha256="0" * 64)
    assert visible(tmp_path) == []
