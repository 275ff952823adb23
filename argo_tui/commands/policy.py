"""`argo-tui policy RUN`: what a recorded run would have done under another policy.

Not responsible for the simulation (engine.whatif) or for the screen (screens.policy).
"""

from __future__ import annotations

import sys
from contextlib import closing
from typing import Annotated

import msgspec
from cyclopts import Parameter

from argo_tui.commands.options import Overrides
from argo_tui.guard import OK
from engine.errors import ArgoError
from engine.events import RunStarted
from engine.layers import load
from engine.paths import Home
from engine.runs import RunStore
from engine.strategies import SAYS
from engine.whatif import WhatIf, WhatIfStep, what_if


def policy(
    run: Annotated[str, Parameter(help="A run, the beginning of its name, or last.")] = "last",
    *,
    overrides: Overrides | None = None,
    json: Annotated[bool, Parameter(help="One JSON object.")] = False,
) -> int:
    """Take a recorded run again under another policy, from its recorded times.

    For example: argo-tui policy last --strategy one_shot, or --set policy.mu=0.4.
    """
    home = Home.find()
    settings = load(home, flags=(overrides or Overrides()).flags()).settings
    with closing(RunStore.open(home.runs)) as store:
        name = store.find(run)
        events = store.events(name)
        started = next((e for e in events if isinstance(e, RunStarted)), None)
        seconds = store.seconds_per_action(started.profile) if started else {}
    try:
        result = what_if(events, settings, seconds)
    except ValueError as error:
        raise ArgoError(
            f"This run cannot be taken again: {error}",
            where=name,
            remedy="`argo-tui runs` lists others.",
        ) from None
    if json:
        sys.stdout.write(msgspec.json.encode({"run": name, **_table(result)}).decode() + "\n")
        return OK
    strategy = settings.policy.strategy
    sys.stdout.write(
        f"{started.question if started else name}\n"
        f"{strategy} {SAYS[strategy]}\n\n"
        f"recorded      {_line(result.recorded, result.recorded_seconds)}\n"
        f"these values  {_line(result.steps, result.seconds)}\n\n"
        f"{result.difference}\nstops: {result.stopped}\n"
    )
    return OK


def _table(result: WhatIf) -> dict[str, object]:
    built = msgspec.to_builtins(result)
    return {**built, "same": result.same}


def _line(steps: tuple[WhatIfStep, ...], total: float) -> str:
    parts = [
        f"{step.action}{'' if step.succeeded else ' (nothing learned)'} {step.seconds:.2f} s"
        f"{' assumed' if step.assumed else ''}"
        for step in steps
    ]
    return f"{' → '.join([*parts, 'stop'])}: {total:.2f} s"
