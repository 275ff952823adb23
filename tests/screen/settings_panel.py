"""What the tests of the settings screen share: a host, and looking at its rows."""

from __future__ import annotations

from typing import Any

from textual.content import Content
from textual.pilot import Pilot
from textual.widgets import Static

from argo_tui.screens.settings import SettingsScreen
from argo_tui.widgets.setting_row import SettingRow
from engine.layers import load
from engine.paths import Home
from tests.screen.panels import STATUSES, Host

WIDE = (120, 34)


def host(home: Home, *, running: bool = False, flags: dict[str, Any] | None = None) -> Host:
    found = load(home, flags=flags)
    return Host(lambda: SettingsScreen(found, STATUSES, home, running))


def row(app: Host, key: str, option: str = "") -> SettingRow:
    rows = app.screen.query(SettingRow)
    return next(each for each in rows if (each.key, each.option) == (key, option))


def line(app: Host, key: str, option: str = "") -> str:
    drawn = row(app, key, option).render()
    assert isinstance(drawn, Content)
    return drawn.plain


def said(app: Host, name: str) -> str:
    return str(app.screen.query_one(name, Static).visual)


async def go(app: Host, pilot: Pilot[None], key: str, option: str = "") -> SettingRow:
    await pilot.pause()
    found = row(app, key, option)
    found.focus()
    await pilot.pause()
    return found
