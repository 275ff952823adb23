"""The doctor: each check says what is wrong and what to do, and no check takes another one down."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import FileSource, Model, Settings
from engine.doctor import configuration, machine, models, servers
from engine.doctor.examination import examine
from engine.doctor.finding import Check, Finding, State, isolated
from engine.errors import StoreError
from engine.llm.server.connection import Patience
from engine.models.registry import ModelStatus
from engine.paths import Home
from tests.fake_server import MODEL, MODELS, FakeServer, profile_of
from tests.tiny_models import profile

QUICK = Patience(first=0.5, between=0.5, after=0.2)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "config", tmp_path / "data", tmp_path / "cache")


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer().running() as running:
        yield running


def model(parameters: int) -> Model:
    return Model(
        parameters=parameters,
        licence="Apache-2.0",
        bytes=parameters,
        format="gguf",
        sha256="a" * 64,
        sources=(FileSource(path="/nowhere"),),
    )


def one(found: Iterator[Finding]) -> Finding:
    (finding,) = found
    return finding


# ---------------------------------------------------------------------------- a check alone


def test_an_exception_in_a_check_is_a_problem_and_not_a_crash() -> None:
    def look() -> Iterator[Finding]:
        yield Finding("a", "first", State.OK, "fine")
        raise ZeroDivisionError("by \x1b[31mnought")

    first, second = isolated(Check("a", "b", look))
    assert first.state is State.OK
    assert (second.subject, second.name, second.state) == ("a", "b", State.PROBLEM)
    assert second.text == "this check failed: ZeroDivisionError: by nought"
    assert second.remedy


def test_an_error_of_ours_keeps_its_place_and_its_remedy() -> None:
    def look() -> Iterator[Finding]:
        raise StoreError("The store is damaged", where="/there", remedy="Move it away.")

    finding = one(isolated(Check("a", "b", look)))
    assert finding.text == "The store is damaged (/there)"
    assert finding.remedy == "Move it away."


@given(st.text())
def test_a_finding_is_one_line_without_escapes_whatever_it_quotes(text: str) -> None:
    finding = one(isolated(Check("a", "b", lambda: [Finding("a", text, State.OK, text, text)])))
    for part in (finding.name, finding.text, finding.remedy):
        assert "\x1b" not in part
        assert len(part.splitlines()) <= 1


# ---------------------------------------------------------------------------- configuration


def test_a_broken_file_is_a_problem_and_the_rest_is_still_looked_at(home: Home) -> None:
    home.config.mkdir(parents=True)
    home.settings.write_text("[policy]\nmuu = 1\n", "utf-8")
    found = list(examine(home, {}))
    wrong = next(f for f in found if f.name == "settings")
    assert wrong.state is State.PROBLEM
    assert "muu" in wrong.text and str(home.settings) in wrong.text
    assert wrong.remedy == "Did you mean «mu»?"
    assert {"Python", "memory", "runs", "disk"} <= {f.name for f in found}
    assert next(f for f in found if f.name == "profiles").state is State.NOTE


def test_a_profile_that_does_not_exist_is_a_problem_that_names_those_that_do(home: Home) -> None:
    home.config.mkdir(parents=True)
    home.settings.write_text('profile = "4b"\n', "utf-8")
    found, _ = configuration.read(home)
    assert found is not None
    finding = one(configuration.profile(found))
    assert finding.state is State.PROBLEM
    assert "135m" in finding.remedy


# ---------------------------------------------------------------------------- machine


def test_a_busy_machine_is_noted() -> None:
    assert machine.of_load(0.2, 2).state is State.OK
    assert machine.of_load(2.0, 2).state is State.NOTE


@pytest.mark.parametrize(
    ("built", "driver", "state"),
    [
        (None, False, State.OK),
        (None, True, State.NOTE),
        ("12.8", False, State.OK),
        ("12.8", True, State.PROBLEM),
    ],
)
def test_a_missing_gpu_is_wrong_only_where_there_should_be_one(
    built: str | None, driver: bool, state: State
) -> None:
    finding = machine.no_cuda(built, driver=driver)
    assert finding.state is state
    assert bool(finding.remedy) == (state is not State.OK)


def test_flash_attention_that_a_profile_names_and_cannot_have_is_noted() -> None:
    settings = Settings(
        profiles={"f": profile(title="F", model="m", attention="flash_attention_2")}
    )
    finding = one(machine.flash_attention(settings))
    assert finding.state is State.NOTE
    assert "«f»" in finding.text
    assert one(machine.flash_attention(Settings())).state is State.OK


def test_a_compiled_step_needs_a_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(profiles={"c": profile(title="C", model="m", compile="default")})
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = one(machine.compiler(settings, {}))
    assert finding.state is State.NOTE
    assert "g++" in finding.remedy
    assert one(machine.compiler(Settings(), {})).state is State.OK


# ---------------------------------------------------------------------------- models


def status(*, can_run: bool, why: str) -> ModelStatus:
    return ModelStatus(
        profile="p",
        title="P",
        model="m",
        parameters=1,
        licence="",
        bytes=1,
        directory=None,
        can_run=can_run,
        why=why,
    )


def test_missing_weights_say_how_to_fetch_them() -> None:
    finding = models.of_status(
        status(can_run=False, why="Not fetched. Run: argo-tui models fetch p (0.1 GB).")
    )
    assert finding.state is State.NOTE
    assert finding.text == "P: not fetched"
    assert finding.remedy == "Run: argo-tui models fetch p (0.1 GB)."


def test_too_little_memory_keeps_its_figures_whole() -> None:
    why = "It needs 6.2 GB of memory and 1.1 GB are free: close other programs."
    finding = models.of_status(status(can_run=False, why=why))
    assert finding.text == "P: it needs 6.2 GB of memory and 1.1 GB are free"
    assert finding.remedy == "Close other programs."


def test_that_nothing_can_run_is_a_problem(home: Home) -> None:
    settings = Settings(
        profiles={"p": profile(title="P", model="m")}, models={"m": model(1_000_000)}
    )
    found = [f for check in models.checks(settings, home) for f in isolated(check)]
    by_name = {f.name: f for f in found}
    assert by_name["p"].state is State.NOTE
    assert by_name["in force"].state is State.PROBLEM
    assert "argo-tui models fetch p" in by_name["in force"].remedy


def test_an_adapter_that_is_not_there_is_a_problem(home: Home) -> None:
    settings = Settings(profiles={"p": profile(title="P", model="m", adapter="nowhere")})
    found = [f for check in models.checks(settings, home) for f in isolated(check)]
    finding = next(f for f in found if f.name == "adapter")
    assert finding.state is State.PROBLEM
    assert "nowhere" in finding.text


def test_packed_weights_that_were_never_finished_are_named(home: Home) -> None:
    directory = home.cache / "prepared"
    directory.mkdir(parents=True)
    (directory / "a-1.safetensors").write_bytes(b"x" * 10)
    (directory / "a-2.7.part").write_bytes(b"x" * 10)
    whole, left = models.packed(home)
    assert whole.text.startswith("1 file")
    assert left.state is State.NOTE and "rm " in left.remedy


# ---------------------------------------------------------------------------- servers


def test_a_server_that_has_the_model_is_well(server: FakeServer) -> None:
    finding = one(servers.server("s", profile_of(server.url), {}, QUICK))
    assert finding.state is State.OK
    assert MODEL in finding.text
    assert [path for path, _, _ in server.seen] == [MODELS]


def test_a_server_with_other_models_says_which(server: FakeServer) -> None:
    server.paths[MODELS] = lambda e: e.reply(200, {"data": [{"id": "one"}, {"id": "two"}]})
    finding = one(servers.server("s", profile_of(server.url), {}, QUICK))
    assert finding.state is State.PROBLEM
    assert "one, two" in finding.text and "profiles.s.model" in finding.remedy


def test_a_server_that_is_not_there_is_a_problem_with_a_remedy() -> None:
    check = Check("servers", "s", lambda: servers.server("s", profile_of(DEAD), {}, QUICK))
    finding = one(isolated(check))
    assert finding.state is State.PROBLEM
    assert "127.0.0.1:9" in finding.text and finding.remedy


def test_a_missing_key_is_told_before_anybody_is_asked(server: FakeServer) -> None:
    asking = profile_of(server.url, key="NO_SUCH_KEY")
    finding = one(isolated(Check("servers", "s", lambda: servers.server("s", asking, {}))))
    assert finding.state is State.PROBLEM
    assert "NO_SUCH_KEY" in finding.text
    assert server.seen == []


DEAD = "http://127.0.0.1:9/v1"


def test_importing_the_checks_imports_no_torch() -> None:
    code = "import sys, engine.doctor.examination; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
