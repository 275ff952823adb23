"""`argo-tui runs`: list, show, export."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from argo_tui.cli import main
from argo_tui.guard import guarded
from engine.events import decode
from engine.paths import Home
from engine.runs import RunStore
from tests.scripted_run import SENTENCE, answered, failed


@pytest.fixture(autouse=True)
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGO_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    store = RunStore.open(Home.find().runs)
    for events in (answered("aaa111", "What is [red]it[/red]?"), failed("bbb222", "Why?")):
        for event in events:
            store.write(event)
    store.close()


def runs(*argv: str) -> int:
    return guarded(lambda: main(["runs", *argv]))


def test_the_list_has_the_newest_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert runs() == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("bbb222") and "failed" in lines[1]
    assert lines[2].startswith("aaa111") and lines[2].rstrip().endswith("What is [red]it[/red]?")


def test_the_list_can_be_searched_and_limited(capsys: pytest.CaptureFixture[str]) -> None:
    runs("--search", "controls", "--json")
    (found,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (found["run"], found["status"], found["tokens"]) == ("aaa111", "answered", 40)
    runs("--limit", "1", "--json")
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_run_is_shown_as_it_looked(capsys: pytest.CaptureFixture[str]) -> None:
    assert runs("show", "aaa") == 0
    out = capsys.readouterr().out
    assert out.startswith("What is [red]it[/red]?\n")
    assert "step 1: retrieve" in out and SENTENCE.text in out


def test_export_goes_to_standard_output_or_to_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert runs("export", "aaa111", "--format", "jsonl") == 0
    out = capsys.readouterr().out
    assert [decode(line) for line in out.splitlines()] == answered(
        "aaa111", "What is [red]it[/red]?"
    )
    assert runs("export", "aaa111", "--format", "csv", "--out", "deep/run.csv") == 0
    assert (tmp_path / "deep" / "run.csv").read_text().startswith("run,started,")
    assert runs("export") == 0
    assert capsys.readouterr().out.startswith("# Why?")


def test_events_is_a_short_word_for_the_format_that_replays(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert runs("export", "aaa111", "--events") == 0
    short = capsys.readouterr().out
    assert runs("export", "aaa111", "--format", "jsonl", "--events") == 0
    assert capsys.readouterr().out == short
    assert runs("export", "aaa111", "--format", "jsonl") == 0
    assert capsys.readouterr().out == short
    assert len(short.splitlines()) == len(answered("aaa111"))


def test_the_list_can_be_of_one_profile(capsys: pytest.CaptureFixture[str]) -> None:
    runs("--profile", "135m", "--json")
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert runs("--profile", "3b") == 0
    assert "no recorded run is like that" in capsys.readouterr().err


@pytest.mark.parametrize("argv, code", [
    (("export", "aaa", "--events", "--format", "csv"), 2),
    (("show", "zzz"), 1), (("show", ""), 1), (("export", "aaa", "--format", "pdf"), 2),
    (("export", "aaa", "--out", "/proc/no/where"), 1), (("--limit", "many"), 2), (("delete",), 2),
])  # fmt: skip
def test_what_cannot_be_done_is_one_clear_line(
    argv: tuple[str, ...], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert runs(*argv) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1 and captured.err.startswith("argo-tui: ")
