"""`argo-tui doctor`: what a person reads, what a program reads, and what the terminal can do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from argo_tui.commands import doctor as command
from argo_tui.commands.doctor import doctor, figures, lines, plain
from argo_tui.guard import guarded
from argo_tui.terminal_report import (
    Terminal,
    checks,
    clipboard,
    colours,
    connection,
    size,
    unicode,
)
from engine.doctor.estimate import Estimate, Rates
from engine.doctor.finding import Finding, State
from engine.doctor.measure import Measured
from engine.errors import ModelError

GOOD = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "de_AT.UTF-8"}
MEASURED = Measured(
    profile="135m",
    device="cpu",
    dtype="bfloat16",
    prompt_tokens=450,
    prompt_s=0.25,
    decoded_tokens=48,
    decode_s=0.4,
    decode_bytes=95_000_000,
    rates=Rates(
        bandwidth=50e9,
        reading={"none": 50e9, "int8": 25e9},
        full=300e9,
        int8=600e9,
        beside_prompt=0.1,
        beside_token=0.006,
    ),
    estimates=(Estimate("1.5b", 1.0, 0.5), Estimate("135m", 0.25, 0.15)),
)


def terminal(environment: Mapping[str, str] = GOOD, **changes: Any) -> Terminal:
    values: dict[str, Any] = {"size": (120, 34), "encoding": "utf-8", "ask": lambda _: ""}
    return Terminal(environment, **(values | changes))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is there, and nothing outside is looked at."""
    monkeypatch.setenv("ARGO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


# ---------------------------------------------------------------------------- the command


def test_the_report_has_a_mark_a_name_and_a_remedy_below(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(doctor) == 1  # no weights: nothing can run
    out = capsys.readouterr().out
    assert "\x1b" not in out
    rows = out.splitlines()
    assert "machine" in rows and "terminal" in rows
    place = next(n for n, row in enumerate(rows) if row.startswith("  problem  in force"))
    assert rows[place + 1].lstrip().startswith("→ The quickest: argo-tui models fetch 135m")
    assert rows[-1].startswith("1 problem")


def test_json_is_one_object_with_every_finding(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(lambda: doctor(json=True)) == 1
    value = json.loads(capsys.readouterr().out)
    assert value["ok"] is False and value["problems"] == 1 and value["measured"] is None
    assert {"machine", "configuration", "models", "servers", "records", "terminal"} == {
        each["subject"] for each in value["findings"]
    }
    for each in value["findings"]:
        assert each["text"] and each["state"] in ("ok", "note", "problem")
        assert each["remedy"] or each["state"] == "ok", each


def test_a_check_that_raises_is_a_line_and_the_report_goes_on(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> Finding:
        raise RuntimeError("the cable is loose")

    monkeypatch.setattr("argo_tui.terminal_report.colours", broken)
    assert guarded(doctor) == 1
    out = capsys.readouterr().out
    assert "this check failed: RuntimeError: the cable is loose" in out
    assert "Unicode" in out.partition("the cable is loose")[2]


def test_without_a_problem_the_exit_status_is_0(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [Finding("machine", "Python", State.OK, "3"), Finding("a", "b", State.NOTE, "c", "d")]
    monkeypatch.setattr(command, "findings", lambda home: iter(found))
    assert guarded(doctor) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "No problem, 1 note."


def test_a_wrong_theme_file_is_named_with_its_key(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    themes = home / "config" / "themes"
    themes.mkdir(parents=True)
    (themes / "mine.toml").write_text('name = "mine"\ndark = "yes"\n')
    guarded(lambda: doctor(json=True))
    found = json.loads(capsys.readouterr().out)["findings"]
    notes = [f for f in found if f["name"] == "themes" and f["state"] == "note"]
    assert len(notes) == 1
    assert "mine.toml" in notes[0]["text"]


def test_measuring_that_fails_is_a_problem_and_not_a_crash(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nothing(*_: object, **__: object) -> Measured:
        raise ModelError("Nothing can be measured", remedy="Fetch something.")

    monkeypatch.setattr("engine.doctor.measure.measure", nothing)
    assert guarded(lambda: doctor(measure=True)) == 1
    assert "Nothing can be measured" in capsys.readouterr().out


def test_what_was_measured_ends_in_estimates_that_are_called_so(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("engine.doctor.measure.measure", lambda *_, **__: MEASURED)
    monkeypatch.setattr(command, "findings", lambda home: iter(()))
    assert guarded(lambda: doctor(measure=True)) == 0
    out = capsys.readouterr().out
    assert "estimate in seconds" in out
    row = next(line for line in out.splitlines() if line.startswith("  1.5b"))
    assert row.split() == ["1.5b", "1.00", "0.50", "1.53"]
    assert {f.name for f in figures(MEASURED)} == {
        "device",
        "memory",
        "weights",
        "products",
        "prompt",
        "decode",
    }


def test_measured_figures_are_in_the_json_too() -> None:
    value = plain([], MEASURED)
    assert value["measured"]["estimates"][0]["seconds"] == pytest.approx(1.53)


def test_long_findings_are_wrapped_below_themselves_and_words_stay_whole() -> None:
    path = "/a/very/long/path/that/must/not/be/broken/because/it/is/copied.txt"
    told = lines(Finding("s", "name", State.NOTE, f"one two three {path}", "Do this."), 50)
    assert any(line.strip() == path for line in told)
    assert all(line.startswith(" " * 20) for line in told[1:])
    assert told[-1].strip() == "→ Do this."


# ---------------------------------------------------------------------------- the terminal


def test_a_good_terminal_has_nothing_to_mend() -> None:
    found = [f for check in checks(terminal()) for f in check.look()]
    assert {f.state for f in found} == {State.OK}


@pytest.mark.parametrize(
    ("changes", "environment", "state"),
    [
        ({"size": (60, 20)}, GOOD, State.OK),
        ({"size": (59, 20)}, GOOD, State.NOTE),
        ({"size": (200, 19)}, GOOD, State.NOTE),
        ({"size": None}, GOOD, State.NOTE),
        ({}, {"TERM": "dumb"}, State.PROBLEM),
        ({}, {}, State.PROBLEM),
    ],
)
def test_the_size_that_every_screen_needs(
    changes: dict[str, Any], environment: dict[str, str], state: State
) -> None:
    assert size(terminal(environment, **changes)).state is state


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        (GOOD, "16 million"),
        ({"TERM": "xterm-256color"}, "256, COLORTERM is not set"),
        ({"TERM": "xterm"}, "16, COLORTERM is not set"),
        ({**GOOD, "NO_COLOR": ""}, "off, NO_COLOR is set"),
    ],
)
def test_colours_by_what_the_environment_promises(environment: dict[str, str], words: str) -> None:
    assert colours(terminal(environment)).text.startswith(words)


def test_in_tmux_the_remedy_for_colours_names_its_setting_too() -> None:
    inside = {"TERM": "tmux-256color", "TMUX": "/tmp/t,1,0"}
    assert "terminal-features" in colours(terminal(inside)).remedy


@pytest.mark.parametrize(
    ("environment", "encoding", "state"),
    [
        (GOOD, "utf-8", State.OK),
        ({**GOOD, "LC_ALL": "C"}, "utf-8", State.NOTE),
        (GOOD, "ascii", State.NOTE),
        ({}, "", State.NOTE),
    ],
)
def test_unicode_by_locale_and_output(
    environment: dict[str, str], encoding: str, state: State
) -> None:
    assert unicode(terminal(environment, encoding=encoding)).state is state


def test_over_ssh_it_says_how_calm_the_program_is() -> None:
    found = connection(terminal({**GOOD, "SSH_TTY": "/dev/pts/1", "TMUX": "/tmp/t,1,0"}))
    assert found.text == "SSH, in tmux; 15 frames a second, no animations"


@pytest.mark.parametrize(
    ("setting", "features", "state", "words"),
    [
        ("on", "256,clipboard,title", State.OK, "passes"),
        ("on", "", State.OK, "passes"),
        ("on", "256,title", State.NOTE, "clipboard"),
        ("external", "256,clipboard", State.NOTE, "set-clipboard is external"),
        ("off", "", State.NOTE, "set-clipboard is off"),
        ("", "", State.NOTE, "does not say"),
    ],
)
def test_copies_through_tmux(setting: str, features: str, state: State, words: str) -> None:
    answers = {"#{set-clipboard}": setting, "#{client_termfeatures}": features}
    found = clipboard(terminal({**GOOD, "TMUX": "/tmp/t,1,0"}, ask=answers.__getitem__))
    assert found.state is state
    assert words in found.text


def test_screen_keeps_copies_and_the_remedy_is_a_file() -> None:
    for inside in ({"STY": "1.pts"}, {"TERM": "screen-256color"}):
        found = clipboard(terminal({**GOOD, **inside}))
        assert found.state is State.NOTE
        assert "file" in found.remedy
