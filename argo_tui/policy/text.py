"""The policy screen's sentences: where the run stands, what is forbidden, what would differ. Pure.

Not responsible for what they are made from (policy_picture, engine.whatif).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from argo_tui.numbers import seconds, share
from argo_tui.policy.picture import Picture
from argo_tui.widgets.ink import OF_ACTION, Ink, Piece, justify, width
from engine.events import Action, Decided
from engine.policy import best
from engine.whatif import WhatIf, WhatIfStep

_LABEL, _SLIM = 14, 64


def situation(picture: Picture) -> list[Piece]:
    """`decision 2/3: retrieve   U .25/.80`."""
    if picture.marks:
        mark = picture.marks[picture.at]
        pieces: list[Piece] = [
            (f"decision {mark.number}/{len(picture.marks)}: ", Ink.MUTED),
            (str(mark.action), f"bold {OF_ACTION[mark.action]}"),
        ]
    else:
        action = best(picture.solution.values(picture.u), picture.forbidden)
        pieces = [("at the start: ", Ink.MUTED), (str(action), f"bold {OF_ACTION[action]}")]
    pieces += [("   U ", Ink.MUTED), (share(picture.u), Ink.PLAIN)]
    pieces.append((f"/{share(picture.u_max)}", Ink.MUTED))
    return pieces


def reason(decided: Decided | None) -> list[Piece]:
    """What was said at the decision, under the values of the run."""
    return [("why: ", Ink.MUTED), (decided.why, Ink.MUTED)] if decided else []


def forbidden(decided: Decided | None, deadline_s: float | None) -> list[Piece]:
    """What could not be done at a decision, and why; nothing where everything could."""
    if decided is None or not decided.forbidden:
        return []
    pieces: list[Piece] = []
    for action in decided.forbidden:
        nothing = {
            Action.REASON: "nothing new to reason about",
            Action.RETRIEVE: "nothing new to search for",
        }.get(action, "not possible")
        late = f"no time before the deadline of {deadline_s:g} s, or " if deadline_s else ""
        pieces += [
            ("; " if pieces else "forbidden: ", Ink.MUTED),
            (str(action), OF_ACTION[action]),
            (f", {late}{nothing}", Ink.MUTED),
        ]
    return pieces


def stages(steps: Sequence[WhatIfStep], synthesis_s: float, ended: bool = True) -> list[Piece]:
    """`retrieve 1.52 → reason 0.80 assumed → stop 0.40`."""
    pieces: list[Piece] = []
    for step in steps:
        pieces += [(str(step.action), OF_ACTION[step.action]), (" ", Ink.PLAIN)]
        if not step.succeeded:
            pieces.append(("✗ ", Ink.WARN))
        pieces.append((seconds(step.seconds), Ink.PLAIN))
        pieces.append((" assumed → " if step.assumed else " → ", Ink.FAINT))
    return [*pieces, *_end(synthesis_s, ended)]


def grouped(steps: Sequence[WhatIfStep], synthesis_s: float, ended: bool = True) -> list[Piece]:
    """`3 retrieve 4.56 → stop 0.40`: neighbours of a kind together, where there is little room."""
    pieces: list[Piece] = []
    for action, run in groupby(steps, key=lambda step: step.action):
        same = list(run)
        failed, assumed = sum(not s.succeeded for s in same), sum(s.assumed for s in same)
        pieces += [(f"{len(same)} ", Ink.PLAIN), (f"{action} ", OF_ACTION[action])]
        pieces += [(f"{failed}✗ ", Ink.WARN)] if failed else []
        pieces.append((seconds(sum(step.seconds for step in same)), Ink.PLAIN))
        pieces.append((f" {assumed} assumed → " if assumed else " → ", Ink.FAINT))
    return [*pieces, *_end(synthesis_s, ended)]


def comparison(result: WhatIf, cells: int, *, ended: bool) -> list[list[Piece]]:
    """The recorded run and the same run under these values, one below the other."""
    best_s = min(result.seconds, result.recorded_seconds)
    rows = (
        ("recorded", result.recorded, result.recorded_seconds, ended),
        ("these values", result.steps, result.seconds, True),
    )
    if cells < _SLIM:
        rows = (rows[0], ("supposed", *rows[1][1:]))
    label_cells = 10 if cells < _SLIM else _LABEL
    room = cells - label_cells - 10
    fits = all(width(stages(steps, result.synthesis_s, end)) <= room for _, steps, _, end in rows)
    write = stages if fits else grouped
    return [
        justify(
            [(f"{label:<{label_cells}}", Ink.MUTED), *write(steps, result.synthesis_s, end)],
            [(f"{seconds(total)} s", "bold" if total == best_s and not result.same else Ink.PLAIN)],
            cells,
        )
        for label, steps, total, end in rows
    ]


def _end(synthesis_s: float, ended: bool) -> list[Piece]:
    if not ended:
        return [("…", Ink.MUTED)]
    return [("stop ", OF_ACTION[Action.STOP]), (seconds(synthesis_s), Ink.PLAIN)]


def unasked(result: WhatIf) -> list[Piece]:
    """What these values would do with a question that was not asked yet."""
    line: list[Piece] = [(f"{'these values':<{_LABEL}}", Ink.MUTED)]
    for step in result.steps:
        line += [(str(step.action), OF_ACTION[step.action]), (" → ", Ink.FAINT)]
    line.append(("stop", OF_ACTION[Action.STOP]))
    if result.steps:
        end = "succeeds" if result.steps[0].succeeded else "fails"
        line.append((f"   assumed: each {result.steps[0].action} {end}", Ink.FAINT))
    return line
