"""`argo-tui compare`: what is printed, recorded and exported, and every exit code."""

from __future__ import annotations

import csv
import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from argo_tui.commands.compare import Request, run
from argo_tui.commands.options import Overrides
from argo_tui.guard import guarded
from argo_tui.parts import Parts
from engine.comparison.plan import Mode
from engine.comparisons import ComparisonStore
from engine.errors import ModelError
from engine.events import Event, RunStarted
from engine.layers import Configuration
from engine.paths import Home
from engine.runs import RunStore
from tests import samples
from tests.scripted import ScriptedEngine, scripted_parts

BOTH = "135m,135m:direct"
PLENTY = 10**12


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ARGO_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return Home.find()


def compare(
    question: str = "What?",
    profiles: str = BOTH,
    *,
    parts: Parts | None = None,
    overrides: Overrides | None = None,
    free: int = PLENTY,
    **more: Any,
) -> int:
    found, home = overrides or Overrides(), Home.find()
    request = Request(question=question, profiles=profiles, **more)
    made = parts or scripted_parts(home)
    return guarded(lambda: run(request, found, home, made, free=lambda _: free))


def recorded(home: Home) -> Parts:
    """Scripted engines with the real record."""

    def events(name: str) -> Sequence[Event]:
        store = RunStore.open(home.runs)
        try:
            return store.events(name)
        finally:
            store.close()

    return replace(
        scripted_parts(home),
        open_recorder=lambda: RunStore.open(home.runs),
        recorded=events,
    )


@pytest.mark.parametrize(
    "question, profiles, code",
    [
        ("What?", BOTH, 0),
        ("lunar?", BOTH, 3),
        ("fail?", BOTH, 1),
        ("", BOTH, 2),
        ("What?", "135m", 2),
        ("What?", "135m,135m:quick", 2),
        ("What?", "135m,1.5b-coder", 1),
    ],
    ids=["answered", "not found", "failed", "empty", "one column", "no strategy", "not here"],
)
def test_every_end_has_its_exit_code(question: str, profiles: str, code: int) -> None:
    assert compare(question, profiles) == code


def test_a_pipe_gets_the_answers_and_both_tables_as_plain_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    compare()
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert out.startswith(f"135m\n{samples.FINAL}\n")
    assert "step 1" in out and "first token" in out and "13,000 h" in out
    (time,) = (line.split() for line in out.splitlines() if line.startswith(" time "))
    assert time == ["time", "4.62", "s", "4.62", "s", "1.00x"]
    assert "In turn: 135m and 135m direct share cpu, and" in out.splitlines()[-1]


def test_progress_is_on_stderr_unless_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    compare()
    err = capsys.readouterr().err
    assert "135m: loaded" in err and "135m direct: step 1 · retrieving" in err
    compare(quiet=True)
    assert capsys.readouterr().err == ""


def test_json_is_one_object_with_the_plan_and_every_column(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert compare(json=True, mode=Mode.PARALLEL) == 0
    found = json.loads(capfd.readouterr().out)
    assert (found["mode"], found["question"], found["target_s"]) == ("parallel", "What?", 1.0)
    assert "not comparable" in found["why"]
    first, second = found["columns"]
    assert (first["label"], second["label"]) == ("135m", "135m direct")
    assert (first["status"], first["seconds"], first["tokens"]) == ("answered", 4.62, 46)
    assert [step["number"] for step in first["steps"]] == [1, 2, 0]
    assert first["differs"] == []
    assert [row["label"] for row in found["tally"]] == ["135m", "135m direct"]


def test_each_column_runs_under_its_own_settings() -> None:
    engine = ScriptedEngine()
    compare(parts=scripted_parts(Home.find(), engine=engine), overrides=Overrides(seed=7))
    strategies = sorted(each.settings.policy.strategy for each in engine.opened)
    assert strategies == ["direct", "mdp"]
    assert {each.settings.seed for each in engine.opened} == {7}


def test_the_runs_and_what_was_compared_are_recorded(home: Home) -> None:
    assert compare(parts=recorded(home)) == 0
    (found,) = ComparisonStore.open(home.runs).rounds(10)
    assert [label for label, _ in found.columns] == ["135m", "135m direct"]
    assert [figures and figures.seconds for _, figures in found.columns] == [4.62, 4.62]
    assert len(RunStore.open(home.runs).runs()) == 2


def test_options_reach_every_column() -> None:
    asked: list[tuple[str, ...]] = []

    class Listening(ScriptedEngine):
        def answer(self, question: str, **more: Any) -> Iterator[Event]:
            asked.append(more["options"])
            return super().answer(question, **more)

    compare(parts=scripted_parts(Home.find(), engine=Listening()), options=("a", "b"))
    assert asked == [("a", "b")] * 2


@pytest.mark.parametrize("name", ["a.md", "deep/a.csv", "a.SVG"])
def test_the_table_is_exported_in_the_form_of_the_suffix(name: str, tmp_path: Path) -> None:
    out = tmp_path / name
    assert compare(export=out) == 0
    text = out.read_text("utf-8")
    if out.suffix == ".csv":
        assert [row["kind"] for row in csv.DictReader(text.splitlines())] == ["tally"] * 2 + [
            "run"
        ] * 2
    else:
        assert text.startswith("# Comparison" if out.suffix == ".md" else "<svg")
        assert "135m" in text and str(tmp_path) not in text


def test_an_export_of_an_unknown_form_is_refused_before_anything_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = ScriptedEngine()
    parts = scripted_parts(Home.find(), engine=engine)
    assert compare(parts=parts, export=tmp_path / "a.pdf") == 2
    assert engine.opened == [] and ".md, .csv, .svg" in capsys.readouterr().err


def test_profile_beside_profiles_is_refused() -> None:
    assert compare(overrides=Overrides(profile="135m")) == 2


def test_ctrl_c_ends_the_runs_in_order_and_the_figures_until_then_are_shown(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted(ScriptedEngine):
        def answer(self, question: str, **more: Any) -> Iterator[Event]:
            for event in super().answer(question, **more):
                yield event
                if isinstance(event, RunStarted):
                    os.kill(os.getpid(), signal.SIGINT)

    parts = scripted_parts(home, engine=Interrupted(pace=1.0))
    assert compare(parts=parts, json=True) == 130
    captured = capsys.readouterr()
    assert "cancelled; the figures are those until then" in captured.err
    (found,) = ComparisonStore.open(home.runs).rounds(1)
    assert len(found.columns) == 2


def broken(opened: Callable[..., ScriptedEngine], name: str) -> Callable[..., ScriptedEngine]:
    """Opens every engine but those of one strategy."""

    def open_engine(
        configuration: Configuration, profile: str, phase: Callable[[str], None]
    ) -> ScriptedEngine:
        if configuration.settings.policy.strategy == name:
            raise ModelError("The weights are damaged", where=profile, remedy="Fetch them again.")
        return opened(configuration, profile, phase)

    return open_engine


def test_a_model_that_cannot_be_loaded_is_an_error_before_anything_is_asked(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = ScriptedEngine()
    parts = scripted_parts(home, engine=engine)
    parts = replace(parts, open_engine=broken(parts.open_engine, "direct"))  # type: ignore[arg-type]
    assert compare(parts=parts) == 1
    assert engine.asked == []
    assert "The weights are damaged (135m). Fetch them again." in capsys.readouterr().err


def test_one_at_a_time_the_others_answer_where_one_cannot_be_loaded(
    home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    parts = scripted_parts(home)
    parts = replace(parts, open_engine=broken(parts.open_engine, "direct"))  # type: ignore[arg-type]
    assert compare(parts=parts, free=1_000_000_000, json=True) == 1
    found = json.loads(capfd.readouterr().out)
    assert found["mode"] == "one-at-a-time"
    assert found["columns"][0]["status"] == "answered"
    assert found["columns"][1]["failed"] == "The weights are damaged (135m). Fetch them again."


def test_too_little_memory_for_one_is_an_error_with_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert compare(free=1_000) == 1
    assert "Close other programs" in capsys.readouterr().err
