"""A model hub on this machine: whole snapshots and single files, verified, also resumed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.tiny_models import hub

pytest_plugins = ("tests.models_fixture",)

SCRIPT = """
import sys
from pathlib import Path
from engine.config import HubSource, Model, Settings
from engine.models.fetch import fetch
from engine.paths import Home
from tests.tiny_models import profile
root, form, sha256 = sys.argv[1:4]
file = "tiny.gguf" if form == "gguf" else None
model = Model(parameters=200_000, licence="None", bytes=1_000_000, format=form,
              sha256=sha256 or None, sources=(HubSource(repo="someone/tiny", file=file),))
settings = Settings(profiles={"t": profile(model="tiny")}, models={"tiny": model})
home = Home(Path(root) / "config", Path(root) / "data", Path(root) / "cache")
try:
    print(fetch("t", settings, home, progress=lambda p: print(p.phase, file=sys.stderr)))
except Exception as error:
    print(error)
"""


def fetch(root: Path, endpoint: str, form: str, sha256: str = "") -> str:
    """In a process of its own: the hub's library reads its environment once."""
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(root), form, sha256],
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("HF_")},
            "HF_ENDPOINT": endpoint,
            "HF_HOME": str(root / "hf"),
            "HF_HUB_DISABLE_XET": "1",
            "OMP_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.strip()


def test_a_snapshot_comes_into_the_hubs_own_cache_without_code(tiny: Path, tmp_path: Path) -> None:
    files = {path.name: path.read_bytes() for path in tiny.iterdir()}
    files |= {"modeling_evil.py": b"raise SystemExit", "pytorch_model.bin": b"pickle"}
    with hub("someone/tiny", files) as (endpoint, asked):
        directory = Path(fetch(tmp_path, endpoint, "safetensors"))
        assert directory.is_relative_to(tmp_path / "hf")
        assert {p.name for p in directory.iterdir()} == {p.name for p in tiny.iterdir()}
        assert (directory / "model.safetensors").read_bytes() == files["model.safetensors"]
        before = len(asked)
        assert Path(fetch(tmp_path, endpoint, "safetensors")) == directory
        assert len(asked) == before, "a complete snapshot asks nobody"


def test_one_gguf_file_is_downloaded_verified_and_converted(
    tiny_gguf: Path, tmp_path: Path
) -> None:
    data = tiny_gguf.read_bytes()
    with hub("someone/tiny", {"tiny.gguf": data}) as (endpoint, _):
        said = fetch(tmp_path, endpoint, "gguf", hashlib.sha256(data).hexdigest())
    assert Path(said) == tmp_path / "cache" / "models" / "tiny"
    assert (Path(said) / "manifest.json").is_file()


def test_a_hub_that_lies_about_the_content_is_found_out(tiny: Path, tmp_path: Path) -> None:
    files = {path.name: path.read_bytes() for path in tiny.iterdir()}
    with hub("someone/tiny", files, corrupt="model.safetensors") as (endpoint, _):
        said = fetch(tmp_path, endpoint, "safetensors")
    assert "model.safetensors is damaged" in said


def test_a_repository_that_is_not_there_is_named(tmp_path: Path) -> None:
    with hub("someone/else", {"config.json": b"{}"}) as (endpoint, _):
        said = fetch(tmp_path, endpoint, "safetensors")
    assert "model hub someone/tiny: the model hub has no such repository" in said
