"""`argo-tui models`: the list and the fetch, as a person and as a program see them."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest_plugins = ("tests.models_fixture",)

COMMAND = [
    sys.executable,
    "-c",
    "import sys; from argo_tui.commands.models import app;"
    "sys.exit(app(result_action='return_value'))",
]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "wheels").mkdir()
    base = {k: v for k, v in os.environ.items() if not k.startswith(("ARGO_", "PIP_", "HF_"))}
    return {
        **base,
        "ARGO_HOME": str(tmp_path / "home"),
        "HF_HOME": str(tmp_path / "hf"),
        "HF_ENDPOINT": "http://127.0.0.1:9",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path / "wheels"),
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "80",
    }


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False
    )


def configure(environment: dict[str, str], gguf: Path, sha256: str) -> None:
    """A model «tiny» from a file, in the user's argo.toml."""
    directory = Path(environment["ARGO_HOME"]) / "config"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "argo.toml").write_text(
        f'[models.tiny]\nparameters = 200000\nlicence = "None"\nbytes = 1000000\n'
        f'format = "gguf"\nsha256 = "{sha256}"\n'
        f'sources = [{{ kind = "file", path = "{gguf}" }}]\n'
    )


def test_the_list_fits_80_columns_and_says_why_not(environment: dict[str, str]) -> None:
    result = run(environment)
    assert result.returncode == 0
    table, _, reasons = result.stdout.partition("\n\n")
    assert all(len(line) <= 80 for line in table.splitlines())
    for profile in ("3b", "1.5b", "1.5b-coder", "0.5b", "135m"):
        assert f"{profile}: Not fetched. Run: argo-tui models fetch {profile}" in reasons


def test_the_list_as_json(environment: dict[str, str]) -> None:
    result = run(environment, "--json")
    first = json.loads(result.stdout)[0]
    assert first["profile"] == "3b"
    assert first["licence"] == "Qwen Research"
    assert first["directory"] is None


def test_fetch_as_json_is_one_object_a_line_and_without_it_the_directory(
    tiny_gguf: Path, environment: dict[str, str]
) -> None:
    configure(environment, tiny_gguf, hashlib.sha256(tiny_gguf.read_bytes()).hexdigest())
    result = run(environment, "fetch", "tiny", "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 0, result.stderr
    assert [*dict.fromkeys(line["phase"] for line in lines)] == ["verify", "convert", "done"]
    assert set(lines[0]) == {"model", "phase", "done", "total", "source", "text"}
    again = run(environment, "fetch", "tiny")
    assert again.returncode == 0
    assert (Path(again.stdout.strip()) / "manifest.json").is_file()


def test_a_failed_fetch_ends_with_1_and_the_remedy(environment: dict[str, str]) -> None:
    result = run(environment, "fetch", "135m")
    assert result.returncode == 1
    assert "Connect once and run: argo-tui models fetch smollm2-135m-instruct" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_name_is_wrong_usage() -> None:
    # Usage errors exit through cyclopts itself.
    result = subprocess.run([*COMMAND, "fetch"], capture_output=True, check=False)
    assert result.returncode != 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_fetch_cleanly(
    tiny_gguf: Path, environment: dict[str, str], number: signal.Signals
) -> None:
    configure(environment, tiny_gguf, hashlib.sha256(tiny_gguf.read_bytes()).hexdigest())
    process = subprocess.Popen(
        [*COMMAND, "fetch", "tiny", "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    while '"convert"' not in process.stdout.readline():
        pass
    time.sleep(0.3)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Continue with: argo-tui models fetch tiny" in errors
    assert "Traceback" not in errors
    models = Path(environment["ARGO_HOME"]) / "cache" / "models"
    assert [p.name for p in models.glob("*") if not p.name.endswith(".lock")] == []
