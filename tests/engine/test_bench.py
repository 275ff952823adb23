"""Measuring: a start in a real pseudo-terminal, a question from its events, the tables."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from engine.bench import tables
from engine.bench.question import measure_question, of_events, typical
from engine.bench.screen import measure_in_app
from engine.bench.start import Start, measure_start, middle
from engine.errors import ArgoError
from engine.events import Event, RunFinished
from engine.runs import RunStore
from tests.scripted_run import answered, opening

ROOT = Path(__file__).parent.parent.parent

PROGRAM = """
import os, sys, time, tty
assert os.isatty(0) and os.get_terminal_size() == (120, 40)
def mark(name):
    with open(os.environ["ARGO_TRACE"], "a") as file:
        file.write(f"{name} {time.monotonic_ns()}\\n")
tty.setraw(0)
print("x" * 500_000)
time.sleep(0.05)
mark("first_frame")
time.sleep(0.1)
mark("ready")
mark("ready")
"""


def program(more: str = "time.sleep(60)") -> list[str]:
    return [sys.executable, "-c", f"{PROGRAM}\n{more}"]


def test_a_start_is_timed_from_exec_to_the_frame_and_to_the_model() -> None:
    start = measure_start(program(), os.environ, timeout_s=20, rest_s=0.05)
    assert start.first_frame_s is not None and start.ready_s is not None
    assert 0.05 < start.first_frame_s < start.ready_s - 0.09
    assert start.rest_bytes is not None and start.rest_bytes > 1e6
    assert start.torch_before_frame is False
    assert start.frame_cpu_s is not None


def test_a_program_that_ends_at_once_is_no_start() -> None:
    start = measure_start([sys.executable, "-c", ""], os.environ, timeout_s=20)
    assert start == Start(None, None, None, None, None)


def test_the_middle_of_starts_is_their_median_and_ignores_what_is_missing() -> None:
    starts = [Start(1.0, 0.4, None, 10, False), Start(3.0, 0.6, 9.0, 30, True),
              Start(2.0, 0.5, None, 20, None)]  # fmt: skip
    assert middle(starts) == Start(2.0, 0.5, 9.0, 20, True)
    with pytest.raises(ValueError):
        middle([])


def test_a_run_is_split_by_step_and_part() -> None:
    run = of_events(answered())
    assert (run.status, run.seconds, run.decoded_tokens, run.device) == (
        "answered", 0.602, 40, "cpu float32",
    )  # fmt: skip
    step, synthesis = run.steps
    assert step.parts == {"embed": 0.01, "search": 0.005, "decode": 0.15}
    assert (step.step, step.tokens_per_second, synthesis.action) == (1, 50.0, "stop")


def test_a_run_that_did_not_finish_is_not_measured() -> None:
    with pytest.raises(ValueError):
        of_events(opening("a", "Why?"))


def test_the_warm_up_does_not_count_and_the_typical_run_is_the_median() -> None:
    seconds = iter([9, 3, 1, 2])

    def ask() -> Iterator[Event]:
        ns = next(seconds) * 10**9
        for event in answered():
            yield msgspec.structs.replace(event, ns=ns) if isinstance(event, RunFinished) else event

    runs = list(measure_question(ask, 3))
    assert [run.seconds for run in runs] == [3, 1, 2]
    assert typical(runs).seconds == 2


def test_tables_are_aligned_text_or_markdown() -> None:
    runs = [of_events(answered())]
    text = tables.question(runs)
    assert text.splitlines()[0].split()[:4] == ["step", "action", "embed", "ms"]
    assert text.splitlines()[-1].startswith("total      answered")
    assert tables.question(runs, markdown=True).startswith("| step | action | embed ms |")
    assert "1.000" in tables.comparison(runs, runs)
    assert "-" in tables.starts([Start(1.0, None, None, None, None)])


APP = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from engine.runs import RunStore
from tests.scripted_run import answered
store = RunStore.open(Path(os.environ["STORE"]))
typed = ""
while True:
    key = os.read(0, 1).decode()
    if key == "\\r":
        for event in answered(str(time.monotonic_ns()), typed):
            store.write(event)
        typed = ""
    else:
        typed += key
"""


def test_the_question_is_typed_into_the_app_and_its_record_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    store = RunStore.open(path)
    for event in answered("old"):
        store.write(event)
    environment = {**os.environ, "STORE": str(path)}
    runs = measure_in_app(program(APP), environment, store, "What is E2?", 2, timeout_s=20)
    assert [run.seconds for run in runs] == [0.602, 0.602]
    assert [run.question for run in store.runs(limit=3)] == ["What is E2?"] * 3


def test_an_app_that_does_not_get_ready_is_an_error(tmp_path: Path) -> None:
    store = RunStore.open(tmp_path / "runs.sqlite")
    with pytest.raises(ArgoError):
        measure_in_app([sys.executable, "-c", ""], os.environ, store, "Q?", 1, timeout_s=5)
