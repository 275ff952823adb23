"""Undo of applied settings: what a change replaced is given back, in the file and in the flags."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argo_tui.settings.desk import SettingsDesk
from argo_tui.settings.draft import Draft
from argo_tui.settings.flags import after
from argo_tui.settings.history import History
from argo_tui.settings.undo import Applied, UndoStack
from engine.errors import ConfigError
from engine.layers import load, read, save
from engine.paths import Home
from tests.screen.panels import STATUSES, home_in

CAPS = st.fixed_dictionaries({f"caps.{part}": st.integers(10, 400) for part in
                              ("subquery", "answer", "synthesis")})  # fmt: skip
SINGLE = st.dictionaries(
    st.sampled_from(("policy.mu", "policy.gamma", "budget_s")),
    st.floats(0.1, 0.9) | st.none(),
)
CHANGES = st.builds(lambda caps, rest: {**caps, **rest}, CAPS | st.just({}), SINGLE)
RESET = {"caps.subquery": None, "caps.answer": None, "caps.synthesis": None, "caps": None}


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variables and no ./argo.toml of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("ARGO_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def tables(home: Home) -> dict[str, Any]:
    """The user's file without tables that hold nothing."""
    return {key: value for key, value in read(home.settings).items() if value != {}}


@settings(max_examples=40, deadline=None)
@given(st.lists(CHANGES, max_size=3), CHANGES, st.booleans())
def test_a_saved_change_that_is_taken_back_leaves_the_file_as_it_was(
    earlier: list[dict[str, Any]], change: dict[str, Any], reset: bool
) -> None:
    with TemporaryDirectory() as directory:
        home = home_in(Path(directory))
        for each in earlier:
            save(home, each)
        before = tables(home)
        change |= RESET if reset else {}
        applied = Applied.of(change, {}, read(home.settings))
        save(home, change)
        if applied.saved:
            save(home, applied.file)
        assert tables(home) == before


@given(
    st.dictionaries(st.sampled_from(("seed", "theme", "policy.mu")), st.integers()),
    st.dictionaries(st.sampled_from(("seed", "theme", "policy.mu")), st.integers() | st.none()),
    st.booleans(),
)
def test_flags_of_the_session_are_as_before(
    flags: dict[str, Any], changes: dict[str, Any], saved: bool
) -> None:
    applied = Applied.of(changes, flags, {} if saved else None)
    changed = after(flags, changes, saved=saved)
    assert after(changed, applied.flags, saved=False) == flags


def test_caps_that_were_not_set_are_taken_out_as_a_table(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    caps = {"caps.subquery": 10, "caps.answer": 20, "caps.synthesis": 30}
    applied = Applied.of(caps, {}, read(home.settings))
    save(home, caps)
    save(home, applied.file)
    assert load(home, environment={}, directory=tmp_path).settings.caps is None


def test_the_latest_change_is_taken_back_first() -> None:
    one = Applied.of({"seed": 1}, {})
    two = Applied.of({"seed": 2}, {"seed": 1})
    stack = UndoStack().push(one).push(two)
    last, stack = stack.pop()
    assert last == two
    first, stack = stack.pop()
    assert first == one
    assert stack.pop() == (None, stack)


def test_it_says_what_is_as_before_and_where() -> None:
    assert Applied.of({"seed": 1}, {}).words() == "as before: seed"
    assert Applied.of({"policy.mu": 1}, {}, {}).words() == "as before, in your file too: policy.mu"
    assert Applied.of(RESET, {}).words() == (
        "as before: caps.subquery, caps.answer, caps.synthesis"
    )


def desk_in(directory: Path, flags: dict[str, Any]) -> SettingsDesk:
    home = home_in(directory)
    return SettingsDesk(home, load(home, flags=flags), flags)


def test_a_change_for_the_session_is_taken_back_to_the_flag_before(tmp_path: Path) -> None:
    desk = desk_in(tmp_path, {"policy.mu": 0.4})
    desk.apply({"policy.mu": 0.5, "policy.strategy": "direct"})
    desk.apply({"policy.mu": 0.7})
    assert desk.configuration.settings.policy.mu == 0.7
    assert desk.take_back() is not None
    assert desk.configuration.settings.policy.mu == 0.5
    assert desk.take_back() is not None
    assert desk.flags == {"policy.mu": 0.4}
    assert desk.configuration.settings.policy.strategy == "mdp"
    assert desk.take_back() is None


def test_a_saved_change_is_taken_back_in_the_file_too(tmp_path: Path) -> None:
    desk, home = desk_in(tmp_path, {}), home_in(tmp_path)
    save(home, {"policy.mu": 0.4})
    before = read(home.settings)
    save(home, {"policy.mu": 0.9, "theme": "paper"})
    desk.apply({"policy.mu": 0.9, "theme": "paper"}, before)
    assert desk.configuration.settings.theme == "paper"
    assert desk.take_back() is not None
    assert desk.configuration.settings.policy.mu == 0.4
    assert read(home.settings) == before


def test_a_change_that_is_refused_leaves_everything_as_it_is(tmp_path: Path) -> None:
    desk = desk_in(tmp_path, {})
    with pytest.raises(ConfigError):
        desk.apply({"policy.mu": "much"})
    assert desk.flags == {}
    assert desk.take_back() is None


def test_a_draft_goes_back_and_forward_until_another_change(tmp_path: Path) -> None:
    first = Draft.begin(load(home_in(tmp_path), environment={}), STATUSES, home_in(tmp_path))
    one, two = first.set("seed", 1), first.set("seed", 2)
    history = History(first).take(one).take(two)
    assert history.undo().now is one
    assert history.undo().undo().undo().now is first
    assert history.undo().undo().redo().redo().redo().now is two
    assert history.undo().take(first).redo().now is first
    assert history.take(two) is history
