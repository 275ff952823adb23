"""`argo-tui ask --batch`: one result a line, whatever the lines are, and resuming."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argo_tui.commands.ask import run
from argo_tui.commands.batch import parse
from argo_tui.commands.options import Overrides
from argo_tui.commands.request import Request
from argo_tui.guard import guarded
from engine.paths import Home
from engine.runs import RunStore
from tests.scripted_engine import ScriptedArgo

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARGO_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def batch(lines: str, argo: ScriptedArgo | None = None, **more: object) -> int:
    Path("questions.txt").write_text(lines, "utf-8")
    request = Request(batch="questions.txt", quiet=True, **more)  # type: ignore[arg-type]
    return guarded(lambda: run(request, Overrides(), argo or ScriptedArgo()))


def results(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_each_line_is_answered_in_order(capfd: pytest.CaptureFixture[str]) -> None:
    code = batch('One?\n\n{"id": "q2", "question": "not found?"}\n["Which?", ["a", "b"], "1"]\n')
    one, two, three = results(capfd.readouterr().out)
    assert code == 0
    assert (one["line"], one["question"], one["status"], one["steps"]) == (1, "One?", "answered", 1)
    assert (one["profile"], one["seconds"], one["citations"][0]["number"]) == ("135m", 0.602, 1)
    assert (two["line"], two["id"], two["status"]) == (3, "q2", "not_found")
    assert (three["line"], three["choice"]["option"]) == (4, "b")


def test_bad_lines_fail_with_their_number_and_stop_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    lines = ['{"id": 1}', '{"question": 5}', "{", "[]", '["a"]', "[1, 2]", "x" * 5000,
             '{"question": " "}', '{"question": "Q?", "options": "ab"}', "Good?"]  # fmt: skip
    assert batch("\n".join(lines)) == 1
    found = results(capfd.readouterr().out)
    assert [item["status"] for item in found] == ["failed"] * 9 + ["answered"]
    assert all(f"line {item['line']}" in item["error"] for item in found[:9])


def test_a_failed_run_and_a_defect_are_results_too(capfd: pytest.CaptureFixture[str]) -> None:
    assert batch("fail?\nbroken?\nGood?\n") == 1
    one, two, three = results(capfd.readouterr().out)
    assert "The model gave out" in one["error"] and "a defect" in two["error"]
    assert three["status"] == "answered"


def test_every_result_names_its_recorded_run(capfd: pytest.CaptureFixture[str]) -> None:
    batch("One?\nTwo?\n")
    named = [item["run"] for item in results(capfd.readouterr().out)]
    assert named == [item.run for item in reversed(RunStore.open(Home.find().runs).runs())]


@given(st.binary(max_size=60).filter(lambda line: b"\n" not in line))
def test_no_line_can_raise(line: bytes) -> None:
    parse(7, line)


def test_a_second_start_goes_on_after_the_lines_that_are_complete() -> None:
    out = Path("out.jsonl")
    batch("One?\nTwo?\nThree?\n", out=out)
    whole = out.read_bytes()
    first, second, _ = whole.splitlines(keepends=True)
    for torn in (whole[:-1], first + second + b'{"line": 3, "que', first + second):
        out.write_bytes(torn)
        argo = ScriptedArgo()
        assert batch("One?\nTwo?\nThree?\n", argo, out=out) == 0
        assert argo.asked == ["Three?"]
        assert out.read_bytes().startswith(first + second)
        assert [item["line"] for item in results(out.read_text())] == [1, 2, 3]


def test_a_finished_batch_asks_nothing_again() -> None:
    out = Path("out.jsonl")
    batch("One?\n", out=out)
    argo = ScriptedArgo()
    batch("One?\n", argo, out=out)
    assert argo.asked == []


def test_no_resume_starts_over() -> None:
    out = Path("out.jsonl")
    batch("One?\n", out=out)
    argo = ScriptedArgo()
    batch("Other?\n", argo, out=out, resume=False)
    assert argo.asked == ["Other?"]
    assert len(results(out.read_text())) == 1


@pytest.mark.parametrize(
    "content",
    ["precious notes\n", '{"line": 1, "question": "Q?", "status": "answered"}\n'],
)
def test_a_file_that_is_not_the_output_of_this_batch_is_left_alone(
    content: str, capfd: pytest.CaptureFixture[str]
) -> None:
    out = Path("out.jsonl")
    out.write_text(content)
    assert batch("One?\n", out=out) == 1
    assert "--no-resume" in capfd.readouterr().err
    assert out.read_text() == content


def test_questions_that_cannot_be_read_are_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    request = Request(batch="nowhere.txt")
    assert guarded(lambda: run(request, Overrides(), ScriptedArgo())) == 1
    assert "nowhere.txt" in capfd.readouterr().err


@pytest.mark.parametrize(
    "request_", [Request(question="Q?", batch="b"), Request(question="Q?", out=Path("o"))]
)
def test_options_that_contradict_each_other_are_a_usage_error(request_: Request) -> None:
    assert guarded(lambda: run(request_, Overrides(), ScriptedArgo())) == 2


PROCESS = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from tests.scripted_engine import ScriptedArgo
from argo_tui.commands.ask import run
from argo_tui.commands.request import Request
from argo_tui.commands.options import Overrides
from argo_tui.guard import guarded
request = Request(batch="questions.txt", out=Path("out.jsonl"))
sys.exit(guarded(lambda: run(request, Overrides(), ScriptedArgo())))
"""


@pytest.mark.parametrize(
    "number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)]
)
def test_a_batch_that_was_stopped_goes_on_with_the_question_it_was_at(
    directory: Path, number: signal.Signals, code: int
) -> None:
    questions = "One?\nslow?\nThree?\n"
    (directory / "questions.txt").write_text(questions)
    process = subprocess.Popen([sys.executable, "-c", PROCESS], stderr=subprocess.DEVNULL)
    wait_for_slow_answer()
    process.send_signal(number)
    assert process.wait(timeout=20) == code
    argo = ScriptedArgo()
    batch(questions.replace("slow", "quick"), argo, out=directory / "out.jsonl")
    assert argo.asked == ["quick?", "Three?"]


def wait_for_slow_answer() -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if Home.find().runs.exists() and any(
            run.question == "slow?" for run in RunStore.open(Home.find().runs).runs()
        ):
            return
        time.sleep(0.05)
    raise AssertionError("the second question was never asked")
