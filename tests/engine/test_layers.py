"""Configuration: which layer wins, where a value came from, what a mistake says."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from engine.config import Settings
from engine.errors import ConfigError
from engine.layers import load, save
from engine.paths import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "config", tmp_path / "data", tmp_path / "cache")


def user_file(home: Home, text: str) -> Path:
    home.config.mkdir(parents=True, exist_ok=True)
    home.settings.write_text(text, "utf-8")
    return home.settings


def in_force(home: Home, directory: Path, **layers: object) -> Settings:
    return load(home, directory=directory, environment={}, **layers).settings  # type: ignore[arg-type]


def test_shipped_values_are_valid_and_equal_the_defaults_in_code(
    home: Home, tmp_path: Path
) -> None:
    settings = in_force(home, tmp_path)
    assert settings.policy == Settings().policy
    assert settings.retrieval == Settings().retrieval
    assert settings.answer == Settings().answer
    assert set(settings.profiles) == {"3b", "1.5b", "1.5b-coder", "0.5b", "135m"}
    assert {profile.model for profile in settings.profiles.values()} == set(settings.models)


def test_each_layer_beats_the_ones_below_and_is_named(home: Home, tmp_path: Path) -> None:
    user_file(home, "seed = 1\nbudget_s = 1.0\n[policy]\nmu = 0.1\nmax_steps = 1\n")
    (tmp_path / "argo.toml").write_text("seed = 2\nbudget_s = 2.0\n[policy]\nmu = 0.2\n")
    configuration = load(
        home,
        directory=tmp_path,
        environment={"ARGO_BUDGET_S": "3.0", "ARGO_POLICY__MU": "0.3"},
        flags={"policy.mu": 0.4},
    )
    settings = configuration.settings
    assert (settings.policy.mu, configuration.origin("policy.mu")) == (0.4, "flag")
    assert (settings.budget_s, configuration.origin("budget_s")) == (3.0, "environment")
    assert (settings.seed, configuration.origin("seed")) == (2, "./argo.toml")
    assert settings.policy.max_steps == 1
    assert configuration.origin("policy.max_steps") == "user file"
    assert configuration.origin("policy.gamma") == "shipped"


def test_a_profile_name_with_a_dot_is_quoted(home: Home, tmp_path: Path) -> None:
    settings = in_force(home, tmp_path, flags={'profiles."1.5b".order': 99})
    assert settings.profiles["1.5b"].order == 99


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("seed = \n", "line 1, column"),
        ("[policy]\nmu = 'high'\n", "policy.mu"),
        ("[policy]\nmue = 1\n", "Did you mean «mu»"),
        ("[caps]\nsubquery = -5\nanswer = 1\nsynthesis = 1\n", "caps.subquery"),
        ("[policy]\nstrategy = 'best'\n", "policy.strategy"),
        ("budget_s = 0\n", "budget_s"),
    ],
)
def test_a_mistake_names_the_file_and_the_place(
    home: Home, tmp_path: Path, text: str, says: str
) -> None:
    path = user_file(home, text)
    with pytest.raises(ConfigError) as caught:
        in_force(home, tmp_path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)
    assert caught.value.remedy


def test_a_file_that_is_not_text_is_named(home: Home, tmp_path: Path) -> None:
    user_file(home, "")
    home.settings.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        in_force(home, tmp_path)


def test_saving_keeps_the_users_comments_and_other_keys(home: Home) -> None:
    path = user_file(home, "# mine\nseed = 7 # lucky\n[policy]\nmu = 0.5 # dear\n")
    save(home, {"policy.mu": 0.25, "theme": "paper"})
    text = path.read_text("utf-8")
    assert "# mine" in text
    assert "# lucky" in text
    assert tomllib.loads(text) == {"seed": 7, "theme": "paper", "policy": {"mu": 0.25}}


def test_resetting_removes_the_key(home: Home) -> None:
    save(home, {"policy.mu": 0.25, "seed": 3})
    save(home, {"policy.mu": None})
    assert tomllib.loads(home.settings.read_text("utf-8")) == {"seed": 3, "policy": {}}


def test_a_bad_value_is_never_saved(home: Home) -> None:
    path = user_file(home, "seed = 3\n")
    with pytest.raises(ConfigError, match=r"policy\.mu"):
        save(home, {"policy.mu": -1.0})
    assert path.read_text("utf-8") == "seed = 3\n"


def test_a_save_that_fails_leaves_the_old_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = user_file(home, "seed = 3\n")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left"):
        save(home, {"seed": 4})
    assert path.read_text("utf-8") == "seed = 3\n"
    assert list(path.parent.iterdir()) == [path]
