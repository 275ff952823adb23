"""A comparison's edges made of the real program: settings, memory, engines, record.

Not responsible for the screen (argo_tui.screens.compare) or for what the parts do.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

from argo_tui.bridge import Bridge
from argo_tui.compare.fleet import Fleet, Loadable
from argo_tui.compare.loading import one_after_the_other
from argo_tui.compare.stage import Stage
from argo_tui.parts import Parts
from engine.bench.summary import TARGET_S
from engine.comparison import needs
from engine.comparison.contender import Contender
from engine.comparison.plan import Mode, Need, Plan, plan
from engine.comparisons import ComparisonStore
from engine.layers import load
from engine.paths import Home


@contextmanager
def opened(
    contenders: Sequence[Contender],
    home: Home,
    parts: Parts,
    flags: Mapping[str, Any],
    free: Callable[[Sequence[Need]], int] = needs.free,
) -> Iterator[Stage]:
    """The edges, as long as they are used. Nothing is loaded before `arrange`.

    Raises ConfigError for settings, ModelError for a profile that cannot run, StoreError.
    """
    columns = [_loadable(each, home, parts, flags) for each in contenders]
    pairs = zip(contenders, columns, strict=True)
    # Two columns may have the same profile: the label tells them apart.
    wanted = [replace(_need(each, parts), profile=one.label) for one, each in pairs]
    # Measured once: later the columns themselves are what fills the memory.
    room = free(wanted)
    open_engine = one_after_the_other(parts.open_engine)
    fleet = Fleet(lambda: Bridge(open_engine, parts.open_recorder, parts.report_crash))

    def arrange(wish: Mode | None) -> Plan:
        found = plan(wanted, room, wish)
        fleet.arrange(columns, found.mode)
        return found

    settings = columns[0][0].settings
    with closing(ComparisonStore.open(home.runs)) as store:
        yield Stage(
            fleet=fleet,
            arrange=arrange,
            keep=store.add,
            vote=store.vote,
            recorded=parts.recorded,
            shuffled=_shuffled,
            exports=home.data / "comparisons",
            clock=parts.clock,
            budget_s=settings.budget_s,
            target_s=TARGET_S,
            refresh_hz=settings.screen.refresh_hz,
        )


def _loadable(contender: Contender, home: Home, parts: Parts, flags: Mapping[str, Any]) -> Loadable:
    configuration = load(home, flags={**flags, **contender.flags()})
    settings = configuration.settings
    return configuration, parts.select(settings, settings.profile).profile_name


def _need(column: Loadable, parts: Parts) -> Need:
    configuration, name = column
    settings = configuration.settings
    for status in parts.statuses(settings):
        if status.profile == name:
            return needs.need(status, settings.profiles[name])
    selected = parts.select(settings, name)
    return needs.need_of_files(name, selected.directory, selected.profile)


def _shuffled(count: int) -> Sequence[int]:
    return random.SystemRandom().sample(range(count), count)
