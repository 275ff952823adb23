"""`argo-tui serve vllm`: what is started, what is said, and that it never outlives us."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

FAKE = '''#!{python}
"""Stands for vLLM: notes how it was started, has a child of its own, serves /health."""
import http.server, json, os, pathlib, subprocess, sys
note = pathlib.Path({note!r})
if "--fail" in sys.argv:
    sys.exit("no such device")
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
known = {{name: os.environ.get(name) for name in ("VLLM_API_KEY", "HF_HUB_OFFLINE")}}
pids = [os.getpid(), child.pid]
note.write_text(json.dumps({{"arguments": sys.argv[1:], "pids": pids, **known}}))
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
    def log_message(self, *_):
        pass
port = int(sys.argv[sys.argv.index("--port") + 1])
print("vllm says hello", flush=True)
http.server.HTTPServer(("127.0.0.1", port), Health).serve_forever()
'''

CONFIGURATION = """
[profiles.far]
title = "Far"
kind = "openai"
url = "http://127.0.0.1:{port}/v1"
model = "org/name"
key = "SOME_KEY"
caps = {{ subquery = 20, answer = 50, synthesis = 60 }}
temperatures = {{ decompose = 0.1, answer = 0.2, synthesise = 0.3 }}

[profiles.own]
title = "Own"
model = "{weights}"
prompts = "smol"
caps = {{ subquery = 20, answer = 50, synthesis = 60 }}
temperatures = {{ decompose = 0.1, answer = 0.2, synthesise = 0.3 }}
reason_gain = 0.0
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    directory = tmp_path / "weights"
    directory.mkdir()
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (directory / name).write_text("{}")
    return directory


@pytest.fixture
def environment(tmp_path: Path, port: int, weights: Path) -> dict[str, str]:
    fake = tmp_path / "vllm"
    fake.write_text(FAKE.format(python=sys.executable, note=str(tmp_path / "note.json")))
    fake.chmod(0o755)
    config = tmp_path / "home" / "config"
    config.mkdir(parents=True)
    (config / "argo.toml").write_text(CONFIGURATION.format(port=port, weights=weights))
    base = {k: v for k, v in os.environ.items() if not k.startswith("ARGO_")}
    return {
        **base,
        "ARGO_HOME": str(tmp_path / "home"),
        "ARGO_VLLM": str(fake),
        "SOME_KEY": "s3cret-value",
    }


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    errors = Path(environment["ARGO_HOME"]).parent / "errors.txt"
    with errors.open("w") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "argo_tui", "serve", "vllm", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
        )


def ended(process: subprocess.Popen[str], tmp_path: Path) -> tuple[int, str, str]:
    """Exit code, the rest of the output, and everything on standard error."""
    assert process.stdout is not None
    output = process.stdout.read()
    return process.wait(30), output, (tmp_path / "errors.txt").read_text()


@pytest.fixture
def serve(environment: dict[str, str], tmp_path: Path) -> Iterator[Any]:
    """Starts the command and waits until the server is up; all of it is gone afterwards."""
    running: list[subprocess.Popen[str]] = []

    def up(*arguments: str) -> tuple[subprocess.Popen[str], str, dict[str, Any]]:
        running.append(process := start(environment, *arguments))
        assert process.stdout is not None
        said = process.stdout.readline()
        return process, said, json.loads((tmp_path / "note.json").read_text())

    yield up
    for process in running:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def gone(pids: list[int]) -> bool:
    end = time.monotonic() + 10
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(alive, pids))


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def run(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    process = start(environment, *arguments)
    code, _, errors = ended(process, Path(environment["ARGO_HOME"]).parent)
    return code, errors


def test_weights_of_a_profile_are_served_and_its_block_is_printed(
    serve: Any, port: int, weights: Path, tmp_path: Path
) -> None:
    process, said, note = serve("own", "--port", str(port), "--", "--tensor-parallel-size", "2")
    assert note["arguments"][:2] == ["serve", str(weights)]
    assert note["arguments"][-2:] == ["--tensor-parallel-size", "2"]
    assert note["HF_HUB_OFFLINE"] == "1"
    assert said.startswith("# Put this into argo.toml, then: argo-tui --profile vllm-own")
    process.send_signal(signal.SIGINT)
    code, block, errors = ended(process, tmp_path)
    table = tomllib.loads(block)["profiles"]["vllm-own"]
    assert table["url"] == f"http://127.0.0.1:{port}/v1"
    assert table["model"] == "own"
    assert table["caps"] == {"subquery": 20, "answer": 50, "synthesis": 60}
    assert table["reason_gain"] == 0.0
    assert "vllm says hello" in errors
    assert code == 0
    assert gone(note["pids"])


def test_the_block_is_a_profile_that_the_configuration_takes(
    serve: Any, port: int, environment: dict[str, str], tmp_path: Path
) -> None:
    process, _, _ = serve("own", "--port", str(port))
    process.send_signal(signal.SIGTERM)
    _, block, _ = ended(process, tmp_path)
    path = Path(environment["ARGO_HOME"]) / "config" / "argo.toml"
    path.write_text(path.read_text() + "\n" + block)
    listed = subprocess.run(
        [sys.executable, "-m", "argo_tui", "models", "--json"],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    (found,) = (s for s in json.loads(listed.stdout) if s["profile"] == "vllm-own")
    assert found["can_run"]
    assert found["url"] == f"http://127.0.0.1:{port}/v1"


def test_a_profile_of_a_server_gets_the_very_server_that_it_asks_for(
    serve: Any, port: int, tmp_path: Path
) -> None:
    process, said, note = serve("far")
    assert said == "argo-tui --profile far\n"
    assert note["arguments"][1] == "org/name"
    assert note["arguments"][note["arguments"].index("--port") + 1] == str(port)
    assert note["VLLM_API_KEY"] == "s3cret-value"
    assert "s3cret-value" not in " ".join(note["arguments"])
    process.send_signal(signal.SIGTERM)
    code, _, errors = ended(process, tmp_path)
    assert "s3cret-value" not in errors
    assert code == 0
    assert gone(note["pids"])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of the death")
def test_the_server_does_not_outlive_a_command_that_was_killed(serve: Any, port: int) -> None:
    process, _, note = serve("own", "--port", str(port))
    process.kill()
    assert gone(note["pids"][:1])
    os.kill(note["pids"][1], signal.SIGKILL)  # the fake does not look after its own child


def test_a_server_that_ends_by_itself_is_an_error(serve: Any, port: int, tmp_path: Path) -> None:
    process, _, note = serve("own", "--port", str(port))
    os.kill(note["pids"][0], signal.SIGKILL)
    code, _, errors = ended(process, tmp_path)
    assert code == 1
    assert "The server ended by itself (signal 9)" in errors
    assert gone(note["pids"])


def test_a_server_that_does_not_start_is_an_error_with_its_own_words(
    environment: dict[str, str],
) -> None:
    code, errors = run(environment, "own", "--", "--fail")
    assert code == 1
    assert "no such device" in errors
    assert "The server ended before it was healthy (exit code 1)" in errors


def test_without_vllm_the_command_says_exactly_what_to_install(
    environment: dict[str, str], tmp_path: Path
) -> None:
    del environment["ARGO_VLLM"]
    code, errors = run(environment | {"PATH": str(tmp_path / "empty")}, "own")
    assert code == 1
    assert "vLLM is not here" in errors
    assert "python3 -m venv ~/vllm && ~/vllm/bin/pip install vllm" in errors
    assert "ARGO_VLLM=~/vllm" in errors


def test_a_port_that_is_none_is_a_usage_error(environment: dict[str, str]) -> None:
    code, errors = run(environment, "own", "--port", "70000")
    assert code == 2
    assert "1 to 65535" in errors
