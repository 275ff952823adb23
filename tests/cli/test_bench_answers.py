"""`argo-tui bench answers`: arguments, files and errors. Measuring is tested in the engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from argo_tui.cli import main
from argo_tui.commands.bench_answers import parse
from argo_tui.guard import ERROR, OK, UsageError
from engine.argo import Argo
from engine.errors import ArgoError, ConfigError, ModelError
from tests.engine.test_bench_answers import COLOUR, NOT_THERE, TIMER, engine


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and two questions in a file."""
    monkeypatch.setenv("ARGO_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    rows = [
        {"q": q.q, "answers": q.answers, "file": q.file, "kind": q.kind} for q in (TIMER, COLOUR)
    ]
    Path("set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return tmp_path


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine at its outermost edge: a scripted model, the real loop."""
    made = engine("The beacon timer of a Tarvo node runs for 40 ms [1].", NOT_THERE)
    monkeypatch.setattr(Argo, "open", lambda **_: made)


def answers(*argv: str) -> int:
    return main(["bench", "answers", "--questions", "set.jsonl", "--out", "out", *argv])


def test_questions_are_asked_and_tables_written(
    scripted: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answers("--profiles", "135m", "--strategies", "one_shot") == OK
    shown = capsys.readouterr()
    assert "1 of 1 = 100%" in shown.out and "2/2" in shown.err
    names = {path.name for path in Path("out").iterdir()}
    assert names == {
        "answers.md",
        "answers.csv",
        "answers-set-135m-shipped-one_shot.jsonl",
        "misses-set-135m-shipped-one_shot.md",
    }
    # The report alone needs no engine, and no weights.
    (Path("out") / "answers.md").unlink()
    assert answers("--profiles", "135m", "--report") == OK
    assert "1 of 1 = 100%" in capsys.readouterr().out


def test_a_limit_asks_the_first_questions_alone(
    scripted: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answers("--profiles", "135m", "--limit", "1") == OK
    assert "set: 1 question\n" in capsys.readouterr().out


def test_a_report_of_nothing_is_an_error() -> None:
    assert answers("--profiles", "135m", "--report") == ERROR


def test_a_variant_is_read_as_keys_and_values() -> None:
    variant = parse("bare = profile.prompts=qwen; answer.min_support=0.0;profile.adapter=")
    assert variant.name == "bare"
    assert variant.profile == {"prompts": "qwen", "adapter": None}
    assert variant.flags == {"answer.min_support": 0.0}
    assert parse("shipped").changes == ()


@pytest.mark.parametrize(
    "argv",
    [
        ("--strategies", "luck"),
        ("--variant", "bare=profile.prompts"),
        ("--variant", "=a=1"),
        ("--limit", "0"),
        ("--sample", "-1"),
        ("--profiles", ","),
    ],
)
def test_a_wrong_argument_is_a_usage_error(argv: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        answers(*argv)


def test_a_variant_that_fits_no_profile_is_an_error_before_anything_is_asked() -> None:
    with pytest.raises(ConfigError, match="bare"):
        answers("--profiles", "135m", "--variant", "bare=profile.promts=qwen")
    assert not Path("out").exists()


def test_missing_questions_and_missing_weights_say_so() -> None:
    with pytest.raises(ArgoError, match="cannot be read"):
        main(["bench", "answers", "--questions", "none.jsonl", "--out", "out"])
    with pytest.raises(ModelError) as error:
        answers("--profiles", "135m")
    assert "models fetch" in error.value.remedy
