"""`argo-tui bench answers`: how many questions are answered rightly, cited and declined.

Not responsible for asking (engine.bench.answers), judging (engine.bench.answers_judge) or for
the tables (engine.bench.answers_table).
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

from cyclopts import Parameter

from argo_tui.commands.options import Overrides, value
from argo_tui.guard import ERROR, OK, UsageError
from engine.bench.answers_variant import Variant, ways
from engine.config import StrategyName
from engine.layers import Configuration, load
from engine.paths import Home

if TYPE_CHECKING:
    from engine.bench.answers import Engine


def answers(
    *,
    questions: Annotated[
        tuple[str, ...],
        Parameter(n_tokens=1, help="Files of questions by comma; a set each. Repeatable."),
    ],
    out: Annotated[Path, Parameter(help="Where records, tables and misses go.")],
    profiles: Annotated[
        str | None, Parameter(help="Profiles by comma; else the one in force.")
    ] = None,
    strategies: Annotated[
        str | None, Parameter(help="Strategies by comma; else the one in force.")
    ] = None,
    variant: Annotated[
        tuple[str, ...],
        Parameter(
            n_tokens=1,
            metavar="NAME=KEY=VALUE;...",
            help="Settings of a column, repeatable; keys below profile. change the profile.",
        ),
    ] = (),
    limit: Annotated[int | None, Parameter(help="Only the first questions of each set.")] = None,
    sample: Annotated[
        int | None, Parameter(help="Only so many questions of each set, drawn by --seed.")
    ] = None,
    report: Annotated[bool, Parameter(help="Only make the tables from the records.")] = False,
    overrides: Annotated[Overrides | None, Parameter(name="*")] = None,
) -> int:
    """Ask every question of every set through the whole loop, on the index in force, and judge.

    Each answer is appended to a file in OUT as it comes; started again, the command goes on.
    answers.md, answers.csv and a file of every miss to read are written beside them.
    """
    from engine.bench.answers_files import write_tables
    from engine.bench.answers_questions import read_sets

    if any(count is not None and count < 1 for count in (limit, sample)):
        raise UsageError("--limit and --sample take a number from 1")
    variants, chosen = [parse(text) for text in variant], _strategies(strategies)
    named = _names(profiles) if profiles is not None else None
    home = Home.find()
    given = overrides or Overrides()
    flags = given.flags()
    settings = load(home, flags=flags).settings
    sets = [
        one.first(limit).sample(sample, given.seed or 0)
        for one in read_sets(Path(name) for text in questions for name in _names(text))
    ]
    found = ways(
        home,
        flags,
        [_resolved(name, home, flags) for name in named or [settings.profile]],
        variants,
        chosen,
    )
    if not report:
        from engine.bench.answers import Engines, measure

        measure(found, sets, out, Engines(partial(_open, home)), _tell)
    made = write_tables(out, sets, [way.column for way in found])
    if made is None:
        return ERROR
    sys.stdout.write(made)
    return OK


def parse(text: str) -> Variant:
    """`bare=profile.prompts=qwen;answer.min_support=0`. Raises UsageError."""
    name, _, written = text.partition("=")
    changes = []
    for part in filter(None, (part.strip() for part in written.split(";"))):
        key, equals, said = (piece.strip() for piece in part.partition("="))
        if not (key and equals):
            raise UsageError(f"--variant takes NAME=KEY=VALUE;KEY=VALUE, not «{text}»")
        changes.append((key, value(said) if said else None))
    if not name.strip():
        raise UsageError(f"--variant takes a name first, not «{text}»")
    return Variant(name.strip(), tuple(changes))


def _strategies(text: str | None) -> list[str]:
    names = _names(text) if text else []
    known = get_args(StrategyName)
    if wrong := [name for name in names if name not in known]:
        raise UsageError(
            f"There is no strategy «{wrong[0]}»", remedy=f"There are: {', '.join(known)}."
        )
    return names


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise UsageError(f"A list by comma is wanted, not «{text}»")
    return names


def _resolved(name: str, home: Home, flags: dict[str, object]) -> str:
    """The profile that `auto` stands for now; another name as it is."""
    if name != "auto":
        return name
    from engine.models.registry import select

    return select(load(home, flags=flags).settings, home, name).profile_name


def _open(home: Home, configuration: Configuration) -> Engine:
    from engine.argo import Argo

    return Argo.open(home=home, configuration=configuration, notice=_tell)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201
