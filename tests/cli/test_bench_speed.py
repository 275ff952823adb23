"""`argo-tui bench speed`: tables from records, and errors. Measuring is tested in the engine."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from argo_tui.cli import main
from argo_tui.guard import ERROR, OK, UsageError
from engine.bench.rows import FIRST, ROWS
from engine.bench.speed_files import record_path
from engine.bench.speed_record import append
from engine.errors import ArgoError, ModelError
from tests.engine.test_bench_speed import setup, trial


@pytest.fixture(autouse=True)
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the records of one profile."""
    monkeypatch.setenv("ARGO_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for record in (setup("135m"), trial(FIRST, 60), trial("own loop", 5)):
        append(record_path(tmp_path / "out", "135m", "simple"), record)
    return tmp_path / "out"


def speed(*argv: str) -> int:
    return main(["bench", "speed", "--profiles", "135m", "--out", "out", *argv])


def test_the_tables_are_made_from_the_records(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert speed("--report") == OK
    shown = capsys.readouterr().out
    assert "12.00x" in shown and "not measured" in shown
    assert {path.suffix for path in out.iterdir()} == {".jsonl", ".md", ".csv", ".svg"}


def test_markdown_and_csv_are_printed_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    speed("--report", "--markdown")
    assert f"| {FIRST} |" in capsys.readouterr().out
    speed("--report", "--csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out.strip())))
    assert len(rows) == len(ROWS)


def test_a_report_of_nothing_is_an_error() -> None:
    assert speed("--report", "--kind", "comparison") == ERROR


@pytest.mark.parametrize("argv", [["--profiles", " , "], ["--kind", "hard"], ["-n", "x"]])
def test_a_wrong_argument_is_a_usage_error(argv: list[str]) -> None:
    with pytest.raises(UsageError):
        main(["bench", "speed", *argv])


def test_a_row_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ArgoError, match="warp drive"):
        speed("--rows", "warp drive")


def test_a_profile_without_weights_says_how_to_get_them() -> None:
    with pytest.raises(ModelError) as error:
        speed()
    assert "models fetch" in error.value.remedy
