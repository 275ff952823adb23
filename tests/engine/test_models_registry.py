"""Which profiles can run, which one `auto` takes, and what an unknown name says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.config import FileSource, Model, Settings
from engine.errors import ModelError
from engine.models import registry
from engine.models.manifest import NAME, Manifest
from engine.models.registry import select, statuses
from engine.paths import Home
from tests.tiny_models import profile

pytest_plugins = ("tests.models_fixture",)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "config", tmp_path / "data", tmp_path / "cache")


def model(parameters: int) -> Model:
    return Model(
        parameters=parameters,
        licence="Apache-2.0",
        bytes=parameters // 2,
        format="gguf",
        sha256="a" * 64,
        sources=(FileSource(path="/nowhere"),),
    )


SETTINGS = Settings(
    profiles={
        "small": profile(title="Small", model="m-small", order=1),
        "large": profile(title="Large", model="m-large", order=3),
        "middle": profile(title="Middle", model="m-middle", order=2),
    },
    models={
        "m-small": model(100_000_000),
        "m-middle": model(500_000_000),
        "m-large": model(3_000_000_000),
    },
)


def put(home: Home, *names: str) -> None:
    import msgspec

    for name in names:
        directory = home.models / name
        directory.mkdir(parents=True)
        manifest = Manifest(model=name, sha256="a" * 64)
        (directory / NAME).write_bytes(msgspec.json.encode(manifest))


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> Any:
    """64 GB free, or what a test says."""

    def free(count: float) -> None:
        monkeypatch.setattr(registry, "free_bytes", lambda: int(count))
        monkeypatch.setattr(registry, "free_on_gpu", lambda: None)

    free(64e9)
    return free


def test_profiles_are_listed_best_first(home: Home) -> None:
    assert [s.profile for s in statuses(SETTINGS, home)] == ["large", "middle", "small"]


def test_what_is_not_fetched_says_how_to_fetch_it(home: Home) -> None:
    status = statuses(SETTINGS, home)[0]
    assert not status.can_run
    assert status.directory is None
    assert "argo-tui models fetch large (1.5 GB)" in status.why


def test_auto_takes_the_best_that_is_there_and_says_why(home: Home) -> None:
    put(home, "m-small", "m-middle")
    selected = select(SETTINGS, home, "auto")
    assert selected.profile_name == "middle"
    assert selected.directory == home.models / "m-middle"
    assert selected.why == "middle is the best profile that can run now (large: not fetched)."


def test_auto_passes_over_what_does_not_fit(home: Home, memory: Any) -> None:
    put(home, "m-small", "m-middle", "m-large")
    memory(4e9)
    selected = select(SETTINGS, home, "auto")
    assert selected.profile_name == "middle"
    assert "large: too large for the free memory" in selected.why


def test_auto_without_any_model_names_the_quickest(home: Home) -> None:
    with pytest.raises(ModelError, match=r"argo-tui models fetch small \(50 MB\)"):
        select(SETTINGS, home, "auto")


def test_a_profile_that_does_not_fit_is_refused_with_the_figures(home: Home, memory: Any) -> None:
    put(home, "m-large")
    memory(2e9)
    with pytest.raises(ModelError, match=r"14\.6 GB of memory and 2\.0 GB are free"):
        select(SETTINGS, home, "large")


def test_a_half_made_directory_is_not_a_model(home: Home) -> None:
    (home.models / "m-small").mkdir(parents=True)
    assert not any(s.can_run for s in statuses(SETTINGS, home))


def test_an_unknown_profile_shows_near_ones(home: Home) -> None:
    with pytest.raises(ModelError, match=r"There is no profile «midle».*Did you mean «middle»"):
        select(SETTINGS, home, "midle")


def test_a_directory_is_a_profile_by_its_path(tiny: Path, home: Home) -> None:
    selected = select(SETTINGS, home, str(tiny))
    assert selected.directory == tiny
    assert selected.profile.title == "tiny-qwen2"
    assert selected.profile.caps.answer > 0


def test_a_directory_without_weights_says_what_is_missing(tiny: Path, home: Home) -> None:
    broken = home.cache / "broken"
    shutil.copytree(tiny, broken)
    (broken / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="lacks safetensors"):
        select(SETTINGS, home, str(broken))


def test_a_gguf_file_is_a_profile_and_is_converted_once(tiny_gguf: Path, home: Home) -> None:
    first = select(SETTINGS, home, str(tiny_gguf))
    made = (first.directory / NAME).stat().st_mtime_ns
    again = select(SETTINGS, home, str(tiny_gguf))
    assert first.directory.is_relative_to(home.models)
    assert first.profile.title == "tiny"
    assert (again.directory / NAME).stat().st_mtime_ns == made


def test_a_gguf_file_that_is_not_there_is_refused(home: Home) -> None:
    with pytest.raises(ModelError, match="no such file"):
        select(SETTINGS, home, "/nowhere/model.gguf")


def test_a_profile_may_name_a_directory_of_its_own(tiny: Path, home: Home) -> None:
    own = Settings(profiles={"mine": profile(model=str(tiny))})
    assert select(own, home, "auto").directory == tiny
    assert select(own, home, "mine").directory == tiny


def test_looking_imports_no_torch() -> None:
    code = (
        "import sys; from engine.models.registry import statuses; from engine.layers import load;"
        "from engine.paths import Home; h = Home.find();"
        "statuses(load(h).settings, h); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_models_can_be_listed_while_another_thread_imports_torch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A module that is being imported is in sys.modules before it has its attributes."""
    import sys
    from types import ModuleType

    from engine.models.memory import free_on_gpu

    monkeypatch.setitem(sys.modules, "torch", ModuleType("torch"))
    assert free_on_gpu() is None
