"""`argo-tui replay`: a run or a file, on a screen or in a pipe, never with a model."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from argo_tui.cli import main
from argo_tui.guard import guarded
from engine.export import json_lines
from engine.paths import Home
from engine.runs import RunStore
from tests import samples
from tests.terminal import Terminal

ROOT = Path(__file__).parent.parent.parent
OLD = ROOT / "tests" / "recordings" / "first_release.jsonl"


@pytest.fixture(autouse=True)
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGO_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    store = RunStore.open(Home.find().runs)
    for event in samples.answered("abc123"):
        store.write(event)
    store.close()


def replay(*argv: str) -> int:
    return guarded(lambda: main(["replay", *argv]))


@pytest.mark.parametrize("argv", [(), ("last",), ("abc",), (str(OLD),), (str(OLD), "--speed", "2")])
def test_in_a_pipe_it_is_the_transcript(
    argv: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(*argv) == 0
    out = capsys.readouterr().out
    assert out.startswith(samples.QUESTION[:40])
    assert "step 1: retrieve" in out and "specified in 2018" in out


def test_it_shows_what_runs_show_shows(capsys: pytest.CaptureFixture[str]) -> None:
    replay("abc123")
    replayed = capsys.readouterr().out
    guarded(lambda: main(["runs", "show", "abc123"]))
    assert capsys.readouterr().out == replayed


def test_a_file_wins_over_a_run_of_the_same_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "abc123").write_text(json_lines(samples.not_found("other")))
    assert replay("abc123") == 0
    assert "lunar gateway" in capsys.readouterr().out


@pytest.mark.parametrize(
    "argv, code, why",
    [
        (("zzz",), 1, "No run starts with"), (("gone.jsonl",), 1, "No such file"),
        (("./gone",), 1, "No such file"), (("broken.jsonl",), 1, "line 2"),
        (("abc", "--speed", "3"), 2, "speed"), (("a", "b"), 2, "«b»"),
    ],
)  # fmt: skip
def test_what_cannot_be_played_is_one_clear_line(
    argv: tuple[str, ...], code: int, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = json_lines(samples.answered()[:1])
    (tmp_path / "broken.jsonl").write_text(first + "{half\n")
    assert replay(*argv) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1 and why in captured.err


def test_the_app_imports_no_model_code() -> None:
    code = (
        "import sys; import argo_tui.replay_app, argo_tui.commands.replay;"
        "heavy = ('torch', 'transformers', 'lancedb', 'numpy', 'sentence_transformers');"
        "sys.exit(sum(name in sys.modules for name in heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT)
    assert done.returncode == 0


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(
        (sys.executable, "-m", "argo_tui", "replay", str(OLD), "--speed", "10"),
        {**os.environ, "PYTHONPATH": str(ROOT), "ARGO_HOME": str(tmp_path / "home")},
        tmp_path,
        columns=110,
    )
    yield terminal
    terminal.close()


def test_on_a_terminal_it_plays_pauses_and_leaves(terminal: Terminal) -> None:
    terminal.wait_for("ended")
    text = terminal.wait_for("specified in 2018")
    assert "first_release.jsonl" in text and "10x" in text
    terminal.send("\x1b[D")
    terminal.wait_for("paused")
    terminal.send("\x11")
    assert terminal.wait() == 0
