"""How vLLM is started for a profile: where it is, which weights, which flags."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from engine.config import HubSource, Model, Settings
from engine.errors import ModelError
from engine.llm.server.vllm import command, find_vllm, serving, variables
from engine.paths import Home
from tests.fake_server import profile_of
from tests.tiny_models import profile


def test_a_python_without_vllm_is_told_from_one_that_is_not_there() -> None:
    with pytest.raises(ModelError, match="has no vLLM"):
        find_vllm({"ARGO_VLLM": sys.executable})
    with pytest.raises(ModelError, match="There is no program at /nowhere"):
        find_vllm({"ARGO_VLLM": "/nowhere"})


def test_an_environment_may_be_named_by_its_directory(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text("#!/bin/sh\nexit 0\n")
    python.chmod(0o755)
    found = find_vllm({"ARGO_VLLM": str(tmp_path)})
    assert found == [str(python), "-m", "vllm.entrypoints.openai.api_server"]


def hub_settings() -> Settings:
    source = HubSource(repo="org/name")
    model = Model(parameters=1, licence="x", bytes=1, format="safetensors", sources=(source,))
    return Settings(profiles={"hub": profile(model="hub-model")}, models={"hub-model": model})


def test_weights_that_are_not_here_are_fetched_by_vllm_from_the_hub(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path, tmp_path)
    what = serving("hub", hub_settings(), home, environment={})
    assert (what.weights, what.model) == ("org/name", "hub")
    assert "HF_HUB_OFFLINE" not in variables({}, what)
    line = command(["vllm", "serve"], what, ["--max-model-len", "4096"])
    assert line[:3] == ["vllm", "serve", "org/name"]
    assert line[-2:] == ["--max-model-len", "4096"]


def test_weights_that_nobody_has_are_an_error(tmp_path: Path) -> None:
    found = Settings(profiles={"none": profile(model="nothing")})
    with pytest.raises(ModelError, match="are not here") as caught:
        serving("none", found, Home(tmp_path, tmp_path, tmp_path), environment={})
    assert caught.value.remedy == "Run: argo-tui models fetch none"


def test_an_unknown_profile_lists_near_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no profile «hubb»") as caught:
        serving("hubb", hub_settings(), Home(tmp_path, tmp_path, tmp_path), environment={})
    assert "«hub»" in caught.value.remedy


def test_a_server_on_another_machine_is_started_there(tmp_path: Path) -> None:
    found = Settings(profiles={"far": profile_of("http://10.0.0.5:8000/v1")})
    home = Home(tmp_path, tmp_path, tmp_path)
    with pytest.raises(ModelError, match=re.escape("on another machine, 10.0.0.5")):
        serving("far", found, home, environment={})
    what = serving("far", found, home, host="0.0.0.0", environment={})
    assert what.url == "http://127.0.0.1:8000/v1"
