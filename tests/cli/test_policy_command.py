"""`argo-tui policy`: a recorded run under another policy, in text and in JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from argo_tui.commands.options import Overrides
from argo_tui.commands.policy import policy
from engine.errors import ArgoError
from engine.paths import Home
from engine.runs import RunStore
from tests import samples


@pytest.fixture(autouse=True)
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGO_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    store = RunStore.open(Home.find().runs)
    for event in [*samples.answered("aaa"), samples.started("bbb")]:
        store.write(event)
    store.close()


def test_the_recorded_run_and_the_supposed_one_stand_below_each_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert policy("aaa", overrides=Overrides(strategy="one_shot")) == 0
    out = capsys.readouterr().out
    assert "one_shot retrieves once, then answers" in out
    assert "recorded      retrieve 1.54 s → retrieve 1.54 s → stop: 4.62 s\n" in out
    assert "these values  retrieve 1.54 s → stop: 3.08 s\n" in out
    assert "One retrieval fewer: 1.54 s less" in out


def test_json_is_one_object_with_both(capsys: pytest.CaptureFixture[str]) -> None:
    assert policy("aaa", overrides=Overrides(set=("policy.strategy=direct",)), json=True) == 0
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert (found["run"], found["same"], found["steps"]) == ("aaa", False, [])
    assert [step["action"] for step in found["recorded"]] == ["retrieve", "retrieve"]
    assert found["recorded"][0]["seconds"] == pytest.approx(1.54)


def test_a_run_that_ended_at_once_is_an_error_with_a_remedy() -> None:
    with pytest.raises(ArgoError, match="cannot be taken again") as raised:
        policy("bbb")
    assert raised.value.remedy == "`argo-tui runs` lists others."
