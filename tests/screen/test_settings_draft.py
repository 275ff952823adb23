"""A draft of the settings: values, origins, resets, presets, what a session takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from argo_tui.settings.draft import Draft
from engine.layers import load, save
from tests.screen.panels import STATUSES, home_in


def draft(
    tmp_path: Path,
    user: dict[str, Any] | None = None,
    *,
    environment: dict[str, str] | None = None,
    flags: dict[str, Any] | None = None,
) -> Draft:
    home = home_in(tmp_path)
    if user:
        save(home, user)
    found = load(home, environment=environment or {}, flags=flags, directory=tmp_path)
    return Draft.begin(found, STATUSES, home)


def test_without_a_change_it_shows_what_is_in_force(tmp_path: Path) -> None:
    it = draft(tmp_path, {"policy.mu": 0.4})
    assert it.value("policy.mu") == 0.4
    assert it.origin("policy.mu") == "user file"
    assert it.origin("policy.gamma") == "shipped"
    assert it.changes == {}


def test_a_change_leaves_the_old_draft_alone(tmp_path: Path) -> None:
    it = draft(tmp_path)
    assert it.set("policy.mu", 0.4).value("policy.mu") == 0.4
    assert it.value("policy.mu") == 0.6


def test_setting_a_value_back_is_no_change(tmp_path: Path) -> None:
    assert draft(tmp_path).set("policy.mu", 0.4).set("policy.mu", 0.6).changes == {}


def test_auto_takes_the_best_profile_that_can_run(tmp_path: Path) -> None:
    it = draft(tmp_path)
    assert it.profile_name == "135m"
    assert it.effective("caps.answer") == 80
    assert it.value("caps.answer") is None


def test_unset_caps_follow_the_chosen_profile(tmp_path: Path) -> None:
    it = draft(tmp_path).set("profile", "3b")
    assert it.effective("caps.synthesis") == 400
    assert it.effective("temperatures.decompose") == 0.7


def test_weights_of_the_user_s_own_have_caps_too(tmp_path: Path) -> None:
    it = draft(tmp_path).set("profile", "/weights/mine")
    assert it.effective("caps.answer") == 120


def test_the_first_cap_writes_the_whole_table(tmp_path: Path) -> None:
    it = draft(tmp_path).set("profile", "3b").set("caps.answer", 90)
    assert it.changes == {
        "profile": "3b",
        "caps.subquery": 50,
        "caps.answer": 90,
        "caps.synthesis": 400,
    }


def test_a_reset_drops_the_change_first_and_the_user_s_value_next(tmp_path: Path) -> None:
    it = draft(tmp_path, {"policy.mu": 0.4}).set("policy.mu", 0.9)
    it = it.reset("policy.mu")
    assert (it.value("policy.mu"), dict(it.changes)) == (0.4, {})
    it = it.reset("policy.mu")
    assert (it.value("policy.mu"), dict(it.changes)) == (0.6, {"policy.mu": None})
    assert it.origin("policy.mu") == "shipped"


def test_a_reset_of_one_cap_resets_the_table(tmp_path: Path) -> None:
    caps = {"caps.subquery": 10, "caps.answer": 20, "caps.synthesis": 30}
    it = draft(tmp_path, caps).reset("caps.answer")
    assert it.effective("caps.subquery") == 30  # the profile's
    path = save(home_in(tmp_path), it.changes)
    assert "caps" not in path.read_text("utf-8")


def test_a_cap_after_a_reset_of_the_table_is_written_whole(tmp_path: Path) -> None:
    caps = {"caps.subquery": 10, "caps.answer": 20, "caps.synthesis": 30}
    it = draft(tmp_path, caps).reset("caps.answer").set("caps.answer", 77)
    save(home_in(tmp_path), it.changes)
    found = load(home_in(tmp_path), environment={}, directory=tmp_path).settings.caps
    assert found is not None
    assert (found.subquery, found.answer, found.synthesis) == (30, 77, 120)


@pytest.mark.parametrize("where", ["environment", "shipped"])
def test_what_the_user_s_file_does_not_set_cannot_be_reset_there(
    tmp_path: Path, where: str
) -> None:
    variables = {"ARGO_POLICY__MU": "0.3"} if where == "environment" else {}
    it = draft(tmp_path, environment=variables)
    assert it.reset("policy.mu") is it


def test_a_preset_sets_profile_and_caps(tmp_path: Path) -> None:
    it = draft(tmp_path)
    presets = it.configuration.settings.presets
    worn = it.wear(presets["params"])
    assert worn.wears(presets["params"])
    assert not it.wears(presets["params"])
    assert worn.changes == {
        "profile": "3b",
        "caps.subquery": 50,
        "caps.answer": 200,
        "caps.synthesis": 200,
    }


def test_changes_that_a_stronger_layer_hides_are_known(tmp_path: Path) -> None:
    it = draft(tmp_path, environment={"ARGO_POLICY__MU": "0.3"})
    assert it.set("policy.mu", 0.5).set("policy.gamma", 0.9).stronger() == ["policy.mu"]


def test_a_session_takes_values_and_drops_its_own_flags(tmp_path: Path) -> None:
    it = draft(tmp_path, {"policy.mu": 0.4}, flags={"seed": 7})
    it = it.reset("policy.mu").reset("seed").set("budget_s", 10.0)
    assert it.for_session() == {"policy.mu": 0.6, "seed": None, "budget_s": 10.0}
