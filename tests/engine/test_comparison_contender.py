"""Contenders: how they are written, what they set, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.comparison.contender import STRATEGIES, Contender, contenders, parse
from engine.errors import ConfigError
from engine.events import Caps
from engine.layers import load
from engine.paths import Home


@pytest.mark.parametrize(
    "text, label",
    [
        ("0.5b", "0.5b"),
        (" 0.5b : one_shot ", "0.5b one_shot"),
        ("0.5b:50/200", "0.5b 50/200/200"),
        ("0.5b:one_shot:50/200/400", "0.5b one_shot 50/200/400"),
    ],
)
def test_a_label_says_what_differs_from_the_settings(text: str, label: str) -> None:
    assert parse(text).label == label


def test_its_flags_are_settings_that_load_takes(tmp_path: Path) -> None:
    home = Home(tmp_path / "config", tmp_path / "data", tmp_path / "cache")
    flags = parse("0.5b:direct:50/200/400").flags()
    settings = load(home, flags=flags, environment={}, directory=tmp_path).settings
    assert (settings.profile, settings.policy.strategy) == ("0.5b", "direct")
    assert settings.caps is not None
    assert settings.caps.caps() == Caps(subquery=50, answer=200, synthesis=400)


def test_a_profile_alone_leaves_every_other_setting_as_it_is() -> None:
    assert Contender("0.5b").flags() == {"profile": "0.5b"}


@given(
    profile=st.from_regex(r"[a-z0-9.-]{1,12}", fullmatch=True),
    strategy=st.none() | st.sampled_from(STRATEGIES),
    caps=st.none() | st.builds(Caps, **dict.fromkeys(("subquery", "answer", "synthesis"),
                                                     st.integers(1, 32_768))),
)  # fmt: skip
def test_what_a_label_shows_can_be_written_again(
    profile: str, strategy: str | None, caps: Caps | None
) -> None:
    contender = Contender(profile, strategy, caps)  # type: ignore[arg-type]
    assert parse(contender.label.replace(" ", ":")) == contender


@pytest.mark.parametrize(
    "text",
    ["", ":one_shot", "0.5b:quick", "0.5b:50", "0.5b:0/200", "0.5b:99999/2", "0.5b:mdp:direct",
     "0.5b:50/200:50/200", "0.5b:"],
)  # fmt: skip
def test_what_is_no_contender_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text)
    assert "PROFILE[:STRATEGY]" in refused.value.remedy


def test_a_comparison_has_two_to_four_columns() -> None:
    assert [each.label for each in contenders("a, b:direct,")] == ["a", "b direct"]
    for text in ("", "a", "a,b,c,d,e"):
        with pytest.raises(ConfigError, match="2 to 4 columns"):
            contenders(text)


def test_no_two_columns_are_alike() -> None:
    with pytest.raises(ConfigError, match="«a 50/200/200» is there twice"):
        contenders("a:50/200,a:50/200/200")
    assert len(contenders("a,a:direct,a:50/200")) == 3
