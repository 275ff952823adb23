"""Settings change without loading the model again, unless the model or the index is another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from engine.config import Profile, Settings
from engine.errors import ModelError
from engine.layers import Configuration
from engine.models.registry import Selected
from engine.paths import Home
from engine.session import Session, adapted, open_session
from tests.scripted_session import PROFILE, scripted, with_policy

HOME = Home(Path("config"), Path("data"), Path("cache"))


@pytest.fixture
def selects(monkeypatch: pytest.MonkeyPatch) -> Callable[[Profile, Path], None]:
    """Makes the registry choose a profile whose weights lie in a directory."""

    def choose(profile: Profile, directory: Path) -> None:
        found = Selected("scripted", profile, directory, "asked for")
        monkeypatch.setattr("engine.models.registry.select", lambda *_: found)

    return choose


def under(settings: Settings, session: Session) -> Session | None:
    return adapted(session, Configuration(settings, {}), HOME)


def test_policy_caps_and_prompts_change_in_place(
    selects: Callable[[Profile, Path], None],
) -> None:
    session = scripted([], {})
    caps = replace(PROFILE.caps, answer=7)
    selects(replace(PROFILE, prompts="smol"), session.directory)
    changed = under(replace(with_policy(mu=0.1), caps=caps), session)
    assert changed is not None
    assert changed.backend is session.backend
    assert changed.store is session.store
    assert changed.settings.policy.mu == 0.1
    assert changed.profile.caps.answer == 7
    assert changed.prompts != session.prompts
    assert session.backend.kept > 0  # type: ignore[attr-defined]


def test_other_weights_another_device_or_other_passages_need_a_fresh_start(
    selects: Callable[[Profile, Path], None],
) -> None:
    session = scripted([], {})
    selects(PROFILE, Path("other"))
    assert under(Settings(), session) is None
    selects(replace(PROFILE, dtype="float32"), session.directory)
    assert under(Settings(), session) is None
    selects(replace(PROFILE, adapter="reader-0.5b"), session.directory)
    assert under(Settings(), session) is None
    selects(PROFILE, session.directory)
    shorter = replace(Settings().retrieval, passage_tokens=100)
    assert under(replace(Settings(), retrieval=shorter), session) is None


def test_the_first_load_says_that_weights_are_packed_and_the_next_does_not(
    selects: Callable[[Profile, Path], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = Home(tmp_path / "config", tmp_path / "data", tmp_path / "cache")
    selects(replace(PROFILE, quantisation="int4"), Path("some-model"))

    def refuse(*_: object) -> None:
        raise ModelError("not in this test")

    monkeypatch.setattr("engine.session.open_backend", refuse)

    def said() -> str:
        phases: list[str] = []
        with pytest.raises(ModelError):
            open_session(Configuration(Settings(), {}), home, phase=phases.append)
        return phases[0]

    assert said() == "loading Scripted: its weights are packed once, up to a minute"
    (home.cache / "prepared").mkdir(parents=True)
    (home.cache / "prepared" / "some-model-0123.safetensors").touch()
    assert said() == "loading Scripted"
