"""The real program on a real terminal, with the real small model."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.terminal import Terminal

pytest_plugins = ("tests.models_fixture",)

Start = Callable[..., Terminal]
PROMPT = "Ask about O-RAN"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `argo-tui` in a home of its own."""
    started: list[Terminal] = []

    def terminal(*arguments: str, **environment: str) -> Terminal:
        variables = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ARGO_", "SSH_", "TEXTUAL", "COLUMNS", "LINES"))
        }
        variables |= {"ARGO_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1", **environment}
        command = [sys.executable, "-m", "argo_tui", *arguments]
        result = Terminal(command, variables, tmp_path, columns=120, rows=34)
        started.append(result)
        return result

    yield terminal
    for each in started:
        each.close()


def times(trace: Path) -> dict[str, int]:
    """Marks of the start, nanoseconds."""
    lines = [line.split() for line in trace.read_text("utf-8").splitlines()]
    return {name: int(value) for name, value in lines}


def test_a_question_typed_while_the_model_loads_is_answered(
    start: Start, models: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "home" / "cache"
    cache.mkdir(parents=True)
    (cache / "models").symlink_to(models)
    trace = tmp_path / "trace"
    terminal = start(ARGO_TRACE=str(trace), ARGO_PROFILE="135m")
    terminal.wait_for(PROMPT)
    terminal.send("What does the A1 interface carry?\r")
    terminal.wait_for("queued")
    shown = terminal.wait_for(
        lambda text: bool(re.search(r"\d s · \d+ tokens? · .* · 135m", text)), 240
    )
    assert "What does the A1 interface carry?" in shown
    assert "retrieve" in shown
    assert "[1]" in shown
    marks = times(trace)
    assert marks["first_frame"] < marks["ready"]
    terminal.send("\x11")
    assert terminal.wait() == 0
    assert b"Traceback" not in terminal.raw
    assert (tmp_path / "home" / "data" / "runs.sqlite").exists()


def test_without_a_model_and_offline_one_sentence_says_what_to_do(start: Start) -> None:
    terminal = start(PIP_NO_INDEX="1", HF_HUB_OFFLINE="1", PIP_CONFIG_FILE=os.devnull)
    terminal.wait_for(PROMPT)
    shown = terminal.wait_for("! ", 60)
    assert "smollm2-135m" in shown
    assert "Traceback" not in shown
    terminal.send("\x11")
    assert terminal.wait() == 0


def test_a_broken_configuration_is_one_message_and_no_traceback(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "argo.toml").write_text("[policy]\nmu = 'much'\n", "utf-8")
    terminal = start()
    assert terminal.wait() != 0
    terminal.read()
    assert "policy.mu" in terminal.text
    assert "argo.toml" in terminal.text.replace("\n", "")
    assert b"Traceback" not in terminal.raw


def test_quitting_while_the_model_loads_leaves_a_clean_terminal(
    start: Start, models: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "home" / "cache"
    cache.mkdir(parents=True)
    (cache / "models").symlink_to(models)
    terminal = start(ARGO_PROFILE="135m")
    terminal.wait_for(PROMPT)
    terminal.send("\x11")
    assert terminal.wait(60) == 0
    assert b"\x1b[?1049l" in terminal.raw
    assert terminal.raw.rfind(b"\x1b[?1049l") > terminal.raw.rfind(b"\x1b[?1049h")
