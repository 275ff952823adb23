"""`argo-tui compare`: one question to two to four profiles, their figures side by side.

Exit codes: 0 at least one answered, 3 none did, 1 a column failed, 2 usage, 130 cancelled. Not
responsible for what is printed (argo_tui.commands.compare_output) or for the screen
(argo_tui.screens.compare).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from cyclopts import Parameter

from argo_tui.commands.compare_output import Outcome, export, form_of, json, show
from argo_tui.commands.compare_run import ColumnRun, ask, await_models
from argo_tui.commands.options import Overrides
from argo_tui.commands.request import admit, given
from argo_tui.compare.opened import opened
from argo_tui.guard import CANCELLED, ERROR, NOT_FOUND, OK, UsageError, complain
from argo_tui.interrupt import Stop, stoppable
from argo_tui.parts import Parts, real_parts
from engine.bench.summary import TARGET_S
from engine.comparison import needs
from engine.comparison.contender import FORM, Contender, contenders
from engine.comparison.figures import RunFigures, figures
from engine.comparison.plan import Mode, Need, Plan
from engine.comparison.tally import Round, tally
from engine.errors import ConfigError, StoreError
from engine.events import Event, RunFailed, RunFinished, Status
from engine.paths import Home

ModeName = Literal["auto", "parallel", "in-turn", "one-at-a-time"]
_LONGEST_LOAD_S: Final = 120.0
_NVIDIA: Final = Path("/proc/driver/nvidia")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for, besides settings."""

    question: str
    profiles: str
    mode: Mode | None = None
    options: tuple[str, ...] = ()
    json: bool = False
    quiet: bool = False
    export: Path | None = None


def compare(
    *question: Annotated[str, Parameter(help="The question; - reads it from standard input.")],
    profiles: Annotated[str, Parameter(help=f"Two to four, comma separated: {FORM}.")],
    overrides: Overrides | None = None,
    mode: Annotated[ModeName, Parameter(help="How columns are run; auto says what it chose.")] = (
        "auto"
    ),
    option: Annotated[
        tuple[str, ...],
        Parameter(n_tokens=1, help="An option of a multiple-choice question; repeatable."),
    ] = (),
    json: Annotated[bool, Parameter(help="Print one JSON object at the end.")] = False,
    quiet: Annotated[bool, Parameter(help="Print no progress on stderr.")] = False,
    export: Annotated[
        Path | None, Parameter(help="A file that ends in .md, .csv or .svg (a picture).")
    ] = None,
) -> int:
    """Ask several profiles the same question and set their figures side by side."""
    request = Request(
        question=" ".join(question),
        profiles=profiles,
        mode=None if mode == "auto" else Mode(mode),
        options=option,
        json=json,
        quiet=quiet,
        export=export,
    )
    home = Home.find()
    return run(request, overrides or Overrides(), home, real_parts(home))


def run(
    request: Request,
    overrides: Overrides,
    home: Home,
    parts: Parts,
    free: Callable[[Sequence[Need]], int] = needs.free,
) -> int:
    """Carry a request out. Returns the exit code; raises UsageError and ArgoError."""
    question = admit(given(request.question))
    if request.export is not None:
        form_of(request.export)
    chosen = _contenders(request, overrides)
    flags = overrides.flags()
    if _NVIDIA.exists():
        # Only torch knows how much of the graphics processor's memory is free.
        import torch  # noqa: F401
    say = _nothing if request.quiet else complain
    columns = [ColumnRun(each.label, say) for each in chosen]
    with opened(chosen, home, parts, flags, free) as stage:
        try:
            with stoppable() as stop:
                planned = stage.arrange(request.mode)
                say(planned.why)
                if not await_models(stage.fleet, columns, stop):
                    raise KeyboardInterrupt
                ask(stage.fleet, columns, question, request.options, stop)
            name = secrets.token_hex(8)
            compared = [(column.label, column.run) for column in columns]
            stage.keep(name, question, planned.mode, False, compared)
        finally:
            # A model that is being read cannot be stopped, and torch aborts where a thread is left.
            stage.fleet.close(_LONGEST_LOAD_S)
    return _tell(request, _outcome(name, planned, question, columns, parts), stop)


def _contenders(request: Request, overrides: Overrides) -> tuple[Contender, ...]:
    if overrides.profile is not None:
        raise UsageError("give --profiles, not --profile")
    try:
        return contenders(request.profiles)
    except ConfigError as error:
        raise UsageError(error.what, where="--profiles", remedy=error.remedy) from None


def _outcome(
    name: str, planned: Plan, question: str, columns: Sequence[ColumnRun], parts: Parts
) -> Outcome:
    found = tuple((column.label, _figures(column, parts)) for column in columns)
    one = Round(question, found, None)
    return Outcome(name, planned, one, tally([one], TARGET_S, 0), TARGET_S)


def _figures(column: ColumnRun, parts: Parts) -> RunFigures | None:
    """From the record, where it is whole: there every token has its own time."""
    events: Sequence[Event] = column.events
    try:
        recorded = parts.recorded(column.run)
    except StoreError:
        recorded = ()
    if any(isinstance(event, RunFinished) for event in recorded):
        events = recorded
    if column.trouble is not None and not events:
        what, where, remedy = column.trouble.what, column.trouble.where, column.trouble.remedy
        events = [RunFailed(run=column.run, at_ns=0, what=what, where=where, remedy=remedy)]
    return figures(events) if events else None


def _tell(request: Request, outcome: Outcome, stop: Stop) -> int:
    (json if request.json else show)(outcome)
    if request.export is not None:
        export(outcome, request.export)
    if stop.is_set():
        complain("cancelled; the figures are those until then")
        return CANCELLED
    found = [each for each in outcome.figures if each is not None]
    if len(found) < len(outcome.figures) or any(each.failed for each in found):
        return ERROR
    return OK if any(each.status is Status.ANSWERED for each in found) else NOT_FOUND


def _nothing(text: str) -> None:
    pass
