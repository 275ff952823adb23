"""Settings: what each strategy does, and starting at a group or a setting."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from argo_tui.screens.settings import SettingsScreen
from argo_tui.widgets.setting_rows import SettingRows
from engine.layers import load
from engine.paths import Home
from engine.strategies import SAYS
from tests.screen.panels import STATUSES, Host, home_in
from tests.screen.settings_panel import WIDE, go, host, row, said


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variables and no ./argo.toml of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("ARGO_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_in(tmp_path)


async def test_each_strategy_says_what_it_does(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await go(app, pilot, "policy.strategy")
        for _ in SAYS:
            await pilot.press("right")
            await pilot.pause()
            chosen = str(app.screen._draft.value("policy.strategy"))  # type: ignore[attr-defined]
            detail = said(app, "#settings-detail-text")
            assert f"\n{chosen} {SAYS[chosen]}." in detail  # type: ignore[index]
            assert f"● {chosen} " in detail
            assert all(words in detail for words in SAYS.values())


async def test_where_it_is_narrow_the_chosen_strategy_says_what_it_does(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await go(app, pilot, "policy.strategy")
        await pilot.press("right")
        await pilot.pause()
        assert said(app, "#settings-detail-text").startswith(
            f"two_threshold {SAYS['two_threshold']}."
        )


async def test_a_strategy_is_found_by_what_it_does(home: Home) -> None:
    app = host(home)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.press("slash", *"coin", "enter")
        await pilot.pause()
        assert row(app, "policy.strategy").has_focus


@pytest.mark.parametrize(
    ("at", "key"), [("Policy", "policy.strategy"), ("Theme", "theme"), ("budget_s", "budget_s")]
)
async def test_it_starts_at_a_group_or_a_setting(home: Home, at: str, key: str) -> None:
    app = Host(lambda: SettingsScreen(load(home), STATUSES, home, at=at))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.pause()
        focused = row(app, key)
        assert focused.has_focus
        assert app.screen.query_one(SettingRows).region.contains_region(focused.region)
