"""Starting: what is imported, how calm the terminal is, who may write to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from argo_tui.terminal import calm

HEAVY = ("torch", "transformers", "lancedb", "numpy", "cyclopts", "sentence_transformers")


def test_the_app_imports_nothing_heavy() -> None:
    code = "import argo_tui.app, sys, json; print(json.dumps(sorted(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    loaded = set(json.loads(result.stdout))
    assert not loaded & set(HEAVY)
    assert "textual.app" in loaded


def test_over_ssh_the_terminal_is_redrawn_less_and_nothing_moves() -> None:
    wanted = calm({"SSH_CONNECTION": "10.0.0.1 22"})
    assert wanted["TEXTUAL_FPS"] == "15"
    assert wanted["TEXTUAL_ANIMATIONS"] == "none"
    assert calm({}) == {}


def test_what_the_user_set_stays() -> None:
    assert "TEXTUAL_FPS" not in calm({"SSH_TTY": "/dev/pts/1", "TEXTUAL_FPS": "60"})


def test_over_ssh_it_is_set_before_textual_reads_it() -> None:
    code = """
import argo_tui.__main__ as start
def instead(action):
    import argo_tui.app
    from textual import constants
    print(constants.MAX_FPS, constants.TEXTUAL_ANIMATIONS)
start.guarded = instead
start.main()
"""
    environment = {**os.environ, "SSH_CONNECTION": "10.0.0.1 22"}
    environment = {k: v for k, v in environment.items() if not k.startswith("TEXTUAL")}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, env=environment
    )
    assert result.stdout.split() == [b"15", b"none"]


@pytest.mark.parametrize("descriptor", [1, 2])
def test_noise_on_a_descriptor_goes_to_the_log_and_comes_back_after(
    descriptor: int, tmp_path: Path
) -> None:
    log = tmp_path / "log" / "native.log"
    code = f"""
import os, sys
from pathlib import Path
from argo_tui.terminal import quiet
with quiet(Path({str(log)!r})):
    os.write({descriptor}, b"noise of a library\\n")
    sys.__stderr__.write("drawn\\n"); sys.__stderr__.flush()
os.write({descriptor}, b"after\\n")
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert log.read_text("utf-8") == "noise of a library\n"
    assert b"noise" not in result.stdout + result.stderr
    assert b"drawn" in result.stderr
    assert b"after" in (result.stdout if descriptor == 1 else result.stderr)
