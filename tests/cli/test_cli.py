"""The command line as a process: start-up, usage errors, defects, and configuration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from argo_tui import logs
from argo_tui.guard import UsageError, guarded
from engine import __version__
from engine.errors import ArgoError

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARGO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def argo(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "argo_tui", *argv], capture_output=True, text=True, timeout=60
    )


def test_version_and_help() -> None:
    assert argo("--version").stdout.strip() == __version__
    text = argo("--help").stdout
    assert all(name in text for name in ("ask", "ingest", "corpus", "models", "runs", "config"))


@pytest.mark.parametrize("argv", [
    ["nonsense"], ["--nonsense"], ["ask"], ["ask", ""], ["ask", "Q?", "--caps", "5"],
    ["ask", "Q?", "--strategy", "luck"], ["ask", "Q?", "--deadline", "soon"],
    ["ask", "Q?", "--seed", "x"], ["ask", "Q?", "--set", "mu"], ["ask", "x" * 20_000],
    ["config", "set", "policy.mu"], ["config", "set", "a..b", "1"],
])  # fmt: skip
def test_a_usage_error_is_one_clear_line_and_exits_with_2(argv: list[str]) -> None:
    done = argo(*argv)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith("argo-tui: ")


def test_an_error_of_the_configuration_is_one_clear_line(directory: Path) -> None:
    (directory / "argo.toml").write_text("[policy]\nmu = 'much'\n")
    done = argo("config")
    assert (done.returncode, done.stdout) == (1, "")
    assert "policy.mu" in done.stderr and "Traceback" not in done.stderr


def test_config_shows_each_value_with_its_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGO_POLICY__MU", "0.1")
    assert argo("config", "set", "policy.gamma", "0.5").returncode == 0
    shown = [json.loads(line) for line in argo("config", "--json").stdout.splitlines()]
    origins = {item["key"]: (item["value"], item["origin"]) for item in shown}
    assert origins["policy.mu"] == (0.1, "environment")
    assert origins["policy.gamma"] == (0.5, "user file")
    assert origins["policy.max_steps"] == (6, "shipped")
    assert origins["deadline_s"] == (None, "shipped")


def test_a_value_that_was_set_can_be_reset() -> None:
    argo("config", "set", "theme", "paper")
    assert '"paper"' in argo("config", "--search", "theme").stdout
    argo("config", "reset", "theme")
    assert "shipped" in argo("config", "--search", "theme").stdout


def test_a_bad_value_is_refused_and_changes_nothing(directory: Path) -> None:
    done = argo("config", "set", "policy.gamma", "7")
    assert done.returncode == 1 and "policy.gamma" in done.stderr
    assert not Path(argo("config", "path").stdout.strip()).exists()


def test_commands_import_neither_textual_nor_torch() -> None:
    code = (
        "import sys; from argo_tui.cli import main; main(['config']); main(['runs']);"
        "sys.exit(sum(name in sys.modules for name in ('textual', 'torch', 'transformers',"
        " 'lancedb', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_the_way_to_the_app_imports_neither_cyclopts_nor_rich() -> None:
    code = (
        "import sys; sys.modules['argo_tui.program'] = type(sys)('program');"
        "sys.modules['argo_tui.program'].run = lambda: 7; sys.argv = ['argo-tui'];"
        "from argo_tui.__main__ import main; assert main() == 7;"
        "sys.exit(sum(name in sys.modules for name in ('cyclopts', 'rich', 'msgspec')))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_flags_of_the_app_reach_it() -> None:
    code = (
        "import sys; sys.modules['argo_tui.program'] = type(sys)('program');"
        "sys.modules['argo_tui.program'].run = lambda flags: print(flags) or 0;"
        "sys.argv = ['argo-tui', '--profile', '0.5b', '--theme', 'paper'];"
        "from argo_tui.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "{'profile': '0.5b', 'theme': 'paper'}"


def test_ssh_calms_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSH_CONNECTION", "SSH_TTY", "TEXTUAL_FPS"):
        monkeypatch.delenv(name, raising=False)
    assert frames() == "30"
    monkeypatch.setenv("SSH_CONNECTION", "1")
    assert frames() == "15"
    monkeypatch.setenv("TEXTUAL_FPS", "5")
    assert frames() == "5"


def frames() -> str:
    code = (
        "import os, sys; sys.modules['argo_tui.program'] = type(sys)('program');"
        "sys.modules['argo_tui.program'].run = lambda: print(os.environ['TEXTUAL_FPS']) or 0;"
        "sys.argv = ['argo-tui']; from argo_tui.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done.stdout.strip()


def test_a_defect_leaves_a_report_and_names_it(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def defect() -> int:
        secret = "what the user asked"
        raise ValueError(len(secret))

    assert guarded(defect) == 1
    error = capsys.readouterr().err
    (report,) = (directory / "home" / "data" / "crash").iterdir()
    assert str(report) in error and "Traceback" not in error
    text = report.read_text()
    assert "in defect" in text and "ValueError: 19" in text


@pytest.mark.parametrize(
    "error, code",
    [(UsageError("no"), 2), (ArgoError("no"), 1), (KeyboardInterrupt(), 130), (OSError("no"), 1)],
)
def test_whatever_is_raised_has_an_exit_code(error: BaseException, code: int) -> None:
    def action() -> int:
        raise error

    assert guarded(action) == code


def test_an_error_message_cannot_drive_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    def action() -> int:
        raise ArgoError("bad\x1b]0;title\x07 file", where="x\r\ny")

    guarded(action)
    assert capsys.readouterr().err == "argo-tui: bad file (x y).\n"


def test_a_reader_that_goes_away_is_no_defect(directory: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m argo_tui config | head -1; exit ${{PIPESTATUS[0]}}",
        shell=True, executable="/bin/bash", capture_output=True, text=True,
    )  # fmt: skip
    assert done.stderr == "" and not (directory / "home" / "data" / "crash").exists()


def test_libraries_are_asked_to_be_quiet_but_the_user_decides() -> None:
    environment = {"TOKENIZERS_PARALLELISM": "true"}
    logs.silence(environment)
    assert environment["TOKENIZERS_PARALLELISM"] == "true"
    assert environment["HF_HUB_DISABLE_TELEMETRY"] == "1"


def test_a_log_that_cannot_be_written_is_said_and_stops_nothing(directory: Path) -> None:
    (directory / "file").write_text("")
    environment = os.environ | {"ARGO_HOME": str(directory / "file")}
    done = subprocess.run(
        [sys.executable, "-m", "argo_tui", "config", "path"],
        capture_output=True, text=True, env=environment,
    )  # fmt: skip
    assert done.returncode == 0 and "Nothing is logged" in done.stderr
