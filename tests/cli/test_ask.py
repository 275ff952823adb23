"""`argo-tui ask`: what is printed, what is recorded, and every exit code."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from argo_tui.commands.ask import run
from argo_tui.commands.options import STDIN, Overrides
from argo_tui.commands.request import Request
from argo_tui.guard import UsageError, guarded
from engine.argo import LONGEST_QUESTION
from engine.bench.terminal import Terminal
from engine.events import RunFinished, decode
from engine.paths import Home
from engine.runs import RunStore
from tests.scripted_engine import ScriptedArgo
from tests.scripted_run import SENTENCE

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ARGO_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return Home.find()


def ask(question: str, *, overrides: Overrides | None = None, **more: object) -> int:
    request = Request(question=question, **more)  # type: ignore[arg-type]
    return guarded(lambda: run(request, overrides or Overrides(), ScriptedArgo()))


@pytest.mark.parametrize(
    "question, code",
    [("What?", 0), ("not found?", 3), ("fail?", 1), ("broken?", 1), ("", 2), ("\x1b[0m \n", 2),
     ("x" * 4001, 2)],
    ids=["answered", "not found", "failed", "defect", "empty", "only escapes", "too long"],
)  # fmt: skip
def test_every_end_has_its_exit_code(question: str, code: int) -> None:
    assert ask(question) == code


def test_a_pipe_gets_the_checked_answer_and_its_sources_as_plain_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ask("What?")
    assert capsys.readouterr().out == (
        f"{SENTENCE.text}\n\n"
        "[1] O-RAN architecture › Near-RT RIC › Control loops · primer/architecture.md:12\n"
        "    «controls the RAN in loops of 10 ms to 1 s»\n"
    )


def test_the_steps_are_on_stderr_unless_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    ask("What?")
    assert "step 1: retrieve" in capsys.readouterr().err
    ask("What?", quiet=True)
    assert capsys.readouterr().err == ""


def test_not_found_shows_the_nearest_passages(capsys: pytest.CaptureFixture[str]) -> None:
    ask("not found")
    out = capsys.readouterr().out
    assert out.startswith("Not in the specifications.")
    assert "Nearest passages:\n[1] O-RAN architecture" in out


def test_a_failed_run_says_what_to_do_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    ask("fail")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "The model gave out (135m). Try again." in captured.err


def test_a_multiple_choice_question_ends_with_the_choice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ask("Which?", options=("rApps", "xApps"))
    assert "Choice: 2. xApps (0.80)" in capsys.readouterr().out


def test_json_is_the_stream_of_events(capfd: pytest.CaptureFixture[str], home: Home) -> None:
    ask("What?", json=True)
    printed = [decode(line) for line in capfd.readouterr().out.splitlines()]
    store = RunStore.open(home.runs)
    assert printed == store.events(store.find("last"))
    assert isinstance(printed[-1], RunFinished)


def test_every_run_is_recorded(home: Home) -> None:
    for question in ("What?", "not found", "fail"):
        ask(question)
    runs = RunStore.open(home.runs).runs()
    assert [run.status for run in runs] == ["failed", "not_found", "answered"]


def test_no_record_leaves_no_file(home: Home) -> None:
    assert ask("What?", record=False) == 0
    assert not home.runs.exists()


def test_a_store_that_cannot_be_written_is_an_error_that_names_the_way_out(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.runs.parent.mkdir(parents=True)
    home.runs.write_text("not a database " * 100)
    assert ask("What?") == 1
    assert "--no-record" in capsys.readouterr().err


def test_a_disk_that_fills_up_costs_the_record_not_the_answer(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = RunStore.open(home.runs)
    pages = opened._connection.execute("PRAGMA page_count").fetchone()[0]
    opened._connection.execute(f"PRAGMA max_page_count = {pages}")
    monkeypatch.setattr("argo_tui.commands.ask._store", lambda _: opened)
    assert ask("What? " * 600) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(SENTENCE.text)
    assert captured.err.count("not recorded") == 1


def test_the_question_is_read_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, home: Home
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"  What is \xff a RIC?\n")))
    assert ask(STDIN) == 0
    assert RunStore.open(home.runs).runs()[0].question == "What is \ufffd a RIC?"


def test_control_characters_never_reach_the_engine(home: Home) -> None:
    ask("What\x1b]52;c;aGk=\x07 is\x00 it?")
    assert RunStore.open(home.runs).runs()[0].question == "What is it?"


def test_flags_override_the_settings(home: Home) -> None:
    argo = ScriptedArgo()
    overrides = Overrides(profile="0.5b", caps="50/200", deadline="500ms", strategy="one_shot",
                          seed=7, set=("policy.mu=0.1", "theme=paper"))  # fmt: skip
    run(Request(question="What?"), overrides, argo)
    settings = argo.configuration.settings
    assert settings.caps is not None
    assert (settings.caps.subquery, settings.caps.answer, settings.caps.synthesis) == (50, 200, 200)
    assert (settings.profile, settings.deadline_s, settings.seed) == ("0.5b", 0.5, 7)
    assert (settings.policy.strategy, settings.policy.mu) == ("one_shot", 0.1)
    assert argo.configuration.origin("policy.mu") == "flag"
    assert argo.closed


@pytest.mark.parametrize("caps", ["50", "a/b", "50/", "-1/5", "1/2/3/4", "", "50/200/"])
def test_bad_caps_are_a_usage_error(caps: str) -> None:
    with pytest.raises(UsageError, match="50/200"):
        Overrides(caps=caps).flags()


@pytest.mark.parametrize(
    "text, value", [("500ms", 0.5), ("1s", 1.0), ("2m", 120.0), ("1.5", 1.5), (" 3 s", 3.0)]
)
def test_a_deadline_has_a_unit(text: str, value: float) -> None:
    assert Overrides(deadline=text).flags() == {"deadline_s": value}


@pytest.mark.parametrize("text", ["0", "-1s", "soon", "", "1h", "nan", "inf"])
def test_a_bad_deadline_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        Overrides(deadline=text).flags()


PROCESS = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests.scripted_engine import ScriptedArgo
from argo_tui.commands.ask import run
from argo_tui.commands.request import Request
from argo_tui.commands.options import Overrides
from argo_tui.guard import guarded
request = Request(question=sys.argv[1], json="--json" in sys.argv)
sys.exit(guarded(lambda: run(request, Overrides(), ScriptedArgo())))
"""


def test_ctrl_c_keeps_and_records_the_partial_answer(home: Home) -> None:
    process = process_of("slow?", "--json")
    wait_for(process, b"word3")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=10)
    assert process.returncode == 130
    assert json.loads(out.splitlines()[-1])["status"] == "cancelled"
    (recorded,) = RunStore.open(home.runs).runs()
    assert recorded.status == "cancelled" and "word3" in recorded.answer


def test_a_reader_that_goes_away_ends_the_run_in_order(home: Home) -> None:
    process = process_of("slow?", "--json")
    wait_for(process, b"word3")
    assert process.stdout
    process.stdout.close()
    assert process.wait(timeout=10) == 130
    assert [run.status for run in RunStore.open(home.runs).runs()] == ["cancelled"]


def test_a_killed_ask_is_recorded_up_to_what_it_printed(home: Home) -> None:
    process = process_of("slow?", "--json")
    shown = wait_for(process, b"word5")
    process.kill()
    process.wait()
    recorded = RunStore.open(home.runs)
    lines = recorded.lines(recorded.find("last"))
    assert [line.encode() for line in lines][: len(shown)] == shown
    assert recorded.runs()[0].status == "interrupted"


def test_on_a_terminal_the_answer_streams_and_stays_once(home: Home) -> None:
    main, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", PROCESS, "What?"], stdout=end, stderr=subprocess.DEVNULL
    )
    os.close(end)
    output = b""
    while True:
        try:
            chunk = os.read(main, 4096)
        except OSError:
            break
        if not chunk:
            break
        output += chunk
    os.close(main)
    assert process.wait(timeout=10) == 0
    assert output.decode().count("It controls the RAN in loops") == 1


def test_missing_weights_are_offered_on_a_terminal_and_no_is_an_answer() -> None:
    with Terminal([sys.executable, "-m", "argo_tui", "ask", "What?"], environment()) as terminal:
        assert terminal.wait(lambda: b"[Y/n]" in terminal.drawn, 30)
        assert b"SmolLM2 135M (98 MB" in terminal.drawn
        terminal.type("n\r")
        terminal.wait(lambda: False, 30)
        assert b"argo-tui: No model can run yet" in terminal.drawn
        assert b"argo-tui models fetch 135m" in terminal.drawn


@pytest.mark.parametrize("argv", [["--no-input"], ["--profile", "3b", "--no-input"]])
def test_missing_weights_are_an_error_with_the_remedy_where_nobody_is_asked(
    argv: list[str],
) -> None:
    command = [sys.executable, "-m", "argo_tui", "ask", "What?", *argv]
    with Terminal(command, environment()) as terminal:
        terminal.wait(lambda: False, 30)
        assert b"argo-tui models fetch" in terminal.drawn and b"[Y/n]" not in terminal.drawn
    done = subprocess.run(command[:-1], capture_output=True, env=environment())
    assert (done.returncode, done.stdout) == (1, b"")


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}


def process_of(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def wait_for(process: subprocess.Popen[bytes], text: bytes) -> list[bytes]:
    """The lines up to the one that holds `text`."""
    lines = []
    deadline = time.monotonic() + 20
    assert process.stdout
    while time.monotonic() < deadline:
        line = process.stdout.readline()
        lines.append(line.rstrip(b"\n"))
        if text in line:
            return lines
    raise AssertionError(f"{text!r} never came")


def test_the_command_and_the_engine_agree_on_the_longest_question() -> None:
    assert LONGEST_QUESTION == LONGEST_QUESTION
