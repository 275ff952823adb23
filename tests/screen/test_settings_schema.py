"""The list of settings against engine.config, and what may be typed."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argo_tui.settings.listed import GROUPS, SCHEMA, setting
from argo_tui.settings.schema import EFFECTS, Number
from engine.config import CapsTable, Settings, Temperatures

ELSEWHERE = {"offer", "profiles", "presets", "models", "screen.keys"}
"""Tables that are data of their own, not one value."""


def leaves(value: Any, prefix: str = "") -> set[str]:
    keys = set()
    for name in value.__struct_fields__:
        key, inner = f"{prefix}{name}", getattr(value, name)
        if isinstance(inner, msgspec.Struct):
            keys |= leaves(inner, f"{key}.")
        elif key not in ELSEWHERE:
            keys.add(key)
    return keys


def test_every_setting_of_the_engine_is_offered_and_none_that_it_lacks() -> None:
    whole = Settings(
        caps=CapsTable(subquery=1, answer=1, synthesis=1),
        temperatures=Temperatures(decompose=0, answer=0, synthesise=0),
    )
    assert {item.key for item in SCHEMA} == leaves(whole)


def test_every_setting_has_words_a_group_and_an_effect() -> None:
    for item in SCHEMA:
        assert item.label and item.help.endswith("."), item.key
        assert item.group in GROUPS
        assert item.effect in EFFECTS


def test_only_the_profile_loads_a_model_anew() -> None:
    assert [item.key for item in SCHEMA if item.effect == "reload"] == ["profile"]


def test_numbers_have_a_step_for_the_arrows() -> None:
    for item in SCHEMA:
        assert (item.step > 0) == isinstance(item.kind, Number), item.key


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("policy.gamma", "a number above 0, at most 1"),
        ("policy.mu", "a number of at least 0"),
        ("policy.p_success", "a number above 0, below 1"),
        ("caps.answer", "a whole number from 1 to 32768"),
        ("deadline_s", "a number above 0, or empty"),
        ("seed", "a whole number"),
        ("policy.reward", "one of linear, sqrt, saturating, sigmoid"),
    ],
)
def test_bounds_are_said_in_words(key: str, words: str) -> None:
    assert setting(key).kind.words() == words


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("policy.mu", " 0.4 ", 0.4),
        ("policy.mu", "1", 1.0),
        ("caps.answer", "1_000", 1000),
        ("deadline_s", "", None),
        ("seed", "-3", -3),
        ("policy.reward", "sqrt", "sqrt"),
        ("answer.follow_ups", "False", False),
    ],
)
def test_good_text_becomes_a_value(key: str, text: str, value: Any) -> None:
    assert setting(key).parse(text) == (value, "")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("policy.gamma", "1.5"),
        ("policy.gamma", "0"),
        ("policy.mu", "nan"),
        ("policy.mu", "inf"),
        ("policy.mu", ""),
        ("caps.answer", "12.5"),
        ("caps.answer", "0"),
        ("policy.reward", "cubic"),
        ("answer.follow_ups", "1"),
        ("profile", ""),
    ],
)
def test_bad_text_is_answered_with_key_bound_and_text(key: str, text: str) -> None:
    value, problem = setting(key).parse(text)
    assert value is None
    assert problem == f"{key} must be {setting(key).kind.words()}, not «{text}»"


@given(st.sampled_from([item for item in SCHEMA if isinstance(item.kind, Number)]), st.text())
def test_whatever_is_typed_is_a_valid_value_or_a_message(item: Any, text: str) -> None:
    value, problem = item.parse(text)
    assert problem or value is None or item.parse(str(value)) == (value, "")


@pytest.mark.parametrize("by", [-1, 1])
def test_the_arrows_never_leave_the_bounds(by: int) -> None:
    for item in SCHEMA:
        value: Any = 100 if item.group == "Caps" else 1
        if item.group not in ("Caps", "Temperatures") and item.key != "deadline_s":
            value = attrgetter(item.key)(Settings())
        for _ in range(60):
            value = item.nudged(value, by)
            assert item.key in ("profile", "theme") or item.parse(str(value))[1] == "", item.key


def test_a_switch_turns_to_and_fro() -> None:
    item = setting("answer.follow_ups")
    assert [item.nudged(True, 1), item.nudged(False, 1), item.nudged(True, -1)] == [
        False,
        True,
        False,
    ]


def test_choices_go_round() -> None:
    assert setting("policy.costs").nudged("fixed", 1) == "measured"
    assert setting("policy.costs").nudged("measured", 1) == "fixed"
    assert setting("theme").nudged("gone", 1, ("a", "b")) == "a"


def test_a_step_keeps_every_digit() -> None:
    assert setting("seed").nudged(1_234_567_890, 1) == 1_234_567_891
    assert setting("policy.mu").nudged(0.1, 1) == 0.15


def test_a_search_needs_every_word_somewhere() -> None:
    assert setting("policy.mu").matches("COST policy")
    assert not setting("policy.mu").matches("cost retrieval")
    assert all(item.matches("") for item in SCHEMA)
